// SPDX-License-Identifier: MIT
#include "model/init.hpp"

#include <torch/types.h>

#include <cmath>

#include "model/make_model.hpp"
#include "support/catch.hpp"

using namespace resnet;

TEST_CASE("convolutions, projections and fc are drawn from N(0, sqrt(2 / fan_in)) (reference [12])") {
  ModelSpec spec = parse_model_name("resnet20");
  spec.shortcut = Shortcut::kProjectionEverywhere;
  const auto parameters = make_model(spec, /*seed=*/1)->named_parameters();

  int drawn = 0;
  for (const auto& entry : parameters) {
    const torch::Tensor& weight = entry.value();
    if (weight.dim() == 1) continue;
    CAPTURE(entry.key());
    const double count = static_cast<double>(weight.numel());
    const double expected = std::sqrt(2.0 * static_cast<double>(weight.size(0)) / count);
    // Five standard errors: of a mean, sd / sqrt(count); of a standard deviation, sd / sqrt(2 count).
    CHECK(std::abs(weight.mean().item<double>()) < 5 * expected / std::sqrt(count));
    CHECK(std::abs(weight.std().item<double>() - expected) < 5 * expected / std::sqrt(2 * count));
    ++drawn;
  }
  CHECK(drawn == 20 + 9);
}

TEST_CASE("the draws are normal: 68.27 % within one deviation, 4.55 % beyond two") {
  const auto parameters = make_model(parse_model_name("resnet20"), /*seed=*/1)->named_parameters();
  const torch::Tensor z = parameters["layer3.2.conv2.weight"].abs() / std::sqrt(2.0 / 576);
  CHECK(z.lt(1).to(torch::kDouble).mean().item<double>() == Approx(0.6827).margin(0.012));
  CHECK(z.gt(2).to(torch::kDouble).mean().item<double>() == Approx(0.0455).margin(0.006));
}

TEST_CASE("batch norm starts as the identity, biases at 0") {
  for (const auto& entry : make_model(parse_model_name("resnet20"), /*seed=*/1)->named_parameters()) {
    if (entry.value().dim() != 1) continue;
    CAPTURE(entry.key());
    CHECK(entry.value().eq(entry.key().ends_with("weight") ? 1 : 0).all().item<bool>());
  }
}

TEST_CASE("a plain net and its option-A twin start from the same weights") {
  const auto plain = make_model(parse_model_name("plain32"), /*seed=*/7)->named_parameters();
  const auto residual = make_model(parse_model_name("resnet32"), /*seed=*/7)->named_parameters();
  REQUIRE(plain.keys() == residual.keys());
  for (const auto& entry : plain) {
    CAPTURE(entry.key());
    CHECK(torch::equal(entry.value(), residual[entry.key()]));
  }
}

TEST_CASE("a start depends on the seed and the parameter's name alone") {
  const auto shallow = make_model(parse_model_name("resnet20"), /*seed=*/7)->named_parameters();
  const auto deep = make_model(parse_model_name("resnet56"), /*seed=*/7)->named_parameters();
  const auto other = make_model(parse_model_name("resnet20"), /*seed=*/8)->named_parameters();
  CHECK(torch::equal(shallow["layer3.1.conv2.weight"], deep["layer3.1.conv2.weight"]));
  CHECK_FALSE(torch::equal(shallow["layer3.1.conv2.weight"], shallow["layer3.2.conv2.weight"]));
  CHECK_FALSE(torch::equal(shallow["layer3.1.conv2.weight"], other["layer3.1.conv2.weight"]));
}

TEST_CASE("convolution weights are laid out channels-last") {
  for (const auto& entry : make_model(parse_model_name("resnet20"), /*seed=*/1)->named_parameters()) {
    if (entry.value().dim() != 4) continue;
    CAPTURE(entry.key());
    CHECK(entry.value().is_contiguous(at::MemoryFormat::ChannelsLast));
  }
}
