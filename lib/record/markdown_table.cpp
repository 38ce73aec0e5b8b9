// SPDX-License-Identifier: MIT
#include "record/markdown_table.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace resnet {
namespace {

using Row = std::vector<std::string>;

std::string escaped(std::string_view cell) {
  std::string text;
  for (const char c : cell) {
    if (c == '|') text += '\\';
    text += c == '\n' || c == '\r' ? ' ' : c;
  }
  return text;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool reads_as_number(std::string_view cell) {
  if (cell.empty() || cell == "-") return true;
  if (cell.front() == '+' || cell.front() == '-') cell.remove_prefix(1);
  return !cell.empty() && is_digit(cell.front()) &&
         cell.find_first_not_of("0123456789.,+-±()% ") == std::string_view::npos;
}

struct Column {
  std::size_t width = 3;  // what a delimiter row needs
  bool to_the_right = true;
};

Column measure(const std::vector<Row>& rows, std::size_t index) {
  Column column;
  for (const Row& row : rows) {
    column.width = std::max(column.width, text_width(row[index]));
    if (&row != &rows.front()) column.to_the_right = column.to_the_right && reads_as_number(row[index]);
  }
  return column;
}

}  // namespace

std::size_t text_width(std::string_view text) {
  // Every byte but the continuation bytes 10xxxxxx begins a character.
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string markdown_table(const Row& header, const std::vector<Row>& rows) {
  std::vector<Row> cells = {header};
  cells.insert(cells.end(), rows.begin(), rows.end());
  std::vector<Column> columns;
  for (Row& row : cells) {
    require(row.size() == header.size(), "a row of the table has {} cells, expected {}", row.size(), header.size());
    std::ranges::transform(row, row.begin(), escaped);
  }
  for (std::size_t i = 0; i < header.size(); ++i) columns.push_back(measure(cells, i));

  std::string text;
  for (const Row& row : cells) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      const std::string padding(columns[i].width - text_width(row[i]), ' ');
      text += columns[i].to_the_right ? "| " + padding + row[i] + " " : "| " + row[i] + padding + " ";
    }
    text += "|\n";
    if (&row != &cells.front()) continue;
    for (const Column& column : columns) {
      text += "| " + std::string(column.width - 1, '-') + (column.to_the_right ? ": " : "- ");
    }
    text += "|\n";
  }
  return text;
}

}  // namespace resnet
