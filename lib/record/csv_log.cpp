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
#include "core/shown.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFlushAt = 1 << 14;
constexpr const char* kCure = "move the run's folder away to start anew";

std::string header_line(const std::vector<std::string>& columns) {
  std::string line = "iteration";
  for (const std::string& column : columns) line += "," + column;
  return line + "\n";
}

struct Row {
  std::int64_t iteration;
  std::string_view line;
};

/// Whether the text is so many numbers, each with a comma before it.
bool is_numbers(std::string_view text, std::size_t count) {
  for (; count > 0 && text.starts_with(','); --count) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return count == 0 && text.empty();
}

/// The whole rows of `text` whose iteration is at most `last_iteration`. What a killed process left behind them is
/// dropped: later rows, a torn line, which has no line end, or, when the machine died, what does not begin as a row.
std::vector<Row> kept_rows(const fs::path& path, std::string_view text, std::size_t columns,
                           std::int64_t last_iteration) {
  std::vector<Row> rows;
  for (std::size_t end; (end = text.find('\n')) != std::string_view::npos; text.remove_prefix(end + 1)) {
    std::int64_t iteration = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + end, iteration);
    if (error != std::errc() || *rest != ',' || iteration > last_iteration) break;
    require(is_numbers({rest, text.data() + end}, columns), "{}: '{}' is not a row of {} numbers; {}", path.string(),
            shown(text.substr(0, end)), columns + 1, kCure);
    rows.push_back({iteration, text.substr(0, end + 1)});
  }
  return rows;
}

void require_rows(const fs::path& path, const std::vector<Row>& rows, const std::vector<std::int64_t>& required) {
  for (std::size_t i = 0; i < required.size(); ++i) {
    require(i < rows.size() && rows[i].iteration == required[i], "{}: the row of iteration {} is missing; {}",
            path.string(), required[i], kCure);
  }
}

}  // namespace

CsvLog::CsvLog(fs::path path, const std::vector<std::string>& columns, std::int64_t last_iteration,
               const std::vector<std::int64_t>& required)
    : path_(std::move(path)), columns_(columns.size()) {
  std::string text = header_line(columns);
  const std::string old = last_iteration > 0 && fs::exists(path_) ? read_file(path_) : text;
  require(old.starts_with(text), "{}: its columns are not '{}'; {}", path_.string(), text.substr(0, text.size() - 1),
          kCure);
  const auto rows = kept_rows(path_, std::string_view(old).substr(text.size()), columns_, last_iteration);
  require_rows(path_, rows, required);
  for (const Row& row : rows) text += row.line;
  if (!rows.empty()) last_iteration_ = rows.back().iteration;
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
  if (pending_.size() >= kFlushAt) flush();
}

void CsvLog::sync() {
  flush();
  const bool is_synced = ::fsync(descriptor_) == 0;
  require(is_synced, "{}: cannot write: {}", path_.string(), std::strerror(errno));
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
