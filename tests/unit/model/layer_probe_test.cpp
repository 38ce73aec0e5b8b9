// SPDX-License-Identifier: MIT
// Where a layer's response is taken (Figure 7), on nets built by hand so that the answer is known.
#include "model/layer_probe.hpp"

#include <torch/types.h>

#include <vector>

#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

using namespace resnet;

namespace {

/// A net whose i-th layer answers -i to everything, but the first 5 and a projection 3, which add to what is summed:
/// its convolutions are 0, and a batch norm of 0 gives its bias.
std::shared_ptr<Classifier> constant_net(const char* name, Shortcut shortcut = Shortcut::kZeroPadding) {
  ModelSpec spec = parse_model_name(name);
  spec.shortcut = shortcut;
  auto net = make_model(spec, /*seed=*/0);
  net->eval();
  const torch::NoGradGuard no_gradient;
  for (const auto& item : net->named_parameters()) {
    if (item.value().dim() == 4) torch::Tensor(item.value()).zero_();
    if (item.key().ends_with(".bias") && item.value().dim() == 1) torch::Tensor(item.value()).fill_(3);
  }
  const auto layers = probed_layers(*net);
  double answer = 0;
  for (const ProbedLayer& layer : layers) torch::Tensor(layer.norm->bias).fill_(--answer);
  torch::Tensor(layers.front().norm->bias).fill_(5);
  return net;
}

}  // namespace

TEST_CASE("a response is what leaves batch norm, before the ReLU and before the addition (Figure 7)") {
  const KernelsGuard guard;
  set_kernels(GENERATE(Kernels::kFast, Kernels::kEager));
  const auto [name, shortcut] =
      GENERATE(std::pair("plain8", Shortcut::kZeroPadding), std::pair("resnet8", Shortcut::kZeroPadding),
               std::pair("resnet8", Shortcut::kProjectionEverywhere));
  CAPTURE(name, shortcut_name(shortcut));
  const auto net = constant_net(name, shortcut);
  std::vector<double> told;
  const auto layers = probed_layers(*net);
  const LayerProbe probe([&](const BatchNorm& norm, const torch::Tensor& response) {
    if (&norm != layers[told.size() % layers.size()].norm) return;  // a projection's
    CHECK(response.min().item<double>() == response.max().item<double>());
    told.push_back(response.max().item<double>());
  });
  const torch::NoGradGuard no_gradient;
  net->forward(torch::rand({2, 3, 16, 16}));
  // After a ReLU those below 0 would be 0; after an addition some would hold the 5 or 3 of their shortcut too.
  CHECK(told == std::vector<double>{5, -2, -3, -4, -5, -6, -7});
}

TEST_CASE("a net of 6n + 2 layers has 6n + 1 responses, in order and without the projections (Section 4.2)") {
  const auto layers = probed_layers(*constant_net("resnet8", Shortcut::kProjectionEverywhere));
  std::vector<std::string> names;
  for (const ProbedLayer& layer : layers) names.push_back(layer.name);
  CHECK(names == std::vector<std::string>{"conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1",
                                          "layer2.0.conv2", "layer3.0.conv1", "layer3.0.conv2"});
  CHECK(probed_layers(*constant_net("plain20")).size() == 19);
}

TEST_CASE("who looks changes nothing but rounding, in testing and in training") {
  for (const char* name : {"plain14", "resnet14"}) {
    const auto net = make_model(parse_model_name(name), /*seed=*/1);
    const torch::Tensor images = torch::randn({8, 3, 16, 16});
    for (const bool trains : {true, false}) {
      CAPTURE(name, trains);
      net->train(trains);
      const torch::NoGradGuard no_gradient;
      const torch::Tensor alone = net->forward(images);
      const LayerProbe probe([](const BatchNorm&, const torch::Tensor&) {});
      CHECK(((net->forward(images) - alone).norm() / alone.norm()).item<double>() < 1e-5);
    }
  }
}

TEST_CASE("a probe sees what runs while it lives, and the inner of two alone") {
  const auto net = constant_net("plain8");
  int outer_count = 0;
  int inner_count = 0;
  const torch::NoGradGuard no_gradient;
  {
    const LayerProbe outer([&](const BatchNorm&, const torch::Tensor&) { ++outer_count; });
    {
      const LayerProbe inner([&](const BatchNorm&, const torch::Tensor&) { ++inner_count; });
      net->forward(torch::rand({1, 3, 8, 8}));
    }
    net->forward(torch::rand({1, 3, 8, 8}));
  }
  net->forward(torch::rand({1, 3, 8, 8}));
  CHECK(inner_count == 7);
  CHECK(outer_count == 7);
  CHECK(LayerProbe::current() == nullptr);
}
