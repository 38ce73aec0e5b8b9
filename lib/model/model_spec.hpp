// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resnet {

/// Which layers a net is made of, and for images of which size.
///
/// Paper    Section 4.2 (CIFAR-10), Table 1 (ImageNet); VGG is the net of reference [41], which the paper compares
///          with.
enum class Design { kCifar, kImageNet, kVgg };

/// With or without shortcuts. VGG is plain.
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

/// Which layer of a bottleneck block halves the map.
///
/// Paper    Table 1 and Section 3.3: conv3_1, conv4_1 and conv5_1 do.
/// Differs  The paper does not say which of a block's three layers it is. The authors' nets have the stride on the
///          first 1x1, many later ones, torchvision's among them, on the 3x3.
enum class BottleneckStride { k1x1, k3x3 };

/// All that decides a net's layers, as one value.
///
/// Paper    Section 4.2: depth = 6n + 2 weighted layers, 10 classes, option A. Table 1: 18 to 152 layers, 1000 classes.
/// Differs  The authors' batch norm saw 64 images, half of the batch, on each of two GPUs. Here it sees the whole batch
///          unless `bn_batch` says otherwise.
struct ModelSpec {
  Design design = Design::kCifar;
  Family family = Family::kResidual;
  std::int64_t depth = 20;
  Shortcut shortcut = Shortcut::kZeroPadding;
  std::int64_t classes = 10;
  std::int64_t bn_batch = 0;  ///< Images that batch norm sees together in training; 0 is the whole batch.
  ShortcutPadding shortcut_padding = ShortcutPadding::kEnd;     ///< Option A alone pads.
  BottleneckStride bottleneck_stride = BottleneckStride::k1x1;  ///< Of nets with bottlenecks alone.

  bool operator==(const ModelSpec&) const = default;
};

/// Reads the name of a net, and gives it the paper's shortcuts and number of classes.
///
/// "plain20", "resnet56" and "cifar_resnet50" are CIFAR-10's nets of 6n + 2 layers, n = 1 .. 2000: option A, 10
/// classes. "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "plain18" and "plain34" are the ImageNet nets
/// of Table 1, so a CIFAR-10 net of such a depth carries the prefix: option A up to 34 layers (Table 2), B from 50 on,
/// 1000 classes. "vgg16" and "vgg19" have 1000 classes too.
///
/// Throws   Error with Fault::kUsage, which names the nearest depths, for anything else.
ModelSpec parse_model_name(std::string_view name);

/// The inverse of `parse_model_name`: "resnet56". Design, family and depth; the rest is not part of the name.
std::string model_name(const ModelSpec& spec);

/// The net as the paper writes it: "plain-20", "ResNet-110", "VGG-16".
std::string paper_name(const ModelSpec& spec);

/// Whether the net is built of bottleneck blocks: the ImageNet nets of 50 layers and more (Section 4.1).
bool has_bottlenecks(const ModelSpec& spec);

/// Whether its shortcuts are those of option A, which alone pad with zeros.
bool pads_with_zeros(const ModelSpec& spec);

/// Height and width of the images that nets of a design are trained on: 32, or 224.
std::int64_t image_size(Design design);

/// The fully-connected layer that gives the scores: the only one whose shape the number of classes decides.
struct LastLayer {
  std::string name;        ///< "fc", as its weight is "fc.weight".
  std::int64_t width = 0;  ///< Numbers that enter it.
};

LastLayer last_layer(const ModelSpec& spec);

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

/// Reads "1x1" or "3x3". Throws Error with Fault::kUsage for anything else.
BottleneckStride parse_bottleneck_stride(std::string_view text);

/// "1x1" or "3x3".
std::string bottleneck_stride_name(BottleneckStride stride);

/// Throws Error with Fault::kUsage unless a net can be built from it: a depth that its design and family have, at least
/// one class, no negative `bn_batch` and none in VGG, no projections in a plain net, which has no shortcuts, symmetric
/// padding only under option A, and a stride on the 3x3 only in bottlenecks.
void check_spec(const ModelSpec& spec);

}  // namespace resnet
