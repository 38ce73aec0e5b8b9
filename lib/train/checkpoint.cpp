// SPDX-License-Identifier: MIT
#include "train/checkpoint.hpp"

#include <map>

#include "train/checkpoint_file.hpp"
#include "train/data_fingerprint.hpp"

namespace resnet {

void save_checkpoint(const std::filesystem::path& path, const Classifier& model, const Sgd& optimizer,
                     const TrainState& state, const Recipe& recipe, const std::string& data_fingerprint) {
  std::map<std::string, std::string> words = {
      {"step", std::to_string(state.step)}, {"recipe", recipe_lines(recipe)}, {"data", data_fingerprint}};
  if (state.warmup_end) words["warmup_end"] = std::to_string(*state.warmup_end);
  if (state.has_exact_statistics) words["exact_statistics"] = "true";
  save_checkpoint_file(path, model, optimizer, words);
}

TrainState load_checkpoint(const std::filesystem::path& path, Classifier& model, Sgd& optimizer, const Recipe& recipe,
                           const std::string& data_fingerprint) {
  const CheckpointFile file(path);
  file.require_recipe(recipe_lines(recipe));
  TrainState state;
  state.step = file.step(scheduled_iterations(recipe));
  if (file.has("warmup_end")) state.warmup_end = file.count("warmup_end");
  state.has_exact_statistics = file.has("exact_statistics");
  require_same_data(path, file.text("data"), data_fingerprint);
  file.restore(model, optimizer);
  return state;
}

}  // namespace resnet
