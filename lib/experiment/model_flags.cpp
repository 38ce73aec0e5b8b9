// SPDX-License-Identifier: MIT
#include "experiment/model_flags.hpp"

#include <fmt/format.h>

namespace resnet {
namespace {

void require_partner(const Options& options, const char* flag, const char* partner) {
  if (options.given(flag) && !options.given(partner)) {
    options.reject(flag, fmt::format("goes together with --{}; give both", partner));
  }
}

}  // namespace

void add_model_flags(Options& options) {
  options.add("model", "", "network, where the file does not say it: plain20, resnet50, vgg16 or the like");
  options.add("shortcut", "", "its shortcuts: A, B or C [what the file or its names say]");
  options.add("shortcut-padding", "", "option A's zero channels: end, or symmetric: half of them before [the file's]");
  options.add("bottleneck-stride", "",
              "of resnet50 and deeper: 1x1 as the authors', 3x3 as torchvision's [the file's, or 3x3]");
  add_input_flags(options);
}

void add_input_flags(Options& options) {
  options.add("mean", "", "what is subtracted from its images: three numbers of 0..1, or cifar10, imagenet, none");
  options.add("std", "", "what they are then divided by, in the same words");
}

std::optional<Normalization> input_hint_from(const Options& options) {
  require_partner(options, "std", "mean");
  require_partner(options, "mean", "std");
  if (!options.given("mean")) return std::nullopt;
  // Each is read alone first, so that the one to blame is named.
  options.parsed("std", [](const std::string& std) { return parse_normalization("none", std); });
  return options.parsed("mean",
                        [&](const std::string& mean) { return parse_normalization(mean, options.text("std")); });
}

ModelHints model_hints_from(const Options& options) {
  ModelHints hints;
  if (options.given("model")) hints.net = options.parsed("model", parse_model_name);
  if (options.given("shortcut")) hints.shortcut = options.parsed("shortcut", parse_shortcut);
  if (options.given("shortcut-padding")) {
    hints.shortcut_padding = options.parsed("shortcut-padding", parse_shortcut_padding);
  }
  if (options.given("bottleneck-stride")) {
    hints.bottleneck_stride = options.parsed("bottleneck-stride", parse_bottleneck_stride);
  }
  hints.input = input_hint_from(options);
  return hints;
}

}  // namespace resnet
