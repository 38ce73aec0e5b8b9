// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <system_error>

namespace resnet {

/// The files of one run, `OUT/runs/<id>/`.
struct RunFolder {
  std::filesystem::path path;

  std::string id() const { return path.filename().string(); }
  std::filesystem::path recipe() const { return path / "recipe.ini"; }
  std::filesystem::path train_csv() const { return path / "train.csv"; }
  std::filesystem::path eval_csv() const { return path / "eval.csv"; }
  std::filesystem::path gradients_csv() const { return path / "gradients.csv"; }
  std::filesystem::path checkpoint() const { return path / "checkpoint.safetensors"; }
  std::filesystem::path weights() const { return path / "weights.safetensors"; }
  std::filesystem::path provenance() const { return path / "provenance.json"; }
  std::filesystem::path status() const { return path / "status.json"; }
  std::filesystem::path result() const { return path / "result.json"; }
  std::filesystem::path lock() const { return path / "lock"; }

  /// The final numbers are the last file that a run writes. A folder that cannot be looked into is not a finished run.
  bool is_finished() const {
    std::error_code none;
    return std::filesystem::exists(result(), none);
  }
};

/// Where a run stood at its last checkpoint.
///
/// Units    seconds is the time spent on the run so far, over all processes.
struct RunStatus {
  std::int64_t iteration = 0;
  std::int64_t iterations = 0;
  double seconds = 0;
};

void write_status(const RunFolder& run, const RunStatus& status);

/// Nothing if the run has not reached a checkpoint. Throws Error if the file is broken.
std::optional<RunStatus> read_status(const RunFolder& run);

/// What a finished run ended with; the test error is that of the last iteration.
///
/// Paper    Section 4.2. The training error of the figures is that of the augmented mini-batches over the last epoch;
///          the single-view one is measured in evaluation mode on the unchanged training images.
struct RunResult {
  std::string model;
  std::string shortcut;  // "A", "B" or "C"; "none" for a plain net
  std::string schedule;
  std::string precision;
  std::string data;              // "cifar10", "photos" or "synthetic"
  std::string data_fingerprint;  // see train/data_fingerprint.hpp
  std::string evaluated_on;      // "test" or "validation"
  std::uint64_t seed = 0;
  std::int64_t parameters = 0;
  std::int64_t iterations = 0;
  std::int64_t test_images = 0;
  std::int64_t test_errors = 0;
  double test_error_percent = 0;
  double test_loss_nats = 0;
  double training_error_percent = 0;
  double single_view_training_error_percent = 0;
  double seconds = 0;
};

void write_result(const RunFolder& run, const RunResult& result);

/// Throws Error if the run is not finished or the file is broken.
RunResult read_result(const RunFolder& run);

/// Reads a JSON object. Throws Error, naming the file, if it is missing, too large or not one.
nlohmann::ordered_json read_json(const std::filesystem::path& path);

}  // namespace resnet
