// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace resnet {

/// A CSV file that grows row by row, first column `iteration`, and that survives its process.
///
/// Opening it cuts it back to the rows up to a checkpoint's iteration: what an interrupted process wrote after its last
/// checkpoint is written again, equal, by the process that goes on.
/// Throws Error, naming the file, if it cannot be written (the rows up to the last `sync` are then on disk); and leaves
/// an existing file as it is if that has other columns, lacks a row that must be there, or has one that is no row.
class CsvLog {
 public:
  /// Keeps the rows of an existing file whose iteration is at most `last_iteration`. They must begin with those of the
  /// iterations `required`, in this order. With `last_iteration` 0 the file is not read: what stands there is replaced.
  CsvLog(std::filesystem::path path, const std::vector<std::string>& columns, std::int64_t last_iteration,
         const std::vector<std::int64_t>& required = {});
  ~CsvLog();
  CsvLog(const CsvLog&) = delete;
  CsvLog& operator=(const CsvLog&) = delete;

  /// Numbers are written in the shortest form that reads back to the same double.
  void add(std::int64_t iteration, const std::vector<double>& values);

  /// Writes all rows to the disk.
  void sync();

  /// The iteration of the last row, 0 without rows.
  std::int64_t last_iteration() const { return last_iteration_; }

 private:
  void flush();

  std::filesystem::path path_;
  std::size_t columns_;
  std::int64_t last_iteration_ = 0;
  int descriptor_ = -1;
  std::string pending_;
};

}  // namespace resnet
