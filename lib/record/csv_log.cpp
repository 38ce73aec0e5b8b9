// SPDX-License-Identifier: MIT
#include "record/csv_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFlushAt = 1 << 14;

std::string header_line(const std::vector<std::string>& columns) {
  std::string line = "iteration";
  for (const std::string& column : columns) line += "," + column;
  return line + "\n";
}

struct Row {
  std::int64_t iteration;
  std::string_view line;
};

/// The whole rows of `text` whose iteration is at most `last_iteration`. A killed process may have left a torn last
/// line: it has no line end, and is dropped.
std::vector<Row> kept_rows(std::string_view text, std::int64_t last_iteration) {
  std::vector<Row> rows;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    std::int64_t iteration = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + end, iteration);
    if (parsed.ec != std::errc() || *parsed.ptr != ',' || iteration > last_iteration) break;
    rows.push_back({iteration, text.substr(0, end + 1)});
  }
  return rows;
}

}  // namespace

CsvLog::CsvLog(fs::path path, const std::vector<std::string>& columns, std::int64_t last_iteration)
    : path_(std::move(path)), columns_(columns.size()) {
  std::string text = header_line(columns);
  if (last_iteration > 0 && fs::exists(path_)) {
    const std::string old = read_file(path_);
    require(old.starts_with(text), "{}: its columns are not '{}'; move the run's folder away to start anew",
            path_.string(), text.substr(0, text.size() - 1));
    for (const Row& row : kept_rows(std::string_view(old).substr(text.size()), last_iteration)) {
      text += row.line;
      last_iteration_ = row.iteration;
      ++rows_;
    }
  }
  write_atomically(path_, text);
  descriptor_ = ::open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  require(descriptor_ >= 0, "{}: cannot open: {}", path_.string(), std::strerror(errno));
}

CsvLog::~CsvLog() {
  try {
    flush();
  } catch (const Error&) {
    // Rows after the last sync are written again by the process that goes on.
  }
  ::close(descriptor_);
}

void CsvLog::add(std::int64_t iteration, const std::vector<double>& values) {
  require(values.size() == columns_, "{}: a row has {} values, expected {}", path_.string(), values.size(), columns_);
  pending_ += std::to_string(iteration);
  for (const double value : values) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value).ptr;
    pending_ += ',';
    pending_.append(buffer, end);
  }
  pending_ += '\n';
  last_iteration_ = iteration;
  ++rows_;
  if (pending_.size() >= kFlushAt) flush();
}

void CsvLog::sync() {
  flush();
  require(::fsync(descriptor_) == 0, "{}: cannot write: {}", path_.string(), std::strerror(errno));
}

void CsvLog::flush() {
  while (!pending_.empty()) {
    const ssize_t written = ::write(descriptor_, pending_.data(), pending_.size());
    if (written < 0 && errno == EINTR) continue;
    require(written >= 0, "{}: cannot write: {}; make room, then the same command goes on from the last checkpoint",
            path_.string(), std::strerror(errno));
    pending_.erase(0, static_cast<std::size_t>(written));  // at once: after an error, what is left is the rest of a row
  }
}

}  // namespace resnet
