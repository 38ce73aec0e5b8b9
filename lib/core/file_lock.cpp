// SPDX-License-Identifier: MIT
#include "core/file_lock.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "core/file.hpp"

namespace resnet {
namespace {

// An open file description's lock: it ends with the process, and unlike that of flock(2) it can be asked for untaken.
struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// A link is not followed: what it leads to would be emptied. A pipe makes nobody wait.
constexpr int kOwnFile = O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;

int open_lock(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | kOwnFile, 0644);
  require(descriptor >= 0 || errno == ELOOP, "{}: cannot open the lock: {}", path.string(), std::strerror(errno));
  struct stat opened{};
  if (descriptor >= 0 && ::fstat(descriptor, &opened) == 0 && S_ISREG(opened.st_mode)) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  fail("{}: is a link, a pipe or a device, expected the file of a lock; remove it", path.string());
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& path) {
  make_folder(std::filesystem::absolute(path).parent_path());
  descriptor_ = open_lock(path);
  struct flock lock = whole_file();
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) != 0) {
    const int refusal = errno;
    char holder[32] = {};
    const ssize_t length = ::read(descriptor_, holder, sizeof(holder) - 1);
    ::close(descriptor_);
    require(refusal == EAGAIN || refusal == EACCES, "{}: cannot be locked: {}; choose a folder on another file system",
            path.string(), std::strerror(refusal));
    throw LockHeld(fmt::format("{}: in use by process {}; wait for it or stop it", path.parent_path().string(),
                               length > 0 ? holder : "(unknown)"));
  }
  // Only for the message above: a disk too full for it must not stop the run here, its own files will say so.
  const std::string id = std::to_string(::getpid());
  if (::ftruncate(descriptor_, 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(descriptor_, id.data(), id.size(), 0);
  }
}

FileLock::~FileLock() { ::close(descriptor_); }

bool is_locked(const std::filesystem::path& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | kOwnFile);
  if (descriptor < 0) return false;
  struct flock lock = whole_file();
  const bool answered = ::fcntl(descriptor, F_OFD_GETLK, &lock) == 0;
  ::close(descriptor);
  return answered && lock.l_type != F_UNLCK;
}

}  // namespace resnet
