// SPDX-License-Identifier: MIT
// What the ImageNet nets and VGG do; their counts are held against the paper in
// tests/golden/paper, their numbers against torchvision's in tests/golden/pytorch.
#include "model/imagenet_net.hpp"

#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <string>
#include <vector>

#include "core/error.hpp"
#include "model/cifar_net.hpp"
#include "model/make_model.hpp"
#include "model/vgg.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/precision.hpp"

using namespace resnet;

namespace {

ModelSpec spec_of(const std::string& name, Shortcut shortcut, BottleneckStride stride = BottleneckStride::k1x1) {
  ModelSpec spec = parse_model_name(name);
  spec.shortcut = shortcut;
  spec.bottleneck_stride = stride;
  spec.classes = 7;
  return spec;
}

std::vector<ModelSpec> some_nets() {
  return {spec_of("plain18", Shortcut::kZeroPadding), spec_of("resnet18", Shortcut::kZeroPadding),
          spec_of("resnet18", Shortcut::kProjectionEverywhere), spec_of("resnet50", Shortcut::kProjectionWhereNeeded),
          spec_of("resnet50", Shortcut::kZeroPadding, BottleneckStride::k3x3)};
}

std::string words(const ModelSpec& spec) {
  return model_name(spec) + " " + shortcut_name(spec) + " " + bottleneck_stride_name(spec.bottleneck_stride);
}

torch::Tensor noise_images(std::int64_t height, std::int64_t width) {
  torch::manual_seed(0);
  return torch::randn({4, 3, height, width});
}

double error_of(const torch::Tensor& ours, const torch::Tensor& theirs) {
  return ((ours - theirs).norm() / theirs.norm()).item<double>();
}

/// The gradients of one training step, and the running statistics that it leaves.
std::vector<torch::Tensor> left_by_a_step(const ModelSpec& spec, Precision precision, bool recomputes) {
  const auto net = make_model(spec, /*seed=*/0);
  net->recompute_blocks(recomputes);
  torch::Tensor logits;
  {
    const PrecisionScope scope(precision, torch::kCPU);
    logits = net->forward(noise_images(64, 64));
  }
  torch::nn::functional::cross_entropy(logits, torch::arange(4, torch::kLong)).backward();
  std::vector<torch::Tensor> left;
  for (const torch::Tensor& parameter : net->parameters()) left.push_back(parameter.grad());
  for (const torch::Tensor& buffer : net->buffers()) left.push_back(buffer);
  return left;
}

}  // namespace

TEST_CASE("an ImageNet net gives one score per class to every image, of any size") {
  const torch::NoGradGuard no_gradient;
  for (const ModelSpec& spec : some_nets()) {
    CAPTURE(words(spec));
    const auto net = make_model(spec, /*seed=*/0);
    net->eval();
    CHECK(net->forward(torch::zeros({2, 3, 64, 64})).sizes() == at::IntArrayRef({2, 7}));
    CHECK(net->forward(torch::zeros({1, 3, 97, 33})).sizes() == at::IntArrayRef({1, 7}));
    CHECK_THROWS_WITH(net->forward(torch::zeros({2, 1, 64, 64})), Catch::Contains("[2, 1, 64, 64]"));
  }
}

TEST_CASE("an ImageNet net's logits in evaluation mode are the eager path's to 1e-5, folded and fused") {
  const KernelsGuard guard;
  const torch::NoGradGuard no_gradient;
  for (const ModelSpec& spec : some_nets()) {
    CAPTURE(words(spec));
    const auto net = make_model(spec, /*seed=*/0);
    net->forward(noise_images(64, 64));  // moves the running statistics
    net->eval();
    const torch::Tensor images = noise_images(80, 61);
    set_kernels(Kernels::kFast);
    const torch::Tensor ours = net->forward(images);
    set_kernels(Kernels::kEager);
    CHECK(error_of(ours, net->forward(images)) < 1e-5);
  }
}

TEST_CASE("recomputing the blocks of an ImageNet net changes no gradient and no running statistic") {
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBFloat16);
  CAPTURE(precision_name(precision));
  const ModelSpec spec = spec_of("resnet50", Shortcut::kProjectionWhereNeeded);
  const auto kept = left_by_a_step(spec, precision, false);
  const auto recomputed = left_by_a_step(spec, precision, true);
  REQUIRE(kept.size() == recomputed.size());
  for (std::size_t i = 0; i < kept.size(); ++i) CHECK(torch::equal(kept[i], recomputed[i]));
}

TEST_CASE("plain-34 and ResNet-34 with option A have the same parameters under the same names, and start alike") {
  const auto plain = make_model(parse_model_name("plain34"), /*seed=*/5)->named_parameters();
  const auto residual = make_model(parse_model_name("resnet34"), /*seed=*/5)->named_parameters();
  REQUIRE(plain.keys() == residual.keys());
  for (const auto& entry : plain) CHECK(torch::equal(entry.value(), residual[entry.key()]));
}

TEST_CASE("the last layer is where its name says, as wide as it says") {
  for (const char* name : {"resnet20", "cifar_resnet50", "plain34", "resnet34", "resnet50", "resnet152", "vgg16"}) {
    CAPTURE(name);
    ModelSpec spec = parse_model_name(name);
    spec.classes = 3;
    const LastLayer last = last_layer(spec);
    const auto parameters = make_unset_model(spec)->named_parameters();
    CHECK(parameters[last.name + ".weight"].sizes() == at::IntArrayRef({3, last.width}));
    CHECK(parameters[last.name + ".bias"].numel() == 3);
  }
}

TEST_CASE("an unset net has the tensors of a set one, in the same layout") {
  const auto set = make_model(parse_model_name("resnet18"), /*seed=*/0);
  const auto unset = make_unset_model(parse_model_name("resnet18"));
  REQUIRE(unset->named_parameters().keys() == set->named_parameters().keys());
  for (const auto& entry : set->named_parameters()) {
    CAPTURE(entry.key());
    CHECK(unset->named_parameters()[entry.key()].strides() == entry.value().strides());
  }
}

TEST_CASE("a net of one design is not made from the spec of another, nor from a depth that Table 1 lacks") {
  CHECK_THROWS_WITH(CifarNet(parse_model_name("resnet50")), Catch::Contains("resnet50: is no CIFAR-10 net"));
  CHECK_THROWS_WITH(ImageNetNet(parse_model_name("resnet20")), Catch::Contains("resnet20: is no ImageNet net"));
  CHECK_THROWS_WITH(Vgg(parse_model_name("resnet18")), Catch::Contains("resnet18: is no VGG net"));
  CHECK_THROWS_AS(make_model({.design = Design::kImageNet, .depth = 20}, /*seed=*/0), Error);
  CHECK_THROWS_WITH(imagenet_blocks(20), Catch::Contains("expected 18, 34, 50, 101 or 152"));
}

TEST_CASE(
    "VGG gives one score per class to every image, the eager path's to 1e-5, whether or not a gradient is asked") {
  const KernelsGuard guard;
  ModelSpec spec = parse_model_name("vgg16");
  spec.classes = 7;
  const auto net = make_model(spec, /*seed=*/0);
  const torch::Tensor images = noise_images(64, 48);
  const torch::Tensor with_gradient = net->forward(images);
  CHECK(with_gradient.requires_grad());
  const torch::NoGradGuard no_gradient;
  const torch::Tensor ours = net->forward(images);
  set_kernels(Kernels::kEager);
  const torch::Tensor eager = net->forward(images);
  CHECK(eager.sizes() == at::IntArrayRef({4, 7}));
  CHECK(error_of(ours, eager) < 1e-5);
  CHECK(error_of(with_gradient, eager) < 1e-5);
  CHECK_THROWS_WITH(net->forward(torch::zeros({3, 64, 64})), Catch::Contains("[3, 64, 64]"));
}

TEST_CASE("VGG's convolutions have biases and ReLU, and each stage ends in a 2x2 pool") {
  const torch::NoGradGuard no_gradient;
  const VggFeatures features({1, 2});
  const torch::Tensor x = noise_images(12, 9).contiguous(at::MemoryFormat::ChannelsLast);
  const auto parameters = features.named_parameters();
  CHECK(parameters.size() == 6);
  const auto layer = [&](const torch::Tensor& map, const std::string& name) {
    return at::conv2d(map, parameters[name + ".weight"], parameters[name + ".bias"], {1, 1}, {1, 1}).clamp_min(0);
  };
  const torch::Tensor first = at::max_pool2d(layer(x, "0"), {2, 2});
  const torch::Tensor expected = at::max_pool2d(layer(layer(first, "3"), "5"), {2, 2});
  CHECK(expected.sizes() == at::IntArrayRef({4, 128, 3, 2}));
  CHECK(error_of(features.forward(x), expected) < 1e-5);
}

TEST_CASE("VGG's fully-connected layers have ReLU between them, and none behind the last") {
  const torch::NoGradGuard no_gradient;
  const VggClassifier classifier(/*classes=*/3);
  const auto parameters = classifier.named_parameters();
  const auto layer = [&](const torch::Tensor& x, const std::string& name) {
    return at::linear(x, parameters[name + ".weight"], parameters[name + ".bias"]);
  };
  const torch::Tensor x = torch::randn({8, 25'088});
  const torch::Tensor expected = layer(layer(layer(x, "0").clamp_min(0), "3").clamp_min(0), "6");
  CHECK(torch::allclose(classifier.forward(x), expected, 1e-4, 1e-5));
  CHECK(expected.min().item<float>() < 0);
}
