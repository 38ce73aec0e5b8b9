// SPDX-License-Identifier: MIT
#include "prepare/run_program.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fstream>
#include <optional>
#include <thread>

#include "core/error.hpp"
#include "core/process.hpp"

namespace resnet {
namespace {

constexpr int kNotFound = 127;  // what a shell returns
constexpr int kCannotRun = 126;

// Runs in the new process, where only system calls are safe until the program takes over.
[[noreturn]] void become(char* const* words, const char* folder, int log, pid_t parent) {
  ::setpgid(0, 0);                        // its own group, so that its children can be killed with it
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);     // the kernel ends it when we die
  if (::getppid() != parent) ::_exit(1);  // we died before that line
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::chdir(folder) != 0 || ::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(log, STDOUT_FILENO) < 0 ||
      ::dup2(log, STDERR_FILENO) < 0) {
    ::_exit(1);
  }
  ::execvp(words[0], words);
  ::_exit(errno == ENOENT ? kNotFound : kCannotRun);
}

class Child {
 public:
  Child(const std::vector<std::string>& words, const std::filesystem::path& folder, int log) {
    std::vector<char*> arguments;
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const pid_t parent = ::getpid();
    id_ = ::fork();
    require(id_ >= 0, "{}: cannot start a process: {}", words[0], std::strerror(errno));
    if (id_ == 0) become(arguments.data(), folder.c_str(), log, parent);
    ::setpgid(id_, id_);  // here too: whichever of the two processes comes first
  }

  ~Child() {
    if (running_) kill_all();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  bool has_ended() {
    if (running_) wait(WNOHANG);
    return !running_;
  }

  void kill_all() {
    ::kill(-id_, SIGKILL);
    wait(0);
  }

  /// Nothing if the system did not say how it ended.
  std::optional<int> exit_code() const {
    if (!status_) return std::nullopt;
    return WIFEXITED(*status_) ? WEXITSTATUS(*status_) : 128 + WTERMSIG(*status_);
  }

 private:
  void wait(int options) {
    int status = 0;
    pid_t ended = 0;
    do {
      ended = ::waitpid(id_, &status, options);
    } while (ended < 0 && errno == EINTR);
    running_ = ended == 0;
    if (ended == id_) status_ = status;
  }

  pid_t id_;
  std::optional<int> status_;
  bool running_ = true;
};

// The first lines say what is wrong; npm follows them with advice.
std::string first_lines(const std::filesystem::path& log) {
  std::string text;
  std::ifstream in(log);
  for (std::string line; text.size() < 200 && std::getline(in, line);) {
    if (!line.empty()) text += (text.empty() ? "" : "; ") + line.substr(0, 300);
  }
  return text;
}

std::string complaint(const std::string& program, int exit_code, const std::filesystem::path& log) {
  if (exit_code == 0) return "";
  if (exit_code == kNotFound) return fmt::format("{} is not installed (apt-get install {})", program, program);
  const std::string said = first_lines(log);
  return said.empty() ? fmt::format("{} ended with exit code {}", program, exit_code) : said;
}

}  // namespace

Outcome run_program(const std::vector<std::string>& words, const std::filesystem::path& folder,
                    const std::filesystem::path& log, const std::function<bool()>& may_go_on) {
  const int log_file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  require(log_file >= 0, "{}: cannot write: {}; make the folder writable or choose another", log.string(),
          std::strerror(errno));
  Child child(words, folder, log_file);
  ::close(log_file);
  while (!child.has_ended()) {
    if (!may_go_on()) {
      child.kill_all();
      break;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  std::optional<int> exit_code = child.exit_code();
  if (exit_code == kCannotRun && !is_there(words[0])) exit_code = kNotFound;
  require(exit_code.has_value(), "{}: ran, but its exit code cannot be known; do not ignore SIGCHLD", words[0]);
  return {*exit_code, complaint(words[0], *exit_code, log)};
}

}  // namespace resnet
