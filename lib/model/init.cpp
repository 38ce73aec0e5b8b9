// SPDX-License-Identifier: MIT
#include "model/init.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <string>

#include "core/seed.hpp"

namespace resnet {
namespace {

torch::Tensor draw(at::IntArrayRef sizes, std::uint64_t seed) {
  torch::Tensor drawn = torch::empty(sizes, torch::kFloat);
  const std::int64_t fan_in = drawn.numel() / drawn.size(0);
  const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
  Random random(seed);
  float* values = drawn.data_ptr<float>();
  for (std::int64_t i = 0; i < drawn.numel(); ++i) values[i] = static_cast<float>(deviation * random.normal());
  return drawn;
}

}  // namespace

void initialise(torch::nn::Module& net, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  for (auto& entry : net.named_parameters()) {
    const std::string& name = entry.key();
    torch::Tensor& parameter = entry.value();
    if (parameter.dim() == 1) {
      parameter.fill_(name.ends_with("weight") ? 1 : 0);
      continue;
    }
    const torch::Tensor drawn = draw(parameter.sizes(), derive_seed(seed, "init/" + name));
    parameter.copy_(drawn);
  }
}

}  // namespace resnet
