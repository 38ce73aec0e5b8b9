// SPDX-License-Identifier: MIT
#include "model/convolution.hpp"

#include <torch/types.h>

#include "support/catch.hpp"

namespace resnet {
namespace {

TEST_CASE("a convolution keeps the map's size at stride 1 and halves it, rounded up, at stride 2; it has no bias") {
  for (const std::int64_t kernel : {1, 3}) {
    for (const std::int64_t stride : {1, 2}) {
      const auto layer = make_convolution(16, 32, kernel, stride);
      CHECK_FALSE(layer->bias.defined());
      const torch::Tensor x = torch::randn({4, 16, 13, 16}).contiguous(at::MemoryFormat::ChannelsLast);
      const torch::Tensor y = convolve(*layer, x);
      CHECK(y.sizes() == at::IntArrayRef({4, 32, (13 + stride - 1) / stride, 16 / stride}));
      CHECK(torch::allclose(y, layer->forward(x), /*rtol=*/1e-4, /*atol=*/1e-5));
    }
  }
}

}  // namespace
}  // namespace resnet
