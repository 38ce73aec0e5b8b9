// SPDX-License-Identifier: MIT
#include "record/run_folder.hpp"

#include <concepts>
#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"

namespace resnet {

using Json = nlohmann::ordered_json;

namespace {

constexpr std::uintmax_t kLargestJson = 16 << 20;

template <typename T>
T field(const std::filesystem::path& path, const Json& object, const char* name) {
  if constexpr (std::same_as<T, double>) {  // JSON has no word for a loss that overflowed: it is written as null
    if (object.contains(name) && object.at(name).is_null()) return std::numeric_limits<double>::quiet_NaN();
  }
  const auto found = field_of<T>(object, name);
  require(found.has_value(),
          "{}: the field '{}' is missing or of the wrong type; move the run's folder away to start anew", path.string(),
          name);
  return *found;
}

}  // namespace

Json read_json(const std::filesystem::path& path) {
  Json object = parse_json(read_file(path, kLargestJson));
  require(object.is_object(), "{}: is not a JSON object", path.string());
  return object;
}

void write_status(const RunFolder& run, const RunStatus& status) {
  const Json object = {{"iteration", status.iteration}, {"iterations", status.iterations}, {"seconds", status.seconds}};
  write_atomically(run.status(), object.dump(2) + "\n");
}

std::optional<RunStatus> read_status(const RunFolder& run) {
  const auto path = run.status();
  if (!std::filesystem::exists(path)) return std::nullopt;
  const Json object = read_json(path);
  return RunStatus{field<std::int64_t>(path, object, "iteration"), field<std::int64_t>(path, object, "iterations"),
                   field<double>(path, object, "seconds")};
}

void write_result(const RunFolder& run, const RunResult& r) {
  const Json object = {{"model", r.model},
                       {"shortcut", r.shortcut},
                       {"schedule", r.schedule},
                       {"precision", r.precision},
                       {"data", r.data},
                       {"data_fingerprint", r.data_fingerprint},
                       {"evaluated_on", r.evaluated_on},
                       {"seed", r.seed},
                       {"parameters", r.parameters},
                       {"iterations", r.iterations},
                       {"test_images", r.test_images},
                       {"test_errors", r.test_errors},
                       {"test_error_percent", r.test_error_percent},
                       {"test_loss_nats", r.test_loss_nats},
                       {"training_error_percent", r.training_error_percent},
                       {"single_view_training_error_percent", r.single_view_training_error_percent},
                       {"seconds", r.seconds}};
  write_atomically(run.result(), object.dump(2) + "\n");
}

RunResult read_result(const RunFolder& run) {
  const auto path = run.result();
  require(std::filesystem::exists(path), "{}: this run is not finished; the command that began it goes on with it",
          run.path.string());
  const Json object = read_json(path);
  RunResult r;
  const auto read = [&]<typename T>(const char* name, T& value) { value = field<T>(path, object, name); };
  read("model", r.model);
  read("shortcut", r.shortcut);
  read("schedule", r.schedule);
  read("precision", r.precision);
  read("data", r.data);
  read("data_fingerprint", r.data_fingerprint);
  read("evaluated_on", r.evaluated_on);
  read("seed", r.seed);
  read("parameters", r.parameters);
  read("iterations", r.iterations);
  read("test_images", r.test_images);
  read("test_errors", r.test_errors);
  read("test_error_percent", r.test_error_percent);
  read("test_loss_nats", r.test_loss_nats);
  read("training_error_percent", r.training_error_percent);
  read("single_view_training_error_percent", r.single_view_training_error_percent);
  read("seconds", r.seconds);
  return r;
}

}  // namespace resnet
