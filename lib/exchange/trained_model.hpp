// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "model/classifier.hpp"
#include "model/model_spec.hpp"

namespace resnet {

/// A net with all that is needed to use it on images.
struct TrainedModel {
  ModelSpec spec;
  std::shared_ptr<Classifier> net;
  Normalization input;                   ///< What it was trained to see.
  std::vector<std::string> class_names;  ///< One for each class; none if they are not known.
  std::string recipe;                    ///< The recipe.ini of the run that trained it; empty if it was not ours.
};

/// What the caller knows of a net, for a file that does not say it: one that another program wrote holds tensors alone.
struct ModelHints {
  std::optional<ModelSpec> net = {};  ///< Design, family and depth; they must not contradict the file.
  std::optional<Shortcut> shortcut = {};
  std::optional<ShortcutPadding> shortcut_padding = {};
  std::optional<BottleneckStride> bottleneck_stride = {};
  std::optional<Normalization> input = {};  ///< Wins over the file's.
};

/// A net, its weights to come (make_unset_model), of a spec of which the file says whatever no hint does.
///
/// Throws   Error, which begins with the file, if what it says makes no net; with Fault::kUsage if only the hints do
///          not go with it.
std::shared_ptr<Classifier> make_hinted_model(const std::string& file, const ModelSpec& spec, const ModelHints& hints);

/// Writes weights and BN statistics as a safetensors file, and all the rest into its metadata: to other programs it is
/// a plain state_dict under torchvision's names. The file takes its name once it was read back. Bytes of the recipe
/// that are not UTF-8 become U+FFFD.
///
/// Throws Error if the file cannot be written, or the name of a class is not UTF-8.
void save_trained_model(const std::filesystem::path& file, const TrainedModel& model);

/// Reads such a file, or the `weights.safetensors` of a folder: a run's, or an imported net's. The net is float32, on
/// the CPU and in evaluation mode.
///
/// Of shortcuts and stride, a hint wins over the file. Where neither says anything, the names of its tensors decide on
/// the shortcuts, and bottlenecks have their stride where other programs have it (exchange/state_names.hpp). The number
/// of classes is that of the last layer.
///
/// Throws Error if it is not there or broken, if it is one of torch.save (import_model.hpp), if it is of another net
/// than a hint says, or, with the flag that would say it, if neither the file nor a hint names the net or its
/// normalisation; with Fault::kUsage as make_hinted_model.
TrainedModel load_trained_model(const std::filesystem::path& path, const ModelHints& hints = {});

}  // namespace resnet
