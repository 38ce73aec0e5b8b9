// SPDX-License-Identifier: MIT
// The ImageNet nets and VGG against the paper's counts: Table 1, Figure 5, Section 3.3.
// The exact numbers are computed by hand from the layers; those of parameters are torchvision's too.
#include "model/imagenet_net.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include "model/bottleneck_block.hpp"
#include "model/make_model.hpp"
#include "model/residual_block.hpp"
#include "paper/imagenet.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

ModelSpec spec_of(const std::string& name, const std::string& option = "",
                  BottleneckStride stride = BottleneckStride::k1x1) {
  ModelSpec spec = parse_model_name(name);
  if (!option.empty()) spec.shortcut = parse_shortcut(option);
  spec.bottleneck_stride = stride;
  return spec;
}

ModelCost cost_of(const ModelSpec& spec) { return make_unset_model(spec)->cost(224, 224); }

std::int64_t multiply_adds(const std::string& name, const std::string& option = "") {
  return cost_of(spec_of(name, option)).multiply_adds();
}

std::int64_t count_kind(const ModelCost& cost, const std::string& kind) {
  return std::ranges::count(cost.layers, kind, &LayerCost::kind);
}

/// A convolution's multiply-adds, from the numbers of Table 1 alone.
constexpr std::int64_t convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t map) {
  return in * out * kernel * kernel * map * map;
}

/// Those of a net of two-layer blocks, summed by hand. `projections` has those of its shortcuts.
std::int64_t basic_net(const std::vector<std::int64_t>& blocks, std::int64_t projections) {
  std::int64_t sum = convolution(3, 64, 7, 112) + 512 * 1000 + projections;
  std::int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t width = 64 << stage;
    const std::int64_t map = 56 >> stage;
    sum += convolution(in, width, 3, map) +
           (2 * blocks[static_cast<std::size_t>(stage)] - 1) * convolution(width, width, 3, map);
    in = width;
  }
  return sum;
}

/// Those of a net of bottlenecks with option B, summed by hand. With the stride on the 3x3 the first 1x1 of conv3_x to
/// conv5_x sees a map twice as wide.
std::int64_t bottleneck_net(const std::vector<std::int64_t>& blocks, BottleneckStride stride) {
  std::int64_t sum = convolution(3, 64, 7, 112) + 2048 * 1000;
  std::int64_t in = 64;
  for (int stage = 0; stage < 4; ++stage) {
    const std::int64_t width = 64 << stage;
    const std::int64_t map = 56 >> stage;
    const std::int64_t reduced_on = stage > 0 && stride == BottleneckStride::k3x3 ? 2 * map : map;
    const std::int64_t from_3x3_on = convolution(width, width, 3, map) + convolution(width, 4 * width, 1, map);
    sum += convolution(in, width, 1, reduced_on) + from_3x3_on + convolution(in, 4 * width, 1, map);
    in = 4 * width;
    sum += (blocks[static_cast<std::size_t>(stage)] - 1) * (convolution(in, width, 1, map) + from_3x3_on);
  }
  return sum;
}

}  // namespace

TEST_CASE("18- and 34-layer nets cost what their layers in Table 1 do, exactly", "[paper]") {
  const std::int64_t growing = convolution(64, 128, 1, 28) + convolution(128, 256, 1, 14) + convolution(256, 512, 1, 7);
  const std::int64_t others = 3 * convolution(64, 64, 1, 56) + 3 * convolution(128, 128, 1, 28) +
                              5 * convolution(256, 256, 1, 14) + 2 * convolution(512, 512, 1, 7);
  CHECK(multiply_adds("plain18") == basic_net({2, 2, 2, 2}, 0));
  CHECK(multiply_adds("resnet18", "A") == basic_net({2, 2, 2, 2}, 0));
  CHECK(multiply_adds("resnet18", "B") == basic_net({2, 2, 2, 2}, growing));
  CHECK(multiply_adds("plain34") == basic_net({3, 4, 6, 3}, 0));
  CHECK(multiply_adds("resnet34", "A") == basic_net({3, 4, 6, 3}, 0));
  CHECK(multiply_adds("resnet34", "B") == basic_net({3, 4, 6, 3}, growing));
  CHECK(multiply_adds("resnet34", "C") == basic_net({3, 4, 6, 3}, growing + others));
}

TEST_CASE("50-, 101- and 152-layer nets cost what their layers in Table 1 do, exactly, wherever the stride is",
          "[paper]") {
  for (const BottleneckStride stride : {BottleneckStride::k1x1, BottleneckStride::k3x3}) {
    CAPTURE(bottleneck_stride_name(stride));
    const auto ours = [&](const char* name) { return cost_of(spec_of(name, "B", stride)).multiply_adds(); };
    CHECK(ours("resnet50") == bottleneck_net({3, 4, 6, 3}, stride));
    CHECK(ours("resnet101") == bottleneck_net({3, 4, 23, 3}, stride));
    CHECK(ours("resnet152") == bottleneck_net({3, 8, 36, 3}, stride));
  }
}

TEST_CASE("every net's multiply-adds, in 1e9 (Table 1, Section 3.3)", "[paper]") {
  const auto [name, option, stride, expected] = GENERATE(
      table<std::string, std::string, BottleneckStride, double>({{"plain18", "", BottleneckStride::k1x1, 1.795},
                                                                 {"resnet18", "A", BottleneckStride::k1x1, 1.795},
                                                                 {"resnet18", "B", BottleneckStride::k1x1, 1.814},
                                                                 {"plain34", "", BottleneckStride::k1x1, 3.644},
                                                                 {"resnet34", "A", BottleneckStride::k1x1, 3.644},
                                                                 {"resnet34", "B", BottleneckStride::k1x1, 3.664},
                                                                 {"resnet34", "C", BottleneckStride::k1x1, 3.831},
                                                                 {"resnet50", "B", BottleneckStride::k1x1, 3.858},
                                                                 {"resnet50", "B", BottleneckStride::k3x3, 4.089},
                                                                 {"resnet101", "B", BottleneckStride::k1x1, 7.570},
                                                                 {"resnet152", "B", BottleneckStride::k1x1, 11.282},
                                                                 {"vgg16", "", BottleneckStride::k1x1, 15.470},
                                                                 {"vgg19", "", BottleneckStride::k1x1, 19.632}}));
  CAPTURE(name, option, bottleneck_stride_name(stride));
  const auto ours = static_cast<double>(cost_of(spec_of(name, option, stride)).multiply_adds());
  CHECK(std::round(ours / 1e6) / 1e3 == Approx(expected).epsilon(1e-12));
}

TEST_CASE("VGG's convolutions alone take 15.347e9 and 19.508e9 multiply-adds, its fully-connected layers 123,633,664",
          "[paper]") {
  const auto [name, expected] = GENERATE(table<std::string, double>({{"vgg16", 15.347}, {"vgg19", 19.508}}));
  std::int64_t convolutions = 0;
  std::int64_t linear = 0;
  for (const LayerCost& layer : cost_of(spec_of(name)).layers) {
    if (layer.kind == "convolution") convolutions += layer.multiply_adds;
    if (layer.kind == "linear") linear += layer.multiply_adds;
  }
  CHECK(std::round(static_cast<double>(convolutions) / 1e6) / 1e3 == Approx(expected).epsilon(1e-12));
  CHECK(linear == 25'088 * 4096 + 4096 * 4096 + 4096 * 1000);
}

TEST_CASE("every net of option B has the parameters that are known of it", "[paper]") {
  const auto [name, parameters] = GENERATE(table<std::string, std::int64_t>({{"resnet18", 11'689'512},
                                                                             {"resnet34", 21'797'672},
                                                                             {"resnet50", 25'557'032},
                                                                             {"resnet101", 44'549'160},
                                                                             {"resnet152", 60'192'808}}));
  CAPTURE(name);
  const auto net = make_unset_model(spec_of(name, "B"));
  std::int64_t held = 0;
  for (const auto& parameter : net->parameters()) held += parameter.numel();
  CHECK(held == parameters);
  CHECK(net->cost(224, 224).parameters() == parameters);
  if (has_bottlenecks(spec_of(name))) {
    CHECK(cost_of(spec_of(name, "B", BottleneckStride::k3x3)).parameters() == parameters);
  }
}

TEST_CASE("plain-34 and ResNet-34 with option A have the same parameters, B's less its projections", "[paper]") {
  const std::int64_t projections = (64 * 128 + 2 * 128) + (128 * 256 + 2 * 256) + (256 * 512 + 2 * 512);
  const std::int64_t plain = cost_of(spec_of("plain34")).parameters();
  CHECK(plain == cost_of(spec_of("resnet34", "A")).parameters());
  CHECK(plain == 21'797'672 - projections);
  CHECK(cost_of(spec_of("plain18")).parameters() == cost_of(spec_of("resnet18", "A")).parameters());
}

TEST_CASE("VGG-16 has 138,357,544 parameters, VGG-19 143,667,240", "[paper]") {
  CHECK(cost_of(spec_of("vgg16")).parameters() == 138'357'544);
  CHECK(cost_of(spec_of("vgg19")).parameters() == 143'667'240);
}

TEST_CASE("a net has as many weighted layers as its name says, without projections", "[paper]") {
  const std::string name = GENERATE(as<std::string>(), "plain18", "plain34", "resnet18", "resnet34", "resnet50",
                                    "resnet101", "resnet152", "vgg16", "vgg19");
  CAPTURE(name);
  const ModelSpec spec = spec_of(name);
  const ModelCost cost = cost_of(spec);
  CHECK(count_kind(cost, "convolution") + count_kind(cost, "linear") == spec.depth);
}

TEST_CASE("maps have the sizes of Table 1: 112, 56, 28, 14 and 7, halved by the first layers of conv3_x to conv5_x",
          "[paper]") {
  const std::string name = GENERATE(as<std::string>(), "plain18", "resnet34", "resnet50", "resnet101", "resnet152");
  CAPTURE(name);
  const ModelCost cost = cost_of(spec_of(name));
  for (const auto& stage : paper::kTable1Sizes) {
    CAPTURE(stage.stage);
    std::size_t layers = 0;
    for (const LayerCost& layer : cost.layers) {
      if (!layer.name.starts_with(stage.prefix)) continue;
      CAPTURE(layer.name);
      CHECK(layer.output.height == stage.size);
      CHECK(layer.output.width == stage.size);
      ++layers;
    }
    CHECK(layers > 0);
  }
  // 64 filters in conv1, then 64, 128, 256 and 512, of bottlenecks four times as many.
  const std::int64_t expansion = has_bottlenecks(spec_of(name)) ? 4 : 1;
  CHECK(cost.layers[cost.layers.size() - 2].output == FeatureMap{512 * expansion, 1, 1});
}

TEST_CASE("with the stride on the 3x3 only the first 1x1 layer of a stage sees the larger map", "[paper]") {
  const ModelCost cost = cost_of(spec_of("resnet50", "B", BottleneckStride::k3x3));
  const auto output_of = [&](const char* name) {
    const auto layer = std::ranges::find(cost.layers, name, &LayerCost::name);
    REQUIRE(layer != cost.layers.end());
    return layer->output;
  };
  CHECK(output_of("layer2.0.conv1") == FeatureMap{128, 56, 56});
  CHECK(output_of("layer2.0.conv2") == FeatureMap{128, 28, 28});
  CHECK(output_of("layer2.1.conv1") == FeatureMap{128, 28, 28});
}

TEST_CASE("option C on 34 layers has 16 projections, 13 more than B; A has none, B on bottlenecks 4", "[paper]") {
  const auto projections = [](const char* name, const char* option) {
    return count_kind(cost_of(spec_of(name, option)), "projection");
  };
  CHECK(projections("resnet34", "A") == 0);
  CHECK(projections("resnet34", "B") == 3);
  CHECK(projections("resnet34", "C") == 16);
  CHECK(projections("resnet50", "B") == 4);
  CHECK(projections("resnet50", "C") == 16);
}

TEST_CASE("the two blocks of Figure 5 take 73,728 and 69,632 multiply-adds a position; a projection doubles the second",
          "[paper]") {
  const auto cost_a_position = [](const Block& block, std::int64_t channels) {
    ModelCost cost;
    block.add_cost(cost, "block", {channels, 56, 56});
    return cost.multiply_adds() / (56 * 56);
  };
  ModelSpec spec = spec_of("resnet50", "B");
  CHECK(cost_a_position(ResidualBlock(64, 64, /*stride=*/1, spec), 64) == 73'728);
  CHECK(cost_a_position(BottleneckBlock(256, 64, /*stride=*/1, spec), 256) == 69'632);
  spec.shortcut = Shortcut::kProjectionEverywhere;
  CHECK(cost_a_position(BottleneckBlock(256, 64, /*stride=*/1, spec), 256) == 135'168);
}

TEST_CASE("the paper's rounded counts are within 0.1e9 of ours, and plain-34 takes 18 % of VGG-19's (Section 3.3)",
          "[paper]") {
  for (const auto& reported : paper::kTable1) {
    CAPTURE(reported.name);
    CHECK(static_cast<double>(multiply_adds(std::string(reported.name))) ==
          Approx(reported.multiply_adds).epsilon(0).margin(0.1e9));
  }
  const double share =
      100 * static_cast<double>(multiply_adds("plain34")) / static_cast<double>(multiply_adds("vgg19"));
  CHECK(share == Approx(paper::kShareOfVgg19Percent).epsilon(0).margin(1));
}
