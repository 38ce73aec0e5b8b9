// SPDX-License-Identifier: MIT
#include "experiment/run_status.hpp"

#include "core/file_lock.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace resnet {
namespace {

TEST_CASE("the time left follows from a run's own pace, or from the multiply-adds of another run's net") {
  const TempFolder folder;
  const auto needed = [&](const char* model) -> NeededRun {
    const Recipe recipe = recipe_of(model);
    return {recipe, {folder.path() / run_id(recipe)}};
  };
  const std::vector<NeededRun> runs = {needed("resnet20"), needed("plain20"), needed("resnet56")};
  CHECK(status_of(runs, runs)[0].at("seconds_left").is_null());
  CHECK(status_of(runs, runs)[0].at("state") == "not started");
  CHECK_FALSE(std::filesystem::exists(runs[0].folder.path));
  CHECK_THAT(status_table(status_of(runs, runs)), Catch::Contains("as far as known: unknown"));

  write_status(runs[0].folder, {16'000, 64'000, 1'600});
  write_status(runs[1].folder, {10, 64'000, 1'000});  // ten steps say little of the others
  const auto status = status_of(runs, runs);
  CHECK(status[0].at("state") == "stopped");
  CHECK(status[0].at("iteration") == 16'000);
  CHECK(status[0].at("iterations") == 64'000);
  CHECK(status[0].at("seconds_left").get<double>() == Approx(4'800));
  CHECK(status[1].at("seconds_left").get<double>() == Approx(100 * 63'990));
  // ResNet-56 has 125,485,696 multiply-adds and ResNet-20 has 40,551,040.
  CHECK(status[2].at("seconds_left").get<double>() == Approx(0.1 * 64'000 * 125'485'696 / 40'551'040));
  // --depths 56 knows what the other runs of the experiment know.
  CHECK(status_of({runs[2]}, runs)[0] == status[2]);
  CHECK_THAT(status_table(status), Catch::Contains("stopped") && Catch::Contains("1 h 20 min"));

  // Fewer steps, but more work, and so nearer to what a deep net takes. ResNet-32 has 68,862,592 multiply-adds.
  write_status(runs[2].folder, {8'000, 64'000, 4'000});
  const NeededRun other = needed("resnet32");
  CHECK(status_of({other}, runs)[0].at("seconds_left").get<double>() ==
        Approx(0.5 * 64'000 * 68'862'592 / 125'485'696));

  const FileLock lock(runs[0].folder.lock());
  CHECK(status_of(runs, runs)[0].at("state") == "running");
}

TEST_CASE("a run whose status.json is broken is named and unknown, and the others are told of as ever") {
  const TempFolder folder;
  const auto needed = [&](const char* model) -> NeededRun {
    const Recipe recipe = recipe_of(model);
    return {recipe, {folder.path() / run_id(recipe)}};
  };
  const std::vector<NeededRun> runs = {needed("plain20"), needed("resnet20")};
  write_status(runs[1].folder, {16'000, 64'000, 1'600});
  const std::string whole = read_file(runs[1].folder.status());
  for (const std::string& text : {std::string(), whole.substr(0, whole.size() / 2), std::string("\xff\xfe garbage"),
                                  std::string(R"({"iteration": "many", "iterations": 1, "seconds": 1})")}) {
    CAPTURE(text);
    write_atomically(runs[0].folder.status(), text);
    const auto status = status_of(runs, runs);
    CHECK(status[0].at("state") == "unknown");
    CHECK(status[0].at("iteration").is_null());
    CHECK(status[0].at("iterations") == 64'000);
    CHECK(status[0].at("seconds_left").is_null());
    CHECK_THAT(status[0].at("problem").get<std::string>(), Catch::StartsWith(runs[0].folder.status().string() + ": "));
    CHECK(status[1].at("state") == "stopped");
    CHECK(status[1].at("seconds_left").get<double>() == Approx(4'800));
    CHECK(status[1].at("problem").is_null());
    CHECK_THAT(status_table(status), Catch::Contains("unknown") && Catch::Contains(runs[0].folder.status().string()) &&
                                         Catch::Contains("as far as known: 1 h 20 min"));
  }
  const FileLock lock(runs[0].folder.lock());
  CHECK(status_of(runs, runs)[0].at("state") == "running");
}

TEST_CASE("a finished run has no time left, and tells the others' from its final numbers, which alone are published") {
  const TempFolder folder;
  const NeededRun run{recipe_of("plain20"), write_run(folder.path(), recipe_of("plain20"), 10, 12)};
  const NeededRun other{recipe_of("plain20", 1), {folder.path() / "other"}};
  REQUIRE_FALSE(std::filesystem::exists(run.folder.status()));
  const auto status = status_of({run, other}, {run});
  CHECK(status[0].at("state") == "finished");
  CHECK(status[0].at("iteration") == 64'000);
  CHECK(status[0].at("seconds_left") == 0.0);
  CHECK(status[1].at("seconds_left").get<double>() == Approx(5400));

  write_atomically(run.folder.result(), "{}");
  CHECK_THAT(status_of({run}, {run})[0].at("problem").get<std::string>(),
             Catch::StartsWith(run.folder.result().string()));
}

}  // namespace
}  // namespace resnet
