// SPDX-License-Identifier: MIT
#include "train/gradient_norms.hpp"

#include <ATen/Functions.h>

#include <cmath>

#include "model/make_model.hpp"
#include "support/catch.hpp"

using namespace resnet;

TEST_CASE("every weighted layer is named in order: 6n + 2, and the projections (Section 4.2)") {
  CHECK(weighted_layers(*make_model(parse_model_name("plain20"), 0)).size() == 20);
  ModelSpec spec = parse_model_name("resnet8");
  spec.shortcut = Shortcut::kProjectionWhereNeeded;
  CHECK(weighted_layers(*make_model(spec, 0)) ==
        std::vector<std::string>{"conv1", "layer1.0.conv1", "layer1.0.conv2", "layer2.0.conv1", "layer2.0.conv2",
                                 "layer2.0.downsample.0", "layer3.0.conv1", "layer3.0.conv2", "layer3.0.downsample.0",
                                 "fc"});
}

TEST_CASE("a norm is the root of the sum of squares of the weights' gradient") {
  const auto net = make_model(parse_model_name("resnet8"), 0);
  for (const auto& item : net->named_parameters()) {
    torch::Tensor(item.value()).mutable_grad() = at::full_like(item.value(), item.key() == "fc.weight" ? 3 : 0.5);
  }
  const std::vector<double> norms = gradient_norms(*net);
  CHECK(norms.front() == Approx(0.5 * std::sqrt(16 * 3 * 9)));
  CHECK(norms.back() == Approx(3 * std::sqrt(64 * 10)));
}

TEST_CASE("before a backward pass there are no norms") {
  CHECK_THROWS_WITH(gradient_norms(*make_model(parse_model_name("resnet8"), 0)),
                    Catch::Contains("'conv1.weight' has no gradient"));
}
