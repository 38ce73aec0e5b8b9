// SPDX-License-Identifier: MIT
#include "core/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <utility>

#include "core/error.hpp"
#include "core/sync_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  void close() { ::close(std::exchange(fd_, -1)); }

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

/// Throws Error unless a file can take this name: rename would take it from a device, a pipe or a socket too, and from
/// a link to one. A link into /proc, as those of the standard streams in /dev, leads to what a process has open: at
/// times that is a file.
void require_file_name(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  require(!fs::is_directory(status) && path.has_filename(), "{}: is a folder, expected the name of a file",
          path.string());
  const bool leads_to_proc =
      fs::is_symlink(path, ignored) && fs::read_symlink(path, ignored).string().starts_with("/proc/");
  require(!leads_to_proc && (!fs::exists(status) || fs::is_regular_file(status)),
          "{}: is a device, a pipe or a socket, or a link to one; choose the name of a file", path.string());
}

bool is_regular(int file) {
  struct stat opened{};
  return ::fstat(file, &opened) == 0 && S_ISREG(opened.st_mode);
}

/// Opens the .part, or makes it. What no writer leaves there, a link or a pipe, is removed: the name is ours, and what
/// a link leads to is not.
Descriptor open_part(const fs::path& path) {
  for (int tries = 0;; ++tries) {
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644));
    const int error = file.get() < 0 ? errno : EEXIST;
    if (is_regular(file.get())) return file;
    const bool is_foreign = error == ELOOP || error == ENXIO || error == EEXIST;
    if (!is_foreign || tries > 0) fail_to_write(path, error);
    // Not what another writer has made there meanwhile.
    std::error_code ignored;
    if (!fs::is_regular_file(fs::symlink_status(path, ignored))) ::unlink(path.c_str());
  }
}

/// Whether the name still stands for the opened file, which the writer before us may have renamed or removed.
bool is_named(const fs::path& path, int file) {
  struct stat opened{};
  struct stat named{};
  return ::fstat(file, &opened) == 0 && ::lstat(path.c_str(), &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

/// Opens the .part for this writer alone: another one, of any process, waits until it is closed. Where the file system
/// has no locks, nobody waits.
Descriptor open_alone(const fs::path& path) {
  for (;;) {
    Descriptor file = open_part(path);
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    while (::fcntl(file.get(), F_OFD_SETLKW, &lock) != 0 && errno == EINTR) {
    }
    if (is_named(path, file.get())) return file;
  }
}

void write_and_sync(int file, const fs::path& path, std::string_view bytes) {
  if (::ftruncate(file, 0) != 0) fail_to_write(path, errno);  // what a process that was killed left
  while (!bytes.empty()) {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_to_write(path, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(file) != 0) fail_to_write(path, errno);
}

/// The folder itself, or the nearest one above it that exists. Throws Error if a file, or a link to no folder, is in
/// the way.
fs::path nearest_folder(const fs::path& folder) {
  std::error_code ignored;
  fs::path part = fs::absolute(folder);
  while (!fs::exists(fs::symlink_status(part, ignored)) && part != part.root_path()) part = part.parent_path();
  require(fs::is_directory(part, ignored), "{}: cannot make this folder: {} is a {}; choose another folder",
          folder.string(), part.string(), fs::is_symlink(part, ignored) ? "link that leads to no folder" : "file");
  return part;
}

}  // namespace

void write_atomically(const fs::path& path, std::string_view bytes) {
  const fs::path absolute = fs::absolute(path);
  require_file_name(absolute);
  make_folder(absolute.parent_path());
  const fs::path part = absolute.string() + ".part";
  Descriptor file = open_alone(part);
  try {
    write_and_sync(file.get(), part, bytes);
    if (::rename(part.c_str(), absolute.c_str()) != 0) {
      file.close();  // some shared folders rename no open file: there nobody waits, as where there are no locks
      if (::rename(part.c_str(), absolute.c_str()) != 0) fail_to_write(absolute, errno);
    }
  } catch (const Error&) {
    ::unlink(part.c_str());  // while it is ours: the next writer makes another
    throw;
  }
  sync_folder(absolute.parent_path());
}

std::string read_file(const fs::path& path, std::uintmax_t limit) {
  std::error_code error;
  require(fs::is_regular_file(path, error), "{}: {}", path.string(),
          fs::exists(path, error) ? "is not a regular file" : "no such file");
  // Of the file that was opened: another may take its name meanwhile.
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  require(in.good(), "{}: cannot be opened: {}", path.string(), std::strerror(errno));
  const auto size = static_cast<std::uintmax_t>(in.tellg());
  require(size <= limit, "{}: has {} bytes, expected at most {}", path.string(), size, limit);
  std::string bytes(size, '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(size));
  require(in.good() && static_cast<std::uintmax_t>(in.gcount()) == size,
          "{}: cannot read its {} bytes; the disk may be failing, or another program is changing it", path.string(),
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
  const bool may_write = ::access(nearest.c_str(), W_OK | X_OK) == 0;  // before errno is read
  require(may_write, "{}: cannot write to {}: {}; choose another folder", folder.string(), nearest.string(),
          std::strerror(errno));
}

void require_writable_file(const fs::path& path) {
  const fs::path absolute = fs::absolute(path);
  require_file_name(absolute);
  require_writable(absolute.parent_path());
}

fs::path project_root() {
  const char* root = std::getenv("RESNET_ROOT");
  return fs::path(root != nullptr && *root != '\0' ? root : RESNET_SOURCE_DIR);
}

}  // namespace resnet
