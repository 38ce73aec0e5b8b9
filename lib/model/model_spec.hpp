// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resnet {

/// With or without shortcuts.
enum class Family { kPlain, kResidual };

/// What a shortcut does where F(x) has more channels than x, or a smaller map.
///
/// Paper    Section 3.3 and Table 3, options A, B and C.
enum class Shortcut {
  kZeroPadding,            ///< A: x and zero channels, no parameters.
  kProjectionWhereNeeded,  ///< B: a projection there, x itself elsewhere.
  kProjectionEverywhere,   ///< C: a projection on every shortcut.
};

/// Where option A's channels of zeros go.
///
/// Differs  The paper does not say. Ours come after the copied ones; other reproductions put half of them before.
enum class ShortcutPadding { kEnd, kSymmetric };

/// All that decides a net's layers, as one value.
///
/// Paper    Section 4.2: depth = 6n + 2 weighted layers, 10 classes, option A.
/// Differs  The authors' batch norm saw 64 images, half of the batch, on each of two GPUs. Here it sees the whole batch
///          unless `bn_batch` says otherwise.
struct ModelSpec {
  Family family = Family::kResidual;
  std::int64_t depth = 20;
  Shortcut shortcut = Shortcut::kZeroPadding;
  std::int64_t classes = 10;
  std::int64_t bn_batch = 0;  ///< Images that batch norm sees together in training; 0 is the whole batch.
  ShortcutPadding shortcut_padding = ShortcutPadding::kEnd;  ///< Option A alone pads.

  bool operator==(const ModelSpec&) const = default;
};

/// Reads "plain20", "resnet56", "cifar_resnet50": the paper's CIFAR-10 nets of 6n + 2 layers, n = 1 .. 2000.
///
/// The bare names resnet18/34/50/101/152 and plain18/34 belong to the ImageNet nets of Table 1; a CIFAR-10 net of such
/// a depth carries the prefix. Throws   Error with Fault::kUsage, which names the nearest depths, for anything else.
ModelSpec parse_model_name(std::string_view name);

/// The inverse of `parse_model_name`: "resnet56". Shortcut, classes and bn_batch are not part of the name.
std::string model_name(const ModelSpec& spec);

/// Reads "A", "B" or "C". Throws Error with Fault::kUsage for anything else.
Shortcut parse_shortcut(std::string_view text);

/// "A", "B" or "C".
std::string shortcut_name(Shortcut shortcut);

/// The same of a whole net: "none" for a plain one, which has no shortcuts.
std::string shortcut_name(const ModelSpec& spec);

/// Reads "end" or "symmetric". Throws Error with Fault::kUsage for anything else.
ShortcutPadding parse_shortcut_padding(std::string_view text);

/// "end" or "symmetric".
std::string shortcut_padding_name(ShortcutPadding padding);

/// Throws Error with Fault::kUsage unless a net can be built from it: a depth of 6n + 2, at least one class, no
/// negative `bn_batch`, no projections in a plain net, which has no shortcuts, and symmetric padding only under option
/// A.
void check_spec(const ModelSpec& spec);

}  // namespace resnet
