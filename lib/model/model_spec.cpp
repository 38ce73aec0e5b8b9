// SPDX-License-Identifier: MIT
#include "model/model_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "model/imagenet_depths.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kMaxDepth = 6 * 2000 + 2;
constexpr std::string_view kPrefix = "cifar_";
constexpr std::string_view kVggName = "vgg";
constexpr std::array<std::int64_t, 2> kVggDepths = {16, 19};
constexpr std::int64_t kFirstBottleneckDepth = 50;
constexpr std::int64_t kImageNetClasses = 1000;

std::string_view family_name(Family family) { return family == Family::kPlain ? "plain" : "resnet"; }

/// Table 1's depths, whose bare names are those of the ImageNet nets.
bool is_imagenet_depth(Family family, std::int64_t depth) {
  return std::ranges::count(kImageNetDepths, depth) > 0 &&
         (family == Family::kResidual || depth < kFirstBottleneckDepth);
}

bool is_cifar_depth(std::int64_t depth) { return depth >= 8 && depth <= kMaxDepth && depth % 6 == 2; }

std::string cifar_name(Family family, std::int64_t depth) {
  return fmt::format("{}{}{}", is_imagenet_depth(family, depth) ? kPrefix : "", family_name(family), depth);
}

/// "resnet14 or resnet20": the nets just below and above a depth that has none.
std::string nearest_names(Family family, std::int64_t depth) {
  if (depth < 8) return cifar_name(family, 8);
  if (depth > kMaxDepth) return cifar_name(family, kMaxDepth);
  const std::int64_t below = depth - (depth - 2) % 6;
  return fmt::format("{} or {}", cifar_name(family, below), cifar_name(family, below + 6));
}

/// The digits after the family, or nothing if they are not a number written plainly. Too large a one saturates.
std::optional<std::int64_t> parse_depth(std::string_view digits) {
  const bool plain =
      !digits.empty() && std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!plain || (digits.size() > 1 && digits.front() == '0')) return std::nullopt;
  std::int64_t depth = std::numeric_limits<std::int64_t>::max();
  std::from_chars(digits.data(), digits.data() + digits.size(), depth);  // leaves depth alone if out of range
  return depth;
}

void require_depth(std::string_view name, const ModelSpec& spec) {
  switch (spec.design) {
    case Design::kCifar:
      return require_usage(is_cifar_depth(spec.depth),
                           "{}: a CIFAR-10 net has 6n + 2 layers, n = 1 to 2000; the nearest is {}", name,
                           nearest_names(spec.family, spec.depth));
    case Design::kImageNet:
      return require_usage(is_imagenet_depth(spec.family, spec.depth),
                           "{}: an ImageNet net has 18 or 34 layers, or, if residual, 50, 101 or 152", name);
    case Design::kVgg:
      return require_usage(spec.family == Family::kPlain && std::ranges::count(kVggDepths, spec.depth) > 0,
                           "{}: of VGG's nets there are vgg16 and vgg19", name);
  }
}

}  // namespace

ModelSpec parse_model_name(std::string_view name) {
  std::string_view rest = name;
  const auto skip = [&](std::string_view word) {
    const bool is_there = rest.starts_with(word);
    if (is_there) rest.remove_prefix(word.size());
    return is_there;
  };
  ModelSpec spec;
  const bool is_prefixed = skip(kPrefix);
  const bool is_vgg = !is_prefixed && skip(kVggName);
  const bool is_plain = is_vgg || skip(family_name(Family::kPlain));
  spec.family = is_plain ? Family::kPlain : Family::kResidual;
  const bool is_known = is_plain || skip(family_name(Family::kResidual));

  const std::optional<std::int64_t> depth = parse_depth(rest);
  require_usage(is_known && depth.has_value(),
                "{}: no such net, expected plain or resnet and a depth: of 6n + 2 layers for CIFAR-10, such as plain20 "
                "or resnet56, or 18, 34, 50, 101 or 152 for ImageNet; or vgg16 or vgg19",
                name);
  spec.depth = *depth;
  if (is_vgg) {
    spec.design = Design::kVgg;
  } else if (!is_prefixed && is_imagenet_depth(spec.family, spec.depth)) {
    spec.design = Design::kImageNet;
  }
  require_depth(name, spec);
  if (spec.design != Design::kCifar) spec.classes = kImageNetClasses;
  if (has_bottlenecks(spec)) spec.shortcut = Shortcut::kProjectionWhereNeeded;
  return spec;
}

std::string model_name(const ModelSpec& spec) {
  if (spec.design == Design::kCifar) return cifar_name(spec.family, spec.depth);
  return fmt::format("{}{}", spec.design == Design::kVgg ? kVggName : family_name(spec.family), spec.depth);
}

std::string paper_name(const ModelSpec& spec) {
  if (spec.design == Design::kVgg) return fmt::format("VGG-{}", spec.depth);
  return fmt::format("{}-{}", spec.family == Family::kPlain ? "plain" : "ResNet", spec.depth);
}

bool has_bottlenecks(const ModelSpec& spec) {
  return spec.design == Design::kImageNet && spec.depth >= kFirstBottleneckDepth;
}

bool pads_with_zeros(const ModelSpec& spec) {
  return spec.family == Family::kResidual && spec.shortcut == Shortcut::kZeroPadding;
}

std::int64_t image_size(Design design) { return design == Design::kCifar ? 32 : 224; }

LastLayer last_layer(const ModelSpec& spec) {
  if (spec.design == Design::kCifar) return {"fc", 64};
  if (spec.design == Design::kVgg) return {"classifier.6", 4096};
  return {"fc", has_bottlenecks(spec) ? 2048 : 512};
}

Shortcut parse_shortcut(std::string_view text) {
  for (const Shortcut shortcut :
       {Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere}) {
    if (text == shortcut_name(shortcut)) return shortcut;
  }
  throw Error(fmt::format("shortcut: '{}' is no option, expected A, B or C", text), Fault::kUsage);
}

std::string shortcut_name(Shortcut shortcut) {
  switch (shortcut) {
    case Shortcut::kZeroPadding:
      return "A";
    case Shortcut::kProjectionWhereNeeded:
      return "B";
    case Shortcut::kProjectionEverywhere:
      return "C";
  }
  fail("shortcut: {} is no option", static_cast<int>(shortcut));
}

std::string shortcut_name(const ModelSpec& spec) {
  return spec.family == Family::kPlain ? "none" : shortcut_name(spec.shortcut);
}

ShortcutPadding parse_shortcut_padding(std::string_view text) {
  for (const ShortcutPadding padding : {ShortcutPadding::kEnd, ShortcutPadding::kSymmetric}) {
    if (text == shortcut_padding_name(padding)) return padding;
  }
  throw Error(fmt::format("shortcut padding: '{}' is unknown, expected end or symmetric", text), Fault::kUsage);
}

std::string shortcut_padding_name(ShortcutPadding padding) {
  return padding == ShortcutPadding::kEnd ? "end" : "symmetric";
}

BottleneckStride parse_bottleneck_stride(std::string_view text) {
  for (const BottleneckStride stride : {BottleneckStride::k1x1, BottleneckStride::k3x3}) {
    if (text == bottleneck_stride_name(stride)) return stride;
  }
  throw Error(fmt::format("bottleneck stride: '{}' is unknown, expected 1x1 or 3x3", text), Fault::kUsage);
}

std::string bottleneck_stride_name(BottleneckStride stride) { return stride == BottleneckStride::k1x1 ? "1x1" : "3x3"; }

void check_spec(const ModelSpec& spec) {
  const std::string name = model_name(spec);
  require_depth(name, spec);
  require_usage(spec.classes >= 1, "{}: {} classes, expected at least 1", name, spec.classes);
  require_usage(spec.bn_batch >= 0, "{}: a bn_batch of {}, expected 0 (the whole batch) or more", name, spec.bn_batch);
  require_usage(spec.design != Design::kVgg || spec.bn_batch == 0,
                "{}: VGG has no batch norm, so a bn_batch cannot apply; leave it out", name);
  require_usage(spec.family == Family::kResidual || spec.shortcut == Shortcut::kZeroPadding,
                "{}: a plain net has no shortcuts, so option {} cannot apply; leave it out", name,
                shortcut_name(spec.shortcut));
  require_usage(pads_with_zeros(spec) || spec.shortcut_padding == ShortcutPadding::kEnd,
                "{}: only option A's shortcuts are padded with zeros, so symmetric padding cannot apply; leave it out",
                name);
  require_usage(has_bottlenecks(spec) || spec.bottleneck_stride == BottleneckStride::k1x1,
                "{}: has no bottleneck blocks, so a stride on their 3x3 cannot apply; leave it out", name);
}

}  // namespace resnet
