// SPDX-License-Identifier: MIT
#include "train/layer_responses.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "model/make_model.hpp"
#include "support/catch.hpp"

namespace {

using namespace resnet;

/// Images of one brightness each: 0 and 255 in turn in the red plane, 0 in the others.
ImageSet red_stripes(std::int64_t count) {
  ImageSet set;
  set.images = at::zeros({count, 3, 4, 4}, at::kByte);
  set.images.slice(0, 1, count, 2).select(1, 0).fill_(255);
  set.labels = at::zeros({count}, at::kLong);
  set.class_names.assign(10, "");
  return set;
}

/// A net whose first layer's channel 0 answers 2 x - 3 to the red plane, and all others 0.
std::shared_ptr<Classifier> red_net() {
  auto net = make_model(parse_model_name("resnet8"), /*seed=*/0);
  const torch::NoGradGuard no_gradient;
  for (const auto& item : net->named_parameters()) {
    if (item.value().dim() == 4) torch::Tensor(item.value()).zero_();
  }
  auto parameters = net->named_parameters();
  parameters["conv1.weight"][0][0][1][1] = 1;
  parameters["bn1.weight"][0] = 2;
  parameters["bn1.bias"][0] = -3;
  return net;
}

bool always(std::int64_t) { return true; }

}  // namespace

TEST_CASE("the deviations of a net built by hand are those of a sum on paper") {
  const auto net = red_net();
  // 600 images in three batches; the mean of 0.25 moves the answers and no deviation.
  const auto responses =
      measure_layer_responses(*net, red_stripes(600), parse_normalization("0.25,0,0", "none"), torch::kCPU, always);
  REQUIRE(responses);
  REQUIRE(responses->size() == 7);
  const LayerResponse& first = responses->front();
  CHECK(first.layer == "conv1");
  // Channel 0 answers a and a + d in turn, fifteen channels 0: E = m / 16 with m = a + d / 2, E of squares = (d^2 / 4 +
  // m^2) / 16.
  const double scale = 2 / std::sqrt(1 + 1e-5);
  const double d = scale;
  const double m = -3 + scale * (0.5 - 0.25);
  CHECK(first.deviation == Approx(std::sqrt((d * d / 4 + m * m) / 16 - m * m / 256)).epsilon(1e-6));
  CHECK(first.mean_channel_deviation == Approx(d / 2 / 16).epsilon(1e-6));
  for (std::size_t i = 1; i < responses->size(); ++i) CHECK((*responses)[i].deviation == 0);
}

TEST_CASE("layer responses that are cancelled give nothing") {
  CHECK_FALSE(measure_layer_responses(*red_net(), red_stripes(600), parse_normalization("none", "none"), torch::kCPU,
                                      [](std::int64_t done) { return done < 250; }));
}
