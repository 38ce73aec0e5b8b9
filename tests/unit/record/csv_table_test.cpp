// SPDX-License-Identifier: MIT
#include "record/csv_table.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Matchers::Contains;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

CsvTable read_text(const TempFolder& folder, const std::string& text) {
  write_atomically(folder.path() / "log.csv", text);
  return read_csv(folder.path() / "log.csv");
}

TEST_CASE("a CSV table is read back bit for bit") {
  const TempFolder folder;
  const std::vector<double> numbers = {0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, kInfinity, 64000};
  write_csv(folder.path() / "a.csv", {{"iteration", "error"}, {{1, 2, 3, 4, 5, 6, 7}, numbers}, ""});
  const CsvTable table = read_csv(folder.path() / "a.csv");
  CHECK(table.names == std::vector<std::string>{"iteration", "error"});
  CHECK(table.column("error") == numbers);
  CHECK(std::signbit(table.column("error")[2]));
}

TEST_CASE("numbers are written in their shortest form and NaN as an empty cell") {
  const TempFolder folder;
  write_csv(folder.path() / "a.csv", {{"x", "y"}, {{0.1, 64000}, {kNan, 8.75}}, ""});
  CHECK(read_file(folder.path() / "a.csv") == "x,y\n0.1,\n64000,8.75\n");
}

TEST_CASE("an empty cell and the nan of a log are NaN") {
  const TempFolder folder;
  const CsvTable table = read_text(folder, "x,y,z\n1,,nan\n");
  CHECK(table.column("x").front() == 1);
  CHECK(std::isnan(table.column("y").front()));
  CHECK(std::isnan(table.column("z").front()));
}

TEST_CASE("a header without rows is a table without rows, and Windows line ends are line ends") {
  const TempFolder folder;
  CHECK(read_text(folder, "x,y\n").rows() == 0);
  CHECK(read_text(folder, "x,y\n").column("y").empty());
  CHECK(read_text(folder, "x,y\r\n1,2\r\n").column("y") == std::vector<double>{2});
}

TEST_CASE("the torn last line of a killed process is left out") {
  const TempFolder folder;
  CHECK(read_text(folder, "x,y\n1,90\n2,4").column("y") == std::vector<double>{90});
}

TEST_CASE("a broken CSV file is refused with file, line and column") {
  const TempFolder folder;
  const auto message = [&](const std::string& text) -> std::string {
    try {
      read_text(folder, text);
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK_THAT(message("x,y\n1,2\n3\n"), Contains("log.csv: line 3: has 1 cells, expected 2"));
  CHECK_THAT(message("x,y\n1,2,3\n"), Contains("line 2: has 3 cells, expected 2"));
  CHECK_THAT(message("x,y\n1,2\n\n"), Contains("line 3: has 1 cells"));
  CHECK_THAT(message("x,y\n1,2\n3,four\n"), Contains("log.csv: line 3, column 'y': 'four' is not a number"));
  CHECK_THAT(message("x,y\n1,2 \n"), Contains("line 2, column 'y': '2 ' is not a number"));
  CHECK_THAT(message("x,y\n1e999,2\n"), Contains("column 'x': '1e999'"));
  CHECK_THAT(message(""), Contains("log.csv: has no header"));
  CHECK_THAT(message("x,y"), Contains("has no header"));
  CHECK_THAT(message("x,x\n"), Contains("column 'x' is there twice"));
  CHECK_THAT(message("x,\n"), Contains("column 2 has no name"));
  CHECK_THAT(message("x\n\x1b[2J\n"), Contains("'?[2J' is not a number"));
  std::string wide;
  for (int i = 0; i < 10'001; ++i) wide += std::to_string(i) + (i < 10'000 ? "," : "\n");
  CHECK_THAT(message(wide), Contains("has more than 10000 columns"));
  CHECK_THROWS_WITH(read_csv(folder.path() / "none.csv"), Contains("none.csv: no such file"));
}

TEST_CASE("a file larger than any log is refused before it is read") {
  const TempFolder folder;
  const std::filesystem::path path = folder.path() / "log.csv";
  write_atomically(path, "x,y\n");
  std::filesystem::resize_file(path, (std::uintmax_t{1} << 30) + 1);
  CHECK_THROWS_WITH(read_csv(path), Contains("log.csv: has 1073741825 bytes, expected at most 1073741824"));
}

TEST_CASE("a missing column is an error that lists those there are") {
  const TempFolder folder;
  CHECK_THROWS_WITH(read_text(folder, "x,y\n").column("error"),
                    Contains("log.csv: line 1: has no column 'error', only x, y"));
}

TEST_CASE("columns of unequal length are not written") {
  const TempFolder folder;
  CHECK_THROWS_WITH(write_csv(folder.path() / "a.csv", {{"x", "y"}, {{1, 2}, {1}}, ""}),
                    Contains("column 'y' has 1 rows, expected 2"));
  CHECK_FALSE(std::filesystem::exists(folder.path() / "a.csv"));
}

}  // namespace
}  // namespace resnet
