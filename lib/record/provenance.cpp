// SPDX-License-Identifier: MIT
#include "record/provenance.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>
#include <string_view>
#include <thread>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/lines.hpp"
#include "core/process.hpp"

namespace resnet {

using Json = nlohmann::ordered_json;

namespace {

/// Whether the line is what `git describe` says: a hash of 40 digits, or more where git has longer ones, or that and
/// "-dirty".
bool is_commit(std::string_view line) {
  if (line.ends_with("-dirty")) line.remove_suffix(6);
  return line.size() >= 40 && line.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Json sessions_in(const RunFolder& run) {
  Json sessions = Json::array();
  if (!std::filesystem::exists(run.provenance())) return sessions;
  const Json provenance = read_json(run.provenance());
  if (provenance.contains("sessions")) sessions = provenance.at("sessions");
  require(sessions.is_array(), "{}: its sessions are not a list; move the file away to go on without them",
          run.provenance().string());
  return sessions;
}

}  // namespace

void record_session(const RunFolder& run, const Session& session) {
  Json sessions = sessions_in(run);
  const auto process = static_cast<std::int64_t>(::getpid());
  if (!sessions.empty() && field_of<std::int64_t>(sessions.back(), "process") == process &&
      field_of<std::string>(sessions.back(), "started_utc") == session.started_utc) {
    sessions.erase(sessions.size() - 1);
  }
  sessions.push_back({{"started_utc", session.started_utc},
                      {"process", process},
                      {"command", session.command},
                      {"commit", session.commit},
                      {"compiler", compiler_name()},
                      {"libtorch", session.libtorch},
                      {"cpu", session.cpu},
                      {"cores", std::thread::hardware_concurrency()},
                      {"device", session.device},
                      {"threads", session.threads},
                      {"precision", session.precision},
                      {"kernels", session.kernels},
                      {"from_iteration", session.from_iteration},
                      {"to_iteration", session.to_iteration},
                      {"wall_seconds", session.seconds},
                      {"peak_memory_bytes", peak_memory_bytes()}});
  double seconds = 0;
  std::int64_t peak = 0;
  for (const Json& part : sessions) {
    seconds += field_of<double>(part, "wall_seconds").value_or(0);
    peak = std::max(peak, field_of<std::int64_t>(part, "peak_memory_bytes").value_or(0));
  }
  const Json object = {
      {"run", run.id()}, {"wall_seconds", seconds}, {"peak_memory_bytes", peak}, {"sessions", std::move(sessions)}};
  // A command with a path that is not UTF-8 must not stop the run: it is kept as well as JSON can.
  write_atomically(run.provenance(),
                   object.dump(2, ' ', /*ensure_ascii=*/false, Json::error_handler_t::replace) + "\n");
}

std::vector<Session> read_sessions(const RunFolder& run) {
  std::vector<Session> sessions;
  for (const Json& part : sessions_in(run)) {
    const auto text = [&](const char* name) { return field_of<std::string>(part, name).value_or(""); };
    const auto count = [&](const char* name) { return field_of<std::int64_t>(part, name).value_or(0); };
    sessions.push_back({.started_utc = text("started_utc"),
                        .command = text("command"),
                        .commit = text("commit"),
                        .libtorch = text("libtorch"),
                        .device = text("device"),
                        .precision = text("precision"),
                        .kernels = text("kernels"),
                        .threads = count("threads"),
                        .from_iteration = count("from_iteration"),
                        .to_iteration = count("to_iteration"),
                        .seconds = field_of<double>(part, "wall_seconds").value_or(0),
                        .cpu = text("cpu")});
  }
  return sessions;
}

std::string source_commit() {
  const auto git = run_process(
      {"git", "-C", project_root().string(), "describe", "--always", "--abbrev=40", "--dirty", "--exclude=*"});
  if (git.exit_code != 0) return "unknown";
  for (const std::string& line : lines_of(git.output)) {  // others are what git and its loader complain of
    if (is_commit(line)) return line;
  }
  return "unknown";
}

std::string compiler_name() {
#if defined(__clang__)
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

std::string processor_name() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  return "unknown";
}

void begin_peak_memory() { std::ofstream("/proc/self/clear_refs") << "5"; }  // 5: the high-water mark, and no more

std::int64_t peak_memory_bytes() {
  constexpr std::int64_t kKiB = 1024;
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::int64_t size = 0;
    if (word == "VmHWM:" && status >> size) return size * kKiB;
  }
  rusage usage{};  // without /proc: this one never falls
  ::getrusage(RUSAGE_SELF, &usage);
  return std::int64_t{usage.ru_maxrss} * kKiB;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  ::gmtime_r(&now, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

std::string command_line(int argc, const char* const* argv) {
  std::string line = std::filesystem::path(argv[0]).filename();
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool is_plain = !word.empty() && word.find_first_of(" \t\n'\"\\$`*?[](){}<>|&;#~!") == std::string::npos;
    if (is_plain) {
      line += " " + word;
      continue;
    }
    line += " '";
    for (const char c : word) line += c == '\'' ? std::string("'\\''") : std::string(1, c);
    line += "'";
  }
  return line;
}

}  // namespace resnet
