// SPDX-License-Identifier: MIT
#include "record/csv_table.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/shown.hpp"

namespace resnet {
namespace {

// The gradients of ResNet-1202, logged at each of 64,000 iterations, take 0.7 GB.
constexpr std::uintmax_t kLargestCsv = std::uintmax_t{1} << 30;
constexpr std::size_t kMostColumns = 10'000;  // those of gradients.csv are a net's layers

std::vector<std::string_view> split(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  std::vector<std::string_view> cells;
  for (std::size_t comma; (comma = line.find(',')) != std::string_view::npos; line.remove_prefix(comma + 1)) {
    cells.push_back(line.substr(0, comma));
  }
  cells.push_back(line);
  return cells;
}

double parse_cell(std::string_view cell, const CsvTable& table, std::size_t line, std::size_t column) {
  if (cell.empty()) return std::numeric_limits<double>::quiet_NaN();
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  require(error == std::errc() && end == cell.data() + cell.size(),
          "{}: line {}, column '{}': '{}' is not a number that a double can hold", table.source, line,
          shown(table.names[column]), shown(cell));
  return value;
}

void read_header(CsvTable& table, std::string_view line) {
  for (const std::string_view name : split(line)) {
    require(table.names.size() < kMostColumns, "{}: line 1: has more than {} columns", table.source, kMostColumns);
    require(!name.empty(), "{}: line 1: column {} has no name", table.source, table.names.size() + 1);
    require(std::ranges::count(table.names, name) == 0, "{}: line 1: column '{}' is there twice", table.source,
            shown(name));
    table.names.emplace_back(name);
  }
  table.columns.resize(table.names.size());
}

}  // namespace

const std::vector<double>& CsvTable::column(std::string_view name) const {
  const auto found = std::ranges::find(names, name);
  require(found != names.end(), "{}: line 1: has no column '{}', only {}", source, shown(name),
          shown(fmt::format("{}", fmt::join(names, ", "))));
  return columns[static_cast<std::size_t>(found - names.begin())];
}

CsvTable read_csv(const std::filesystem::path& path) {
  const std::string bytes = read_file(path, kLargestCsv);
  CsvTable table;
  table.source = path.string();
  std::string_view rest = bytes;
  std::size_t number = 1;
  for (std::size_t end; (end = rest.find('\n')) != std::string_view::npos; rest.remove_prefix(end + 1), ++number) {
    const std::string_view line = rest.substr(0, end);
    if (number == 1) {
      read_header(table, line);
      continue;
    }
    const auto cells = split(line);
    require(cells.size() == table.names.size(), "{}: line {}: has {} cells, expected {}, one for each column",
            table.source, number, cells.size(), table.names.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
      table.columns[i].push_back(parse_cell(cells[i], table, number, i));
    }
  }
  require(number > 1, "{}: has no header, expected a first line with the columns' names", table.source);
  return table;
}

void write_csv(const std::filesystem::path& path, const CsvTable& table) {
  require(!table.names.empty() && table.names.size() == table.columns.size(), "{}: has {} names for {} columns",
          path.string(), table.names.size(), table.columns.size());
  for (std::size_t i = 0; i < table.names.size(); ++i) {
    require(table.columns[i].size() == table.rows(), "{}: column '{}' has {} rows, expected {}", path.string(),
            table.names[i], table.columns[i].size(), table.rows());
  }
  std::string bytes = fmt::format("{}\n", fmt::join(table.names, ","));
  for (std::size_t row = 0; row < table.rows(); ++row) {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (i > 0) bytes += ',';
      const double value = table.columns[i][row];
      if (std::isnan(value)) continue;
      char buffer[32];
      bytes.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    }
    bytes += '\n';
  }
  write_atomically(path, bytes);
}

}  // namespace resnet
