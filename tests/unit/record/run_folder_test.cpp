// SPDX-License-Identifier: MIT
#include "record/run_folder.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;
using Json = nlohmann::ordered_json;

RunResult some_result() {
  RunResult r;
  r.model = "resnet20";
  r.shortcut = "A";
  r.schedule = "1/64";
  r.precision = "fp32";
  r.data = "cifar10";
  r.data_fingerprint = "0123456789abcdef-fedcba9876543210";
  r.evaluated_on = "test";
  r.seed = 18'446'744'073'709'551'615U;
  r.parameters = 269'722;
  r.iterations = 1000;
  r.test_images = 10'000;
  r.test_errors = 875;
  r.test_error_percent = 8.75;
  r.test_loss_nats = 1.0 / 3;
  r.training_error_percent = 0.1;
  r.single_view_training_error_percent = 1e-17;
  r.seconds = 1234.5;
  return r;
}

TEST_CASE("a run's files lie in its folder, whose name is its id") {
  const RunFolder run{"out/runs/resnet20-0"};
  CHECK(run.id() == "resnet20-0");
  for (const auto& file : {run.recipe(), run.train_csv(), run.eval_csv(), run.checkpoint(), run.weights(),
                           run.provenance(), run.status(), run.result(), run.lock()}) {
    CHECK(file.parent_path() == "out/runs/resnet20-0");
  }
  CHECK(run.recipe().filename() == "recipe.ini");
  CHECK(run.weights().filename() == "weights.safetensors");
}

TEST_CASE("a run's status is read back, and there is none before the first checkpoint") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  CHECK_FALSE(read_status(run).has_value());
  write_status(run, {500, 64'000, 1.0 / 3});
  const auto status = read_status(run);
  REQUIRE(status.has_value());
  CHECK(status->iteration == 500);
  CHECK(status->iterations == 64'000);
  CHECK(status->seconds == 1.0 / 3);
}

TEST_CASE("a result is read back field by field, and makes the run finished") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  CHECK_FALSE(run.is_finished());
  CHECK_THROWS_WITH(read_result(run), Contains(run.path.string() + ": this run is not finished"));
  const RunResult wrote = some_result();
  write_result(run, wrote);
  CHECK(run.is_finished());
  const RunResult read = read_result(run);
  CHECK(read.model == wrote.model);
  CHECK(read.shortcut == wrote.shortcut);
  CHECK(read.schedule == wrote.schedule);
  CHECK(read.precision == wrote.precision);
  CHECK(read.data == wrote.data);
  CHECK(read.data_fingerprint == wrote.data_fingerprint);
  CHECK(read.evaluated_on == wrote.evaluated_on);
  CHECK(read.seed == wrote.seed);
  CHECK(read.parameters == wrote.parameters);
  CHECK(read.iterations == wrote.iterations);
  CHECK(read.test_images == wrote.test_images);
  CHECK(read.test_errors == wrote.test_errors);
  CHECK(read.test_error_percent == wrote.test_error_percent);
  CHECK(read.test_loss_nats == wrote.test_loss_nats);
  CHECK(read.training_error_percent == wrote.training_error_percent);
  CHECK(read.single_view_training_error_percent == wrote.single_view_training_error_percent);
  CHECK(read.seconds == wrote.seconds);
}

TEST_CASE("a test loss that overflowed is null in the file and NaN when read") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  RunResult result = some_result();
  result.test_loss_nats = GENERATE(std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity());
  write_result(run, result);
  CHECK(read_json(run.result())["test_loss_nats"].is_null());
  CHECK(std::isnan(read_result(run).test_loss_nats));
}

TEST_CASE("a result that lacks a field, or has one of the wrong type, is refused by the field's name") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  write_result(run, some_result());
  const Json whole = read_json(run.result());
  const auto refused = [&](const Json& object, const std::string& field) {
    CAPTURE(field, object.dump());
    write_atomically(run.result(), object.dump());
    CHECK_THROWS_WITH(read_result(run), Contains(run.result().string() + ": the field '" + field + "' is missing"));
  };
  for (const auto& item : whole.items()) {
    Json object = whole;
    object.erase(item.key());
    refused(object, item.key());
    object = whole;
    object[item.key()] = Json::array({1});
    refused(object, item.key());
    object[item.key()] = true;
    refused(object, item.key());
    if (item.value().is_number_integer()) {
      object[item.key()] = 1.5;
      refused(object, item.key());
    }
  }
}

TEST_CASE("a status that lacks a field is refused by the field's name") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  write_atomically(run.status(), R"({"iteration": 1, "seconds": 2})");
  CHECK_THROWS_WITH(read_status(run), Contains("status.json: the field 'iterations' is missing"));
}

TEST_CASE("a file that is no JSON object is refused by name") {
  const TempFolder folder;
  const RunFolder run{folder.path()};
  for (const std::string& text : {std::string(), std::string("{"), std::string("[1]"), std::string("3"),
                                  std::string("{\"iteration\": 1"), std::string("\xff"), std::string(100'000, '[')}) {
    CAPTURE(text.substr(0, 20));
    write_atomically(run.status(), text);
    CHECK_THROWS_WITH(read_status(run), Contains(run.status().string() + ": is not a JSON object"));
  }
  CHECK_THROWS_WITH(read_json(folder.path() / "none.json"), Contains("none.json: no such file"));
}

}  // namespace
}  // namespace resnet
