// SPDX-License-Identifier: MIT
#include "record/csv_log.hpp"

#include <cmath>
#include <cstdlib>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/seed.hpp"
#include "record/csv_table.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Catch::Contains;

const std::vector<std::string> kColumns = {"rate", "loss"};

// What a log leaves that is opened over this text, at a checkpoint of this iteration.
std::string reopened(const std::string& text, std::int64_t last_iteration) {
  const TempFolder folder;
  write_atomically(folder.path() / "a.csv", text);
  {
    const CsvLog log(folder.path() / "a.csv", kColumns, last_iteration);
  }
  return read_file(folder.path() / "a.csv");
}

TEST_CASE("a log begins with its columns and grows row by row") {
  const TempFolder folder;
  const fs::path path = folder.path() / "run" / "train.csv";
  {
    CsvLog log(path, kColumns, 0);
    CHECK(log.last_iteration() == 0);
    CHECK(read_file(path) == "iteration,rate,loss\n");
    log.add(1, {0.1, 2.5});
    log.add(5, {0.01, -3});
    CHECK(log.last_iteration() == 5);
    log.sync();
    CHECK(read_file(path) == "iteration,rate,loss\n1,0.1,2.5\n5,0.01,-3\n");
    log.add(6, {1, 2});
  }
  CHECK(read_file(path) == "iteration,rate,loss\n1,0.1,2.5\n5,0.01,-3\n6,1,2\n");
}

TEST_CASE("a log is cut back to the rows of a checkpoint and goes on from there") {
  const TempFolder folder;
  const fs::path path = folder.path() / "train.csv";
  const auto add_rows = [](CsvLog& log, std::int64_t first, std::int64_t last) {
    for (std::int64_t i = first; i <= last; ++i) log.add(i, {0.1, 1.0 / static_cast<double>(i)});
  };
  {
    CsvLog log(path, kColumns, 0);
    add_rows(log, 1, 9);
  }
  const std::string uninterrupted = read_file(path);
  CsvLog log(path, kColumns, 6);
  CHECK(log.last_iteration() == 6);
  add_rows(log, 7, 9);
  log.sync();
  CHECK(read_file(path) == uninterrupted);
}

TEST_CASE("a checkpoint between two rows keeps the earlier, one beyond the end keeps all") {
  const std::string text = "iteration,rate,loss\n10,1,2\n20,3,4\n";
  CHECK(reopened(text, 9) == "iteration,rate,loss\n");
  CHECK(reopened(text, 10) == "iteration,rate,loss\n10,1,2\n");
  CHECK(reopened(text, 19) == "iteration,rate,loss\n10,1,2\n");
  CHECK(reopened(text, 100) == text);
}

TEST_CASE("a run that starts anew empties the log, whatever columns it had") {
  CHECK(reopened("iteration,rate,loss\n10,1,2\n", 0) == "iteration,rate,loss\n");
  CHECK(reopened("iteration,error\n10,1\n", 0) == "iteration,rate,loss\n");
}

TEST_CASE("the torn last line of a killed process is dropped") {
  const std::string whole = "iteration,rate,loss\n10,1,2\n";
  for (const char* torn : {"1", "11", "11,", "11,3", "11,3,4", "x", ""}) {
    CAPTURE(torn);
    CHECK(reopened(whole + torn, 100) == whole);
  }
}

TEST_CASE("a row that must be there and is not is named, and the log left as it is") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  const std::string text = "iteration,rate,loss\n1,1,2\n2,3,4\n4,5,6\n5,7,8\n";
  write_atomically(path, text);
  CHECK_THROWS_WITH(CsvLog(path, kColumns, 4, {1, 2, 3, 4}), Contains(path.string() + ": the row of iteration 3"));
  CHECK_THROWS_WITH(CsvLog(path, kColumns, 6, {1, 2, 4, 5, 6}), Contains("the row of iteration 6 is missing"));
  CHECK(read_file(path) == text);
  CHECK_NOTHROW(CsvLog(path, kColumns, 4, {1, 2}));  // that of 4 may be there, it need not
  CHECK(read_file(path) == "iteration,rate,loss\n1,1,2\n2,3,4\n4,5,6\n");
  CHECK_THROWS_WITH(CsvLog(folder.path() / "none.csv", kColumns, 4, {1}), Contains("none.csv: the row of iteration 1"));
}

TEST_CASE("a line among the kept rows that is not numbers is named, and the log left as it is") {
  for (const std::string row : {"2,3", "2,3,", "2,3,x", "2,3,4,5", "2,,4", "2,3,4 ", "2,3;4", "2,"}) {
    CAPTURE(row);
    const TempFolder folder;
    const fs::path path = folder.path() / "a.csv";
    const std::string text = fmt::format("iteration,rate,loss\n1,1,2\n{}\n3,5,6\n", row);
    write_atomically(path, text);
    CHECK_THROWS_WITH(CsvLog(path, kColumns, 3),
                      Contains(fmt::format("{}: '{}' is not a row of 3 numbers; move", path.string(), row)));
    CHECK(read_file(path) == text);
    CHECK_NOTHROW(CsvLog(path, kColumns, 1));  // behind the checkpoint it is written again
  }
}

TEST_CASE("a line that is not numbers is shown without control characters, and not all of it") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  write_atomically(path, "iteration,rate,loss\n1,\x1b[2J" + std::string(1000, 'x') + "\n");
  CHECK_THROWS_WITH(CsvLog(path, kColumns, 3), Contains("'1,?[2J" + std::string(94, 'x') + "...' is not a row"));
}

TEST_CASE("a log with other columns is refused and left as it is") {
  for (const char* text : {"iteration,rate,error\n1,2,3\n", "iteration,rate\n1,2\n", "iteration,rate,loss,x\n1,2,3,4\n",
                           "iteration,rate,loss", ""}) {
    CAPTURE(text);
    const TempFolder folder;
    const fs::path path = folder.path() / "a.csv";
    write_atomically(path, text);
    CHECK_THROWS_WITH(CsvLog(path, kColumns, 5),
                      Contains(path.string() + ": its columns are not 'iteration,rate,loss'"));
    CHECK(read_file(path) == text);
  }
}

TEST_CASE("every double is read back bit for bit, from its shortest form") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  std::vector<double> numbers = {0.1, 1.0 / 3, -0.0, 5e-324, 1.7976931348623157e308, -2.2250738585072014e-308, 64000};
  Random random(5);
  for (int i = 0; i < 1000; ++i)
    numbers.push_back(std::ldexp(random.normal(), static_cast<int>(random.below(200)) - 100));
  {
    CsvLog log(path, {"x"}, 0);
    for (std::size_t i = 0; i < numbers.size(); ++i) log.add(static_cast<std::int64_t>(i), {numbers[i]});
  }
  CHECK_THAT(read_file(path), Catch::StartsWith("iteration,x\n0,0.1\n1,0.3333333333333333\n2,-0\n3,5e-324\n"));
  const std::vector<double> found = read_csv(path).column("x");
  CHECK(found == numbers);
  CHECK(std::signbit(found[2]));
}

TEST_CASE("numbers that are not finite are written as words, which a table reads") {
  const TempFolder folder;
  const double infinity = std::numeric_limits<double>::infinity();
  {
    CsvLog log(folder.path() / "a.csv", kColumns, 0);
    log.add(1, {std::numeric_limits<double>::quiet_NaN(), infinity});
  }
  CHECK(std::isnan(read_csv(folder.path() / "a.csv").column("rate").front()));
  CHECK(read_csv(folder.path() / "a.csv").column("loss").front() == infinity);
}

TEST_CASE("a row of another width is refused") {
  const TempFolder folder;
  CsvLog log(folder.path() / "a.csv", kColumns, 0);
  CHECK_THROWS_WITH(log.add(1, {1}), Contains("a row has 1 values, expected 2"));
  CHECK(log.last_iteration() == 0);
}

TEST_CASE("many rows reach the file before anybody asks, so that one can follow a run") {
  const TempFolder folder;
  CsvLog log(folder.path() / "a.csv", kColumns, 0);
  for (std::int64_t i = 1; i <= 10'000; ++i) log.add(i, {0.1, 2.5});
  CHECK(fs::file_size(folder.path() / "a.csv") > 100'000);
}

TEST_CASE("on a full disk the error names the log, and the rows of the last sync are there") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  std::string message;
  {
    CsvLog log(path, kColumns, 0);
    log.add(1, {1, 2});
    log.sync();
    const FullDisk full(40);  // in the middle of a row
    log.add(2, {3, 4});
    log.add(3, {0.123456789, 5});
    try {
      log.sync();
    } catch (const Error& error) {
      message = error.what();
    }
  }
  CHECK_THAT(message, Contains(path.string() + ": cannot write: File too large"));
  CHECK_THAT(read_file(path), Catch::StartsWith("iteration,rate,loss\n1,1,2\n"));
}

TEST_CASE("a disk that is full for a while tears no row and doubles none") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  {
    CsvLog log(path, kColumns, 0);
    log.add(2, {3, 4});
    log.add(3, {0.123456789, 5});
    const FullDisk full(30);
    CHECK_THROWS_AS(log.sync(), Error);
  }  // there is room again when the log closes
  CHECK(read_file(path) == "iteration,rate,loss\n2,3,4\n3,0.123456789,5\n");
}

TEST_CASE("the rows of the last sync survive a killed process") {
  const TempFolder folder;
  const fs::path path = folder.path() / "a.csv";
  CHECK(in_child([&] {
          CsvLog log(path, kColumns, 0);
          log.add(1, {1, 2});
          log.sync();
          log.add(2, {3, 4});
          return ::raise(SIGKILL);
        }) == 128 + SIGKILL);
  CHECK(read_file(path) == "iteration,rate,loss\n1,1,2\n");
}

}  // namespace
}  // namespace resnet
