// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// A CSV file of numbers: a header line of names, then rows, held by column. An empty cell is NaN.
struct CsvTable {
  std::vector<std::string> names;
  std::vector<std::vector<double>> columns;  // as many as names, all of the same length
  std::string source;                        // the file it was read from, for messages

  std::size_t rows() const { return columns.empty() ? 0 : columns.front().size(); }

  /// Throws Error, naming the file and the columns it has, if there is none of this name.
  const std::vector<double>& column(std::string_view name) const;
};

/// Reads a file as `write_csv` and CsvLog write it; a header without rows gives a table without rows.
///
/// A last line without a line end is what a killed process left of a row: it is left out, as CsvLog does.
/// Throws Error, naming file, line and column, for a row with another number of cells than the header, for a cell that
/// is not a number, for a missing header, and for a column name that is empty or there twice; and for a file of more
/// than 1 GiB.
CsvTable read_csv(const std::filesystem::path& path);

/// Writes the table atomically, each number in the shortest form that reads back to the same double, NaN as an empty
/// cell. Throws Error if the columns differ in length, or if the file cannot be written.
void write_csv(const std::filesystem::path& path, const CsvTable& table);

}  // namespace resnet
