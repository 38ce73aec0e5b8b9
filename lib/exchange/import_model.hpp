// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/classifier.hpp"
#include "model/model_spec.hpp"

namespace resnet {

/// What the user says of a net in a file; the rest is found there.
struct ImportChoice {
  ModelSpec net;  ///< Design, family and depth count.
  std::optional<Shortcut> shortcut = {};
  std::optional<ShortcutPadding> padding = {};
  std::optional<BottleneckStride> bottleneck_stride = {};
};

/// Who says where a net's bottlenecks have their stride, which no tensor tells: the caller, the file, or nobody.
enum class StrideSource { kChoice, kFile, kAssumed };

/// A net from a file, and what was found on the way.
struct ImportedModel {
  ModelSpec spec;
  std::shared_ptr<Classifier> net;  ///< float32, on the CPU, in evaluation mode.
  std::string format;               ///< "safetensors" or "torch.save".
  std::string naming;  ///< "torchvision", "akamaster", "torchvision with classifier" or "order and shapes".
  std::string prefix;  ///< What stands before each name, such as "module."; often nothing.
  StrideSource stride_source = StrideSource::kAssumed;
  std::size_t tensors = 0;
  std::map<std::string, std::size_t> converted;  ///< Tensors made float32, by the dtype they had.
  /// Tensors num_batches_tracked, which old files lack, or which are no counts: they begin at 0.
  std::size_t counts_missing = 0;
  std::vector<std::string> left_out;     ///< Names that do not stand behind the prefix, and are not the net's.
  std::vector<std::string> class_names;  ///< Those that a file of ours says, one for each class; else none.
  std::string recipe;                    ///< The recipe.ini that a file of ours has; else empty.
};

/// The net of this design, family and depth in a file that this project, or someone's Python, has written.
///
/// The file is safetensors or of torch.save (format/weights_file.hpp). Its names may be torchvision's, which are ours,
/// or those of akamaster's CIFAR nets, with `linear` for fc and `shortcut` for downsample; a residual or plain net's
/// last layer may be `classifier` too; any prefix may stand before them, and what does not stand behind it, as the
/// loss's weights and the count of averaged nets, is left out if it is no second net. In a file of other names the
/// tensors are found by their order and shapes (exchange/match_by_order.hpp), which is a guess: the net's error tells
/// whether it is right. The shortcut's option is found by them, the number of classes by the last layer's shape; a
/// stride that nobody says is stride_of_others. Floats of other sizes become float32. A safetensors file of ours says
/// which net it is of, its padding and its stride, its classes' names and its recipe: the net must be the caller's, and
/// what the caller says of the rest wins.
///
/// Paper    Section 3.3, option A.
/// Differs  The paper does not say where the zero channels go, and of files only a safetensors file of ours does.
///          akamaster's program puts half of them before x, so under his names they are taken to be symmetric, else at
///          the end.
/// Throws   Error, which lists what is missing, left over or of another shape or kind, and names the net that it looks
///          like; for a file that says it is of another net; for weights that are not finite; as make_hinted_model; and
///          as WeightsFile.
ImportedModel import_model(const std::filesystem::path& path, const ImportChoice& choice);

}  // namespace resnet
