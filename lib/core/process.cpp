// SPDX-License-Identifier: MIT
#include "core/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

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

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

ProcessResult run_process(const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);

  int pipe_ends[2];
  require(::pipe2(pipe_ends, O_CLOEXEC) == 0, "{}: cannot open a pipe: {}", command.front(), std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, pipe_ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(pipe_ends[1]);

  ProcessResult result;
  if (error == 0) {
    result.output = read_until_closed(pipe_ends[0]);
    result.exit_code = wait_for(child);
  }
  ::close(pipe_ends[0]);
  if (error == ENOENT) return {127, command.front() + ": no such program"};
  require(error == 0, "{}: cannot be started: {}", command.front(), std::strerror(error));
  return result;
}

}  // namespace resnet
