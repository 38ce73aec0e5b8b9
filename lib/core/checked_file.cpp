// SPDX-License-Identifier: MIT
#include "core/checked_file.hpp"

#include <unistd.h>

#include <chrono>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kEnding = ".unchecked";

/// Whether this is the name of a candidate, in any stage: between `begin` and the ending stands its process.
bool is_candidate(std::string_view name, std::string_view begin) {
  if (!name.starts_with(begin)) return false;
  name.remove_prefix(begin.size());
  const std::size_t digits = name.find_first_not_of("0123456789");
  if (digits == 0 || digits == std::string_view::npos) return false;
  const std::string_view ending = name.substr(digits);
  return ending == kEnding || ending == std::string(kEnding) + ".part";
}

/// Removes what processes that were killed have left. Whether a process still runs cannot be told of one on another
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

/// A file that goes when it does.
class Candidate {
 public:
  Candidate(fs::path path, std::string_view bytes) : path_(std::move(path)) { write_atomically(path_, bytes); }
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
  remove_abandoned(folder, begin);
  // A name that nobody else has, not even another process at the same file.
  check(Candidate(folder / fmt::format("{}{}{}", begin, ::getpid(), kEnding), bytes).path());
  write_atomically(path, bytes);  // the same bytes that were checked
}

}  // namespace resnet
