// SPDX-License-Identifier: MIT
#include "detector/detector.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <limits>
#include <memory>
#include <string>

#include "detector/box_tensor.hpp"
#include "detector/detector_loss.hpp"
#include "detector/find_objects.hpp"
#include "model/batch_norm.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/precision.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

DetectorSpec spec_of(const std::string& net, std::int64_t classes = 2) {
  DetectorSpec spec;
  spec.body = parse_model_name(net);
  spec.body.classes = classes + 1;
  spec.anchors = {{32, 64}, {1}};
  return spec;
}

/// A net of seven classes that is tested, and what it is tested on.
std::shared_ptr<Classifier> classifier_of(const std::string& name) {
  ModelSpec spec = parse_model_name(name);
  spec.classes = 7;
  auto net = make_model(spec, 3);
  net->eval();
  return net;
}

Tensor image_of_imagenet() {
  torch::manual_seed(2);
  return torch::randn({1, 3, 224, 224});
}

ObjectsInView two_objects() {
  return {box_tensor({{10, 20, 40, 30}, {70, 30, 50, 60}}), torch::tensor({1, 2}, torch::kLong), box_tensor({})};
}

DetectorLoss loss_of(Detector& detector, const DetectorLossRule& rule = {}, std::uint64_t seed = 0) {
  torch::manual_seed(1);
  return detector_loss(detector, torch::randn({1, 3, 96, 128}), two_objects(), rule, seed);
}

}  // namespace

TEST_CASE("a detector shares the layers up to conv4_x, at stride 16, and gives each region to conv5_x") {
  const auto [net, channels, features] =
      GENERATE(table<std::string, std::int64_t, std::int64_t>({{"resnet18", 256, 512}, {"resnet50", 1024, 2048}}));
  CAPTURE(net);
  const auto detector = make_detector(spec_of(net), 0);
  const torch::NoGradGuard no_gradient;
  const Tensor map = detector->shared_map(torch::zeros({1, 3, 100, 130}));
  CHECK(map.sizes() == at::IntArrayRef({1, channels, 7, 9}));
  CHECK(detector->region_shape().features == features);

  const AnchorScores anchors = detector->score_anchors(map);
  CHECK(anchors.logits.sizes() == at::IntArrayRef({7 * 9 * 2}));
  CHECK(anchors.offsets.sizes() == at::IntArrayRef({7 * 9 * 2, 4}));
  const RegionScores regions = detector->score_regions(map, box_tensor({{0, 0, 50, 40}, {3, 5, 120, 90}}));
  CHECK(regions.logits.sizes() == at::IntArrayRef({2, 3}));
  CHECK(regions.offsets.sizes() == at::IntArrayRef({2, 2, 4}));
}

TEST_CASE("the shared map and the regions' layers are the classifier's, one after the other") {
  const std::string name = GENERATE("resnet18", "resnet50", "plain18");
  CAPTURE(name);
  const auto net = classifier_of(name);
  auto& cut = dynamic_cast<RegionNet&>(*net);
  const torch::NoGradGuard no_gradient;
  const Tensor image = image_of_imagenet();
  const Tensor map = cut.shared_map(image);  // 14 x 14: as large as a region's part
  CHECK(torch::equal(cut.region_logits(cut.region_features(map)), net->forward(image)));
}

TEST_CASE("VGG-16 is cut before its last pool, and its regions go through the fully-connected layers") {
  const auto net = classifier_of("vgg16");
  auto& cut = dynamic_cast<RegionNet&>(*net);
  const torch::NoGradGuard no_gradient;
  const Tensor image = image_of_imagenet();
  const Tensor map = cut.shared_map(image);
  REQUIRE(map.sizes() == at::IntArrayRef({1, 512, 14, 14}));
  const Tensor parts = torch::max_pool2d(map, 2);
  REQUIRE(parts.size(2) == cut.region_shape().grid);
  CHECK(torch::allclose(cut.region_logits(cut.region_features(parts)), net->forward(image), 1e-4, 1e-5));
}

TEST_CASE("batch norm and the first layers are fixed, all else is trained") {
  const auto detector = make_detector(spec_of("resnet18"), 0);
  loss_of(*detector).sum().backward();
  for (const auto& item : detector->named_parameters()) {
    CAPTURE(item.key());
    const bool is_norm =
        item.key().find(".bn") != std::string::npos || item.key().find("downsample.1") != std::string::npos;
    const bool is_first = item.key().starts_with("body.conv1.") || item.key().starts_with("body.layer1.");
    CHECK(item.value().requires_grad() == !(is_norm || is_first));
    CHECK(item.value().grad().defined() == !(is_norm || is_first));
    if (item.value().grad().defined()) CHECK(item.value().grad().norm().item<double>() > 0);
  }
  for (const auto& item : detector->named_buffers()) {
    CAPTURE(item.key());
    if (item.key().ends_with("running_mean")) CHECK(item.value().abs().max().item<double>() == 0);
    if (item.key().ends_with("num_batches_tracked")) CHECK(item.value().item<std::int64_t>() == 0);
  }
}

TEST_CASE("VGG-16's conv1 and conv2 are fixed, as in Fast R-CNN") {
  const Detector detector(spec_of("vgg16"));
  for (const auto& item : detector.named_parameters()) {
    CAPTURE(item.key());
    const bool is_first = item.key().starts_with("body.features.") && std::stoi(item.key().substr(14)) <= 7;
    CHECK(item.value().requires_grad() == !is_first);
  }
}

TEST_CASE("a detector begins with the classifier's weights, all but its last layer") {
  TrainedModel classifier;
  classifier.spec = parse_model_name("resnet18");
  classifier.spec.classes = 7;
  classifier.net = make_model(classifier.spec, 5);
  classifier.net->named_buffers()["bn1.running_mean"].fill_(0.25);
  const auto detector = make_detector(spec_of("resnet18"), 0);
  const auto fresh = make_detector(spec_of("resnet18"), 0);
  begin_with_classifier(*detector, "net", classifier);
  for (const auto& item : detector->named_parameters()) {
    CAPTURE(item.key());
    const bool is_shared = item.key().starts_with("body.") && !item.key().starts_with("body.fc.");
    const Tensor expected =
        is_shared ? classifier.net->named_parameters()[item.key().substr(5)] : fresh->named_parameters()[item.key()];
    CHECK(torch::equal(item.value(), expected));
  }
  CHECK(detector->named_buffers()["body.bn1.running_mean"].eq(0.25).all().item<bool>());

  classifier.spec.shortcut = Shortcut::kProjectionWhereNeeded;
  CHECK_THROWS_WITH(begin_with_classifier(*detector, "net", classifier),
                    Catch::Contains("net: is of resnet18, shortcuts: B"));
}

TEST_CASE("new layers begin small, as the seed says (Fast R-CNN, Section 2.3)") {
  const auto detector = make_detector(spec_of("resnet18"), 7);
  const auto parameters = detector->named_parameters();
  CHECK(parameters["rpn.weight"].std().item<double>() == Approx(0.01).epsilon(0.01));
  CHECK(parameters["body.fc.weight"].std().item<double>() == Approx(0.01).epsilon(0.1));
  CHECK(parameters["region_offsets.weight"].std().item<double>() == Approx(0.001).epsilon(0.1));
  CHECK(parameters["rpn.bias"].abs().max().item<double>() == 0);
  CHECK(
      torch::equal(parameters["rpn.weight"], make_detector(spec_of("resnet18"), 7)->named_parameters()["rpn.weight"]));
  CHECK_FALSE(
      torch::equal(parameters["rpn.weight"], make_detector(spec_of("resnet18"), 8)->named_parameters()["rpn.weight"]));
}

TEST_CASE("no detector is built on a net of CIFAR-10, without a class, or without an anchor") {
  CHECK_THROWS_WITH(check_detector(spec_of("resnet20")), Catch::Contains("32 x 32"));
  CHECK_THROWS_WITH(check_detector(spec_of("resnet18", 0)), Catch::Contains("a class to find"));
  DetectorSpec spec = spec_of("resnet18");
  spec.anchors.ratios.clear();
  CHECK_THROWS_WITH(check_detector(spec), Catch::Contains("anchors"));
}

TEST_CASE("proposals are the best anchors moved, cut to the image, apart from each other and not too small") {
  const Tensor anchors =
      box_tensor({{0, 0, 40, 40}, {2, 0, 40, 40}, {60, 60, 40, 40}, {0, 60, 10, 40}, {0, 60, 40, 10}, {60, 0, 30, 30}});
  AnchorScores scores{torch::tensor({1.0F, 2.0F, 0.0F, 5.0F, 6.0F, std::numeric_limits<float>::quiet_NaN()}),
                      torch::zeros({6, 4})};
  scores.offsets[2][0] = 0.5;  // 20 to the right, where the image ends
  const Tensor regions = propose(scores, anchors, {100, 100}, {});
  CHECK(torch::equal(regions, box_tensor({{2, 0, 40, 40}, {80, 60, 20, 40}})));
  CHECK(propose(scores, anchors, {100, 100}, {.most = 1}).size(0) == 1);
  CHECK(propose(scores, anchors, {100, 100}, {.overlap = 0.95}).size(0) == 3);
}

TEST_CASE("which boxes are learnt from, and so the loss, is a function of the seed") {
  const auto detector = make_detector(spec_of("resnet18"), 0);
  DetectorLossRule rule;
  rule.anchors.count = 4;
  rule.regions.count = 4;
  const auto loss = [&](std::uint64_t seed) { return loss_of(*detector, rule, seed).sum().item<double>(); };
  CHECK(loss(0) == loss(0));
  CHECK(loss(0) != loss(1));
}

TEST_CASE("the loss of an image without objects is finite, and says nothing of where they are") {
  const auto detector = make_detector(spec_of("resnet18"), 0);
  const ObjectsInView none{box_tensor({}), torch::zeros({0}, torch::kLong), box_tensor({})};
  const DetectorLoss loss = detector_loss(*detector, torch::randn({1, 3, 96, 128}), none, {}, 0);
  CHECK(loss.sum().isfinite().item<bool>());
  CHECK(loss.anchor_offsets.item<double>() == 0);
  CHECK(loss.region_offsets.item<double>() == 0);
  loss.sum().backward();
}

TEST_CASE("our kernels give a detector the losses and gradients of LibTorch's, and bfloat16 nearly so") {
  const KernelsGuard guard;
  const std::string name = GENERATE("resnet18", "resnet50");
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBFloat16);
  CAPTURE(name, precision_name(precision));
  const auto learn = [&](Kernels kernels, Precision with) {
    set_kernels(kernels);
    const auto detector = make_detector(spec_of(name), 0);
    {
      // Nets of random weights grow their numbers from block to block: they are kept small, as batch norm would.
      const torch::NoGradGuard no_gradient;
      for (auto& item : detector->named_parameters()) {
        if (item.key().find("bn") != std::string::npos && item.value().dim() == 1 && item.key().ends_with("weight")) {
          item.value().fill_(0.25);
        }
      }
    }
    const PrecisionScope scope(with, torch::kCPU);
    DetectorLossRule rule;
    rule.proposals.most = 0;  // which proposals there are hangs on the last bit: the objects' own boxes alone
    rule.regions.object_fraction = 1;
    loss_of(*detector, rule, 0).sum().backward();
    return detector;
  };
  const auto eager = learn(Kernels::kEager, Precision::kFloat32);
  const auto fast = learn(Kernels::kFast, precision);
  const double tolerance = precision == Precision::kFloat32 ? 1e-3 : 0.15;
  for (const auto& item : eager->named_parameters()) {
    if (!item.value().requires_grad()) continue;
    CAPTURE(item.key());
    const Tensor expected = item.value().grad();
    const Tensor gradient = fast->named_parameters()[item.key()].grad();
    REQUIRE(gradient.defined());
    CHECK((gradient - expected).norm().item<double>() <= tolerance * expected.norm().item<double>());
  }
}

TEST_CASE("a detector that knows nothing finds everything and nothing alike, best first and within bounds") {
  const auto detector = make_detector(spec_of("resnet18"), 0);
  const Tensor image = torch::randn({1, 3, 96, 128});
  DetectionRule rule;
  rule.least_score = 0;
  rule.most = 5;
  rule.overlap = rule.proposals.overlap = 0.99;
  const auto found = find_objects(*detector, image, rule);
  REQUIRE(found.size() == 5);
  for (std::size_t i = 0; i < found.size(); ++i) {
    CHECK((i == 0 || found[i].score <= found[i - 1].score));
    CHECK((found[i].box.left >= 0 && found[i].box.right() <= 128));
    CHECK((found[i].box.top >= 0 && found[i].box.bottom() <= 96));
    CHECK(found[i].label < 2);
  }
  rule.least_score = 1;
  CHECK(find_objects(*detector, image, rule).empty());
}

TEST_CASE("of each class are found the regions it is likely in, moved as it says, those apart from each other") {
  // It says the same of every region: nothing is there with a probability of 0.1, the first class with 0.2, the second
  // with 0.7, and that further right by one deviation, a tenth of the region's width (Fast R-CNN, Section 2.3).
  const auto detector = make_detector(spec_of("resnet18"), 0);
  const torch::NoGradGuard no_gradient;
  auto parameters = detector->named_parameters();
  const std::string logits = "body." + last_layer(detector->spec().body).name;
  parameters["rpn_offsets.weight"].zero_();  // so that the regions are the anchors
  parameters[logits + ".weight"].zero_();
  parameters[logits + ".bias"].copy_(torch::tensor({0.1F, 0.2F, 0.7F}).log());
  parameters["region_offsets.weight"].zero_();
  parameters["region_offsets.bias"].copy_(torch::tensor({0.F, 0.F, 0.F, 0.F, 1.F, 0.F, 0.F, 0.F}));
  const Tensor image = torch::randn({1, 3, 96, 128});
  DetectionRule rule;
  const Tensor map = detector->shared_map(image);
  const Tensor regions = propose(detector->score_anchors(map), detector->anchors_of(map), {96, 128}, rule.proposals);
  Tensor moved = regions.clone();
  const Tensor tenth = 0.1 * (regions.select(1, 2) - regions.select(1, 0));
  for (const int side : {0, 2}) moved.select(1, side).add_(tenth).clamp_(0, 128);
  const Tensor expected[] = {regions, moved};

  const auto found = find_objects(*detector, image, rule);
  for (const std::size_t label : {0, 1}) {
    CAPTURE(label);
    std::vector<Box> boxes;
    for (const Detection& one : found) {
      if (one.label != label) continue;
      CHECK(one.score == Approx(label == 0 ? 0.2 : 0.7));
      boxes.push_back(one.box);
    }
    REQUIRE(boxes.size() > 1);
    CHECK(boxes.size() < static_cast<std::size_t>(regions.size(0)));
    const Tensor of_class = box_tensor(boxes);
    const Tensor with_regions = overlaps(of_class, expected[label]);
    CHECK(std::get<0>(with_regions.max(1)).min().item<double>() > 0.9999);        // each is one of the regions,
    CHECK(std::get<0>(with_regions.max(0)).min().item<double>() > rule.overlap);  // each region is near one of them,
    const Tensor with_others = overlaps(of_class, of_class).fill_diagonal_(0);
    CHECK(with_others.max().item<double>() <= rule.overlap);  // and no two are near each other
  }
  rule.least_score = 0.5;
  for (const Detection& one : find_objects(*detector, image, rule)) CHECK(one.label == 1);
}
