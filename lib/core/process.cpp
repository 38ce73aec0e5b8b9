// SPDX-License-Identifier: MIT
#include "core/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <utility>

#include "core/error.hpp"

namespace resnet {
namespace {

std::string read_until_closed(int descriptor) {
  std::string text;
  char buffer[4096];
  for (;;) {
    const ssize_t length = ::read(descriptor, buffer, sizeof buffer);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(length));
  }
}

int wait_for(pid_t child, const std::string& program) {
  int status = 0;
  pid_t ended = 0;
  do {
    ended = ::waitpid(child, &status, 0);
  } while (ended < 0 && errno == EINTR);
  require(ended == child, "{}: ran, but its exit code cannot be known: {}; do not ignore SIGCHLD", program,
          std::strerror(errno));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

bool is_there(const std::string& program) {
  namespace fs = std::filesystem;
  std::error_code ignored;
  if (program.find('/') != std::string::npos) return fs::exists(program, ignored);
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (fs::exists(fs::path(folder) / program, ignored)) return true;
  }
  return false;
}

ProcessResult run_process(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  int pipe_ends[2];
  const bool has_pipe = ::pipe2(pipe_ends, O_CLOEXEC) == 0;
  require(has_pipe, "{}: cannot open a pipe: {}", command.front(), std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);

  std::string output = error == 0 ? read_until_closed(pipe_ends[0]) : "";
  ::close(pipe_ends[0]);
  switch (error) {
    case 0:
      return {wait_for(child, command.front()), std::move(output)};
    case ENOENT:
      return {127, command.front() + ": no such program"};
    case EACCES:
    case ENOEXEC:
      if (!is_there(command.front())) return {127, command.front() + ": no such program"};
      return {126, command.front() + ": cannot be run: " + std::strerror(error)};
    default:
      fail("{}: cannot be started: {}", command.front(), std::strerror(error));
  }
}

}  // namespace resnet
