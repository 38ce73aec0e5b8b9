// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"

/// A few nets that have every kind of block and shortcut between them.
inline std::vector<resnet::ModelSpec> every_kind_of_net() {
  using resnet::Design;
  using resnet::Family;
  using resnet::Shortcut;
  return {{.family = Family::kPlain, .depth = 8},
          {.depth = 14},
          {.depth = 8, .bn_batch = 2, .shortcut_padding = resnet::ShortcutPadding::kSymmetric},
          {.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded, .classes = 7},
          {.depth = 14, .shortcut = Shortcut::kProjectionEverywhere},
          {.design = Design::kImageNet, .depth = 18, .classes = 7},
          {.design = Design::kImageNet,
           .depth = 50,
           .shortcut = Shortcut::kProjectionWhereNeeded,
           .classes = 7,
           .bottleneck_stride = resnet::BottleneckStride::k3x3}};
}

inline std::string name_of(const resnet::ModelSpec& spec) {
  return model_name(spec) + " " + shortcut_name(spec) + " " + shortcut_padding_name(spec.shortcut_padding);
}

/// A net in evaluation mode whose every number differs from what it would be untrained, and a mean for each pixel.
inline resnet::TrainedModel made_up_model(const resnet::ModelSpec& spec) {
  resnet::TrainedModel model{.spec = spec,
                             .net = make_model(spec, /*seed=*/1),
                             .input = {0.5 + 0.1 * torch::randn({3, 32, 32}), torch::ones({3, 1, 1})},
                             .class_names = {},
                             .recipe = "model = " + model_name(spec) + "\n"};
  for (std::int64_t i = 0; i < spec.classes; ++i) model.class_names.push_back("thing " + std::to_string(i));
  const torch::NoGradGuard no_gradient;
  for (auto& parameter : model.net->parameters()) {
    if (parameter.dim() == 1) parameter.add_(0.1 * torch::randn_like(parameter));
  }
  for (int i = 0; i < 3; ++i) model.net->forward(torch::randn({4, 3, 32, 32}));  // moves the running statistics
  model.net->eval();
  return model;
}
