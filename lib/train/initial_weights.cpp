// SPDX-License-Identifier: MIT
#include "train/initial_weights.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/seed.hpp"
#include "exchange/model_state.hpp"
#include "exchange/weights_path.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

/// All of a net that a file of weights belongs to, so that two of another kind have other words.
std::string words_for(const ModelSpec& net) {
  std::string words = fmt::format("{}, shortcuts: {}", model_name(net), shortcut_name(net));
  if (pads_with_zeros(net)) words += fmt::format(", padding: {}", shortcut_padding_name(net.shortcut_padding));
  if (has_bottlenecks(net)) words += fmt::format(", stride on the {}", bottleneck_stride_name(net.bottleneck_stride));
  return words;
}

}  // namespace

std::string weights_hash(const fs::path& path) {
  return fmt::format("{:016x}", hash_of(read_file(weights_path(path))));
}

void require_same_net(const fs::path& path, ModelSpec found, const ModelSpec& expected) {
  found.classes = expected.classes;
  found.bn_batch = expected.bn_batch;  // decides how a net is trained, and is not in a file of weights
  require(found == expected,
          "{}: is of {}, and what is to be trained is {}; give --model, --shortcut, --shortcut-padding and "
          "--bottleneck-stride as it has them",
          path.string(), words_for(found), words_for(expected));
}

TrainedModel initial_model(const fs::path& path, const std::string& hash, const std::string& hash_flag) {
  const std::string found = weights_hash(path);
  require(found == hash,
          "{}: is not the file that the run is to begin with (its hash is {}, expected {}); give that file, or leave "
          "--{} out for a run of its own",
          path.string(), found, hash, hash_flag);
  return load_trained_model(path);
}

TrainedModel initial_model(const Recipe& recipe) {
  return initial_model(recipe.initial_weights, recipe.initial_weights_hash, "initial-weights-hash");
}

std::string begin_with_weights(Classifier& model, const Recipe& recipe, const std::vector<std::string>& class_names) {
  const fs::path path = recipe.initial_weights;
  const TrainedModel trained = initial_model(recipe);
  require_same_net(path, trained.spec, recipe.model);

  TensorFile begins;
  add_model_state(begins, *trained.net);
  const bool keeps_last_layer = trained.spec.classes == recipe.model.classes &&
                                (trained.class_names.empty() || trained.class_names == class_names);
  if (!keeps_last_layer) {
    TensorFile own;
    add_model_state(own, model);
    const std::string prefix = last_layer(recipe.model).name + ".";
    for (auto& [name, tensor] : begins.tensors) {
      if (name.starts_with(prefix)) tensor = own.find(name)->detach().cpu().clone();
    }
  }
  load_model_state(model, begins, path.string());
  return keeps_last_layer ? fmt::format("begins with the weights of {}", path.string())
                          : fmt::format("begins with the weights of {}, with a new last layer for {} other classes",
                                        path.string(), recipe.model.classes);
}

}  // namespace resnet
