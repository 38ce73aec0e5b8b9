// SPDX-License-Identifier: MIT
#include "core/new_folder.hpp"

#include <fcntl.h>

#include <cstdio>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/sync_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

void move_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  require(!error, "{}: cannot be moved to {}: {}", from.string(), to.string(), error.message());
}

/// Lets two folders swap their names in one step, or returns false: some file systems, kernels and sandboxes cannot,
/// and what else stands in the way is met again, and named, where they are moved in two.
bool exchange_folders(const fs::path& one, const fs::path& other) {
  return ::renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) == 0;
}

void remove_folder(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  require(!error, "{}: cannot be removed: {}", folder.string(), error.message());
}

}  // namespace

fs::path named_folder(const fs::path& folder) {
  const fs::path absolute = fs::absolute(folder);
  const fs::path whole = absolute.has_filename() ? absolute : absolute.parent_path();
  const bool has_name = whole.filename() != "." && whole.filename() != "..";
  std::error_code error;
  const fs::path found = fs::weakly_canonical(has_name ? whole.parent_path() : whole, error);
  require(!error, "{}: cannot be reached: {}", folder.string(), error.message());
  if (has_name) return found / whole.filename();
  return found.has_filename() ? found : found.parent_path();  // a folder that is not there keeps its slash
}

NewFolder::NewFolder(const fs::path& folder)
    : folder_(named_folder(folder)),
      work_(folder_.parent_path() / ("." + folder_.filename().string() + ".part")),
      new_(work_ / "new"),
      old_(work_ / "old"),
      lock_(work_ / "lock") {
  require(!fs::exists(folder_) || fs::is_directory(folder_), "{}: is a file, expected a folder; move it away",
          folder_.string());
  put_right();
  remove_folder(new_);
  make_folder(new_);
}

NewFolder::~NewFolder() {
  std::error_code ignored;
  if (!fs::exists(old_, ignored)) fs::remove_all(new_, ignored);  // else put_right needs to know that it was there
}

void NewFolder::put_right() const {
  if (!fs::exists(old_)) return;
  if (!fs::exists(folder_)) return move_folder(old_, folder_);
  // The old folder may go only if the new one has left its place for the name.
  require(!fs::exists(new_),
          "{}: took its name while the folder that had it before stands in {}; move one of the two away",
          folder_.string(), old_.string());
  remove_folder(old_);
}

void NewFolder::put_in_place() {
  const bool has_old = fs::exists(folder_);
  const bool is_exchanged = has_old && exchange_folders(new_, folder_);
  if (!is_exchanged) move_in_steps(has_old);
  sync_folder(folder_.parent_path());
  sync_folder(work_);
  std::error_code ignored;
  fs::remove_all(is_exchanged ? new_ : old_, ignored);  // what is left of it, the next one removes
}

void NewFolder::move_in_steps(bool has_old) const {
  if (has_old) move_folder(folder_, old_);
  try {
    move_folder(new_, folder_);
  } catch (const Error&) {
    if (has_old) move_folder(old_, folder_);
    throw;
  }
}

}  // namespace resnet
