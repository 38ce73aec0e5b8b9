// SPDX-License-Identifier: MIT
#include "experiment/model_flags.hpp"

#include <fmt/format.h>

namespace resnet {
namespace {

void require_partner(const Options& options, const char* flag, const char* partner) {
  if (options.given(flag) && !options.given(partner)) {
    options.reject(flag, fmt::format("says nothing without --{}", partner));
  }
}

}  // namespace

void add_model_flags(Options& options) {
  options.add("model", "", "network, where the file does not say it: plain or resnet, and a depth");
  options.add("shortcut", "", "its shortcuts: A, B or C [A]");
  options.add("shortcut-padding", "",
              "where option A's zero channels are: end, or symmetric: half of them before [end]");
  options.add("mean", "", "what is subtracted from its images: three numbers of 0..1, or cifar10, imagenet, none");
  options.add("std", "", "what they are then divided by, in the same words [none]");
}

ModelHints model_hints_from(const Options& options) {
  require_partner(options, "shortcut", "model");
  require_partner(options, "shortcut-padding", "model");
  require_partner(options, "std", "mean");
  ModelHints hints;
  if (options.given("model")) {
    ModelSpec spec = options.parsed("model", parse_model_name);
    if (options.given("shortcut")) spec.shortcut = options.parsed("shortcut", parse_shortcut);
    if (options.given("shortcut-padding")) {
      spec.shortcut_padding = options.parsed("shortcut-padding", parse_shortcut_padding);
    }
    hints.spec = spec;
  }
  if (options.given("mean")) {
    const std::string std = options.given("std") ? options.text("std") : "none";
    hints.input = options.parsed("mean", [&](const std::string& mean) { return parse_normalization(mean, std); });
  }
  return hints;
}

}  // namespace resnet
