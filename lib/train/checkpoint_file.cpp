// SPDX-License-Identifier: MIT
#include "train/checkpoint_file.hpp"

#include <optional>
#include <sstream>
#include <utility>

#include "core/error.hpp"
#include "core/number.hpp"
#include "core/shown.hpp"
#include "exchange/model_state.hpp"

namespace resnet {
namespace {

constexpr const char* kWeightPrefix = "model.";
constexpr const char* kVelocityPrefix = "momentum.";
constexpr const char* kCure = "move the run's folder away to start anew";

/// Calls `take` with the name and the velocity of each parameter that is trained.
template <typename Take>
void for_each_velocity(const torch::nn::Module& net, const Sgd& optimizer, const Take& take) {
  std::size_t i = 0;
  for (const auto& item : net.named_parameters()) {
    if (item.value().requires_grad()) take(kVelocityPrefix + item.key(), optimizer.velocities().at(i++));
  }
}

}  // namespace

void save_checkpoint_file(const std::filesystem::path& path, const torch::nn::Module& net, const Sgd& optimizer,
                          const std::map<std::string, std::string>& words) {
  TensorFile file;
  add_model_state(file, net, kWeightPrefix);
  for_each_velocity(net, optimizer, [&](const std::string& name, const torch::Tensor& velocity) {
    file.tensors.emplace_back(name, velocity);
  });
  file.metadata = words;
  save_safetensors(path, file);
}

CheckpointFile::CheckpointFile(std::filesystem::path path) : path_(std::move(path)), file_(load_safetensors(path_)) {}

const std::string& CheckpointFile::text(const std::string& key) const {
  const auto found = file_.metadata.find(key);
  require(found != file_.metadata.end(), "{}: is not a checkpoint: '{}' is missing; {}", path_.string(), key, kCure);
  return found->second;
}

std::int64_t CheckpointFile::count(const std::string& key) const {
  const std::string& text = this->text(key);
  const std::optional<std::int64_t> value = whole_number(text);
  require(value && *value >= 0, "{}: is not a checkpoint: '{}' is '{}', expected a count; {}", path_.string(), key,
          shown(text), kCure);
  return *value;
}

std::int64_t CheckpointFile::step(std::int64_t most) const {
  const std::int64_t step = count("step");
  require(step <= most, "{}: stands at iteration {} of {}; {}", path_.string(), step, most, kCure);
  return step;
}

void CheckpointFile::require_recipe(const std::string& lines) const {
  std::istringstream found_lines(text("recipe"));
  std::istringstream expected_lines(lines);
  std::string found;
  for (std::string expected; std::getline(expected_lines, expected);) {
    const bool is_there = static_cast<bool>(std::getline(found_lines, found));
    require(is_there && found == expected,
            "{}: is a checkpoint of another run: its recipe says '{}', expected '{}'; {}", path_.string(), shown(found),
            shown(expected), kCure);
  }
  const bool has_more = static_cast<bool>(std::getline(found_lines, found));
  require(!has_more, "{}: is a checkpoint of another run: its recipe says '{}', expected no more; {}", path_.string(),
          shown(found), kCure);
}

void CheckpointFile::restore(torch::nn::Module& net, Sgd& optimizer) const {
  const TensorsByName tensors = file_.by_name();
  for_each_velocity(net, optimizer, [&](const std::string& name, const torch::Tensor& velocity) {
    const auto found = tensors.find(name);
    require(found != tensors.end() && found->second->sizes() == velocity.sizes() &&
                found->second->scalar_type() == velocity.scalar_type(),
            "{}: '{}' is missing or of another shape; is this a checkpoint of another net?", path_.string(), name);
  });
  load_model_state(net, file_, path_.string(), kWeightPrefix);
  for_each_velocity(net, optimizer, [&](const std::string& name, const torch::Tensor& velocity) {
    torch::Tensor(velocity).copy_(*tensors.at(name));
  });
}

}  // namespace resnet
