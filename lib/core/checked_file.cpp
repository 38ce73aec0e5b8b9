// SPDX-License-Identifier: MIT
#include "core/checked_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <random>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".unchecked";

/// Whether this is the name of a candidate, in any stage: between `begin` and the ending stands its number.
bool is_candidate(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin)) return false;
  name.remove_prefix(begin.size());
  const std::size_t digits = name.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const std::string_view ending = name.substr(digits);
  return ending == kEnding || ending == std::string(kEnding) + ".part";
}

/// Removes what processes that were killed have left. Whether one still runs cannot be told where it is on another
/// machine, or in another container; but no check takes a day.
void remove_abandoned(const fs::path& folder, const std::string& begin) {
  const auto day_ago = fs::file_time_type::clock::now() - std::chrono::hours(24);
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    std::error_code ignored;
    if (is_candidate(at->path().filename().string(), begin) && fs::last_write_time(at->path(), ignored) < day_ago) {
      fs::remove(at->path(), ignored);
    }
  }
}

/// Makes an empty file under a name that nobody else has: no thread of ours, and no process of any machine or container
/// that shares the folder.
fs::path make_unique_file(const fs::path& folder, const std::string& begin) {
  std::random_device random;
  const std::uint64_t number = std::uint64_t{random()} << 32 | random();
  fs::path path = folder / fmt::format("{}{}{}", begin, number, kEnding);
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  require(file >= 0, "{}: cannot make this file: {}; choose another folder", path.string(), std::strerror(errno));
  ::close(file);
  return path;
}

/// A file that goes when it does; empty at first.
class Candidate {
 public:
  Candidate(const fs::path& folder, const std::string& begin) : path_(make_unique_file(folder, begin)) {}
  ~Candidate() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  Candidate(const Candidate&) = delete;
  Candidate& operator=(const Candidate&) = delete;

  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace

void write_checked(const fs::path& path, std::string_view bytes, const std::function<void(const fs::path&)>& check) {
  require_writable_file(path);
  const fs::path folder = fs::absolute(path).parent_path();
  const std::string begin = "." + path.filename().string() + ".";
  make_folder(folder);
  remove_abandoned(folder, begin);
  {
    const Candidate candidate(folder, begin);
    write_atomically(candidate.path(), bytes);
    check(candidate.path());
  }
  write_atomically(path, bytes);  // the same bytes that were checked
}

}  // namespace resnet
