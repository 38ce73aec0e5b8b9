// SPDX-License-Identifier: MIT
#include "train/checkpoint.hpp"

#include <charconv>
#include <sstream>

#include "core/error.hpp"
#include "exchange/model_state.hpp"
#include "train/data_fingerprint.hpp"

namespace resnet {
namespace {

constexpr const char* kWeightPrefix = "model.";
constexpr const char* kVelocityPrefix = "momentum.";
constexpr const char* kCure = "move the run's folder away to start anew";

const std::string& entry(const TensorFile& file, const std::filesystem::path& path, const char* key) {
  const auto found = file.metadata.find(key);
  require(found != file.metadata.end(), "{}: is not a checkpoint: '{}' is missing; {}", path.string(), key, kCure);
  return found->second;
}

std::int64_t count(const TensorFile& file, const std::filesystem::path& path, const char* key) {
  const std::string& text = entry(file, path, key);
  std::int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  require(error == std::errc() && end == text.data() + text.size() && value >= 0,
          "{}: is not a checkpoint: '{}' is '{}', expected a count; {}", path.string(), key, text, kCure);
  return value;
}

/// Throws Error with the first line in which the two recipes differ.
void require_same_recipe(const std::filesystem::path& path, const std::string& found, const std::string& expected) {
  std::istringstream found_lines(found);
  std::istringstream expected_lines(expected);
  for (std::string f, e; std::getline(expected_lines, e);) {
    require(static_cast<bool>(std::getline(found_lines, f)) && f == e,
            "{}: is a checkpoint of another run: its recipe says '{}', expected '{}'; {}", path.string(), f, e, kCure);
  }
  std::string more;
  require(!std::getline(found_lines, more),
          "{}: is a checkpoint of another run: its recipe says '{}', expected no more; {}", path.string(), more, kCure);
}

}  // namespace

void save_checkpoint(const std::filesystem::path& path, const Classifier& model, const Sgd& optimizer,
                     const TrainState& state, const Recipe& recipe) {
  TensorFile file;
  add_model_state(file, model, kWeightPrefix);
  std::size_t i = 0;
  for (const auto& item : model.named_parameters()) {
    file.tensors.emplace_back(kVelocityPrefix + item.key(), optimizer.velocities()[i++]);
  }
  file.metadata["step"] = std::to_string(state.step);
  file.metadata["recipe"] = recipe_lines(recipe);
  file.metadata["data"] = state.data_fingerprint;
  if (state.warmup_end) file.metadata["warmup_end"] = std::to_string(*state.warmup_end);
  if (state.has_exact_statistics) file.metadata["exact_statistics"] = "true";
  save_safetensors(path, file);
}

TrainState load_checkpoint(const std::filesystem::path& path, Classifier& model, Sgd& optimizer, const Recipe& recipe,
                           const std::string& expected_data) {
  const TensorFile file = load_safetensors(path);
  require_same_recipe(path, entry(file, path, "recipe"), recipe_lines(recipe));
  TrainState state;
  state.step = count(file, path, "step");
  if (file.metadata.count("warmup_end") > 0) state.warmup_end = count(file, path, "warmup_end");
  state.has_exact_statistics = file.metadata.count("exact_statistics") > 0;
  require(state.step <= scheduled_iterations(recipe), "{}: stands at iteration {} of {}; {}", path.string(), state.step,
          scheduled_iterations(recipe), kCure);
  require_same_data(path, entry(file, path, "data"), expected_data);
  state.data_fingerprint = expected_data;

  const auto parameters = model.named_parameters();
  std::size_t i = 0;
  for (const auto& item : parameters) {
    const torch::Tensor* velocity = file.find(kVelocityPrefix + item.key());
    require(velocity != nullptr && velocity->sizes() == item.value().sizes() &&
                velocity->scalar_type() == item.value().scalar_type(),
            "{}: the momentum of '{}' is missing or of another shape; is this a checkpoint of another net?",
            path.string(), item.key());
  }
  load_model_state(model, file, path.string(), kWeightPrefix);
  for (const auto& item : parameters) {
    torch::Tensor(optimizer.velocities()[i++]).copy_(*file.find(kVelocityPrefix + item.key()));
  }
  return state;
}

}  // namespace resnet
