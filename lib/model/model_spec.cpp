// SPDX-License-Identifier: MIT
#include "model/model_spec.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>

#include "core/error.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kMaxDepth = 6 * 2000 + 2;
constexpr std::string_view kPrefix = "cifar_";

std::string_view family_name(Family family) { return family == Family::kPlain ? "plain" : "resnet"; }

/// Table 1's depths, whose bare names belong to the ImageNet nets.
bool is_imagenet_name(Family family, std::int64_t depth) {
  constexpr std::array<std::int64_t, 5> kDepths = {18, 34, 50, 101, 152};
  const std::size_t built = family == Family::kPlain ? 2 : kDepths.size();
  return std::find(kDepths.begin(), kDepths.begin() + built, depth) != kDepths.begin() + built;
}

bool is_cifar_depth(std::int64_t depth) { return depth >= 8 && depth <= kMaxDepth && depth % 6 == 2; }

std::string name_of(Family family, std::int64_t depth) {
  return fmt::format("{}{}{}", is_imagenet_name(family, depth) ? kPrefix : "", family_name(family), depth);
}

/// "resnet14 or resnet20": the nets just below and above a depth that has none.
std::string nearest_names(Family family, std::int64_t depth) {
  if (depth < 8) return name_of(family, 8);
  if (depth > kMaxDepth) return name_of(family, kMaxDepth);
  const std::int64_t below = depth - (depth - 2) % 6;
  return fmt::format("{} or {}", name_of(family, below), name_of(family, below + 6));
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

void require_cifar_depth(std::string_view name, Family family, std::int64_t depth) {
  require_usage(is_cifar_depth(depth), "{}: a CIFAR-10 net has 6n + 2 layers, n = 1 to 2000; the nearest is {}", name,
                nearest_names(family, depth));
}

}  // namespace

ModelSpec parse_model_name(std::string_view name) {
  std::string_view rest = name;
  const bool prefixed = rest.starts_with(kPrefix);
  if (prefixed) rest.remove_prefix(kPrefix.size());

  ModelSpec spec;
  spec.family = rest.starts_with(family_name(Family::kPlain)) ? Family::kPlain : Family::kResidual;
  const bool known_family = rest.starts_with(family_name(spec.family));
  if (known_family) rest.remove_prefix(family_name(spec.family).size());

  const std::optional<std::int64_t> depth = parse_depth(rest);
  require_usage(known_family && depth.has_value(),
                "{}: no such net, expected plain or resnet and a depth of 6n + 2 layers, such as plain20 or resnet56",
                name);
  spec.depth = *depth;
  if (!prefixed && is_imagenet_name(spec.family, spec.depth)) {
    require_usage(!is_cifar_depth(spec.depth),
                  "{0}: this name is reserved for the ImageNet net; the CIFAR-10 net of that "
                  "depth is cifar_{0}",
                  name);
    require_usage(false,
                  "{}: this name is reserved for the ImageNet net, and no CIFAR-10 net has {} layers; the nearest is "
                  "{}",
                  name, spec.depth, nearest_names(spec.family, spec.depth));
  }
  require_cifar_depth(name, spec.family, spec.depth);
  return spec;
}

std::string model_name(const ModelSpec& spec) { return name_of(spec.family, spec.depth); }

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

void check_spec(const ModelSpec& spec) {
  const std::string name = model_name(spec);
  require_cifar_depth(name, spec.family, spec.depth);
  require_usage(spec.classes >= 1, "{}: {} classes, expected at least 1", name, spec.classes);
  require_usage(spec.bn_batch >= 0, "{}: a bn_batch of {}, expected 0 (the whole batch) or more", name, spec.bn_batch);
  require_usage(spec.family == Family::kResidual || spec.shortcut == Shortcut::kZeroPadding,
                "{}: a plain net has no shortcuts, so option {} cannot apply; leave it out", name,
                shortcut_name(spec.shortcut));
  const bool pads = spec.family == Family::kResidual && spec.shortcut == Shortcut::kZeroPadding;
  require_usage(pads || spec.shortcut_padding == ShortcutPadding::kEnd,
                "{}: only option A's shortcuts are padded with zeros, so symmetric padding cannot apply; leave it out",
                name);
}

}  // namespace resnet
