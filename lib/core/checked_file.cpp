// SPDX-License-Identifier: MIT
#include "core/checked_file.hpp"

#include <unistd.h>

#include <string>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

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
  require(!fs::is_directory(path), "{}: is a folder, expected the name of a file", path.string());
  // A name that nobody else has, not even another process at the same file.
  const std::string name = "." + path.filename().string() + "." + std::to_string(::getpid()) + ".unchecked";
  check(Candidate(path.parent_path() / name, bytes).path());
  write_atomically(path, bytes);  // the same bytes that were checked
}

}  // namespace resnet
