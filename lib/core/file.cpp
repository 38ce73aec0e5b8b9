// SPDX-License-Identifier: MIT
#include "core/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "core/error.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { ::close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail_to_write(const fs::path& path, int error_number) {
  std::error_code ignored;
  const auto space = fs::space(path.parent_path(), ignored);
  fail(
      "{}: cannot write: {} ({} MB free there); make room or choose another folder, what was there before is unchanged",
      path.string(), std::strerror(error_number), ignored ? 0 : space.available / 1'000'000);
}

void write_and_sync(const fs::path& path, std::string_view bytes) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (file.get() < 0) fail_to_write(path, errno);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file.get()) != 0) fail_to_write(path, errno);
}

/// The folder itself, or the nearest one above it that exists. Throws Error if a file is in the way.
fs::path nearest_folder(const fs::path& folder) {
  std::error_code ignored;
  fs::path part = fs::absolute(folder);
  while (!fs::exists(part, ignored) && part != part.root_path()) part = part.parent_path();
  require(fs::is_directory(part, ignored), "{}: cannot make this folder: {} is a file; choose another folder",
          folder.string(), part.string());
  return part;
}

}  // namespace

void write_atomically(const fs::path& path, std::string_view bytes) {
  const fs::path absolute = fs::absolute(path);
  make_folder(absolute.parent_path());
  const fs::path part = absolute.string() + ".part";
  try {
    write_and_sync(part, bytes);
    if (::rename(part.c_str(), absolute.c_str()) != 0) fail_to_write(absolute, errno);
  } catch (const Error&) {
    ::unlink(part.c_str());
    throw;
  }
  const Descriptor folder(::open(absolute.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0)
    ::fsync(folder.get());  // some file systems cannot sync a folder: the rename stands all the same
}

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code error;
  require(fs::is_regular_file(path, error), "{}: {}", path.string(),
          fs::exists(path, error) ? "is not a regular file" : "no such file");
  // Of the file that was opened: another may take its name meanwhile.
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  require(in.good(), "{}: cannot be opened", path.string());
  const auto size = static_cast<std::uintmax_t>(in.tellg());
  require(size <= limit, "{}: has {} bytes, expected at most {}", path.string(), size, limit);
  std::string bytes(size, '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  require(in.good() && static_cast<std::uintmax_t>(in.gcount()) == size, "{}: cannot read {} bytes", path.string(),
          size);
  return bytes;
}

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (!error && fs::is_directory(folder)) return;
  nearest_folder(folder);
  fail("{}: cannot make this folder: {}", folder.string(), error.message());
}

void require_writable(const fs::path& folder) {
  const fs::path nearest = nearest_folder(folder);
  require(::access(nearest.c_str(), W_OK | X_OK) == 0, "{}: cannot write to {}: {}; choose another folder",
          folder.string(), nearest.string(), std::strerror(errno));
}

fs::path project_root() {
  const char* root = std::getenv("RESNET_ROOT");
  return fs::path(root != nullptr && *root != '\0' ? root : RESNET_SOURCE_DIR);
}

}  // namespace resnet
