// SPDX-License-Identifier: MIT
// Faster R-CNN against the same put together of torchvision's parts: what is stored, and how it was made, is in
// generate_detector.py.
#include "detector/detector.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "detector/box_tensor.hpp"
#include "detector/detector_loss.hpp"
#include "detector/proposals.hpp"
#include "golden/pytorch/formula.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

using namespace resnet;
using formula::check_close;
using formula::check_summary;
using torch::Tensor;

namespace {

constexpr double kTolerance = 1e-5;  // anchors and regions are float32 here
constexpr std::int64_t kAll = 1'000'000;

nlohmann::json stored() {
  return nlohmann::json::parse(read_file(std::string(RESNET_TESTS_DIR) + "/golden/detection/detector.json"));
}

std::shared_ptr<Detector> detector() {
  DetectorSpec spec;
  spec.body = parse_model_name("resnet18");
  spec.body.shortcut = Shortcut::kProjectionWhereNeeded;
  spec.body.classes = 4;
  spec.anchors = {{32, 64}, {0.5, 1, 2}};
  auto net = std::make_shared<Detector>(spec);
  net->to(torch::kDouble);
  formula::set_by_formula(*net);
  const torch::NoGradGuard no_gradient;
  const std::map<std::string, double> factors = {
      {"rpn_offsets.", 0.02}, {"region_offsets.", 0.02}, {"rpn_logits.", 0.1}, {"body.fc.", 0.02}};
  for (auto& item : net->named_parameters()) {
    for (const auto& [layer, factor] : factors) {
      if (item.key().starts_with(layer)) item.value().mul_(factor);
    }
  }
  return net;
}

Tensor image() { return formula::noise("image", {1, 3, 96, 128}); }

ObjectsInView objects() {
  return {box_tensor({{8, 10, 48, 40}, {60, 20, 64, 70}, {30, 60, 20, 30}}), torch::tensor({1, 3, 2}, torch::kLong),
          box_tensor({})};
}

}  // namespace

TEST_CASE("proposals and what is said of them are those of Faster R-CNN put together of torchvision's parts") {
  const nlohmann::json golden = stored();
  const auto net = detector();
  const torch::NoGradGuard no_gradient;
  const Tensor map = net->shared_map(image());
  const Tensor regions = propose(net->score_anchors(map), net->anchors_of(map), {96, 128}, {.most = 20});
  check_close(regions, golden["proposals"], kTolerance);
  const RegionScores scores = net->score_regions(map, regions);
  check_close(scores.logits, golden["logits"], kTolerance);
  check_close(scores.offsets, golden["offsets"], kTolerance);
}

TEST_CASE("the four losses and every gradient of their sum are those of torchvision's parts") {
  const nlohmann::json golden = stored();
  const auto net = detector();
  DetectorLossRule rule;
  rule.anchors.count = kAll;
  rule.regions.count = kAll;
  const DetectorLoss loss = detector_loss(*net, image(), objects(), rule, /*seed=*/0);
  const Tensor terms[] = {loss.anchor_logits, loss.anchor_offsets, loss.region_logits, loss.region_offsets};
  for (std::size_t i = 0; i < 4; ++i)
    check_close(terms[i].item<double>(), golden["losses"][i].get<double>(), kTolerance);

  loss.sum().backward();
  std::size_t trained = 0;
  for (const auto& item : net->named_parameters()) {
    CAPTURE(item.key());
    REQUIRE(golden["gradients"].contains(item.key()) == item.value().requires_grad());
    if (!item.value().requires_grad()) continue;
    const Tensor gradient = item.value().grad();
    check_summary(gradient, golden["gradients"][item.key()],
                  kTolerance * std::clamp(gradient.norm().item<double>(), 1e-3, 1.0));
    ++trained;
  }
  CHECK(trained == golden["gradients"].size());
}
