// SPDX-License-Identifier: MIT
#include "model/init.hpp"

#include <torch/utils.h>

#include <cmath>
#include <string>

#include "core/seed.hpp"

namespace resnet {

torch::Tensor draw_normal(at::IntArrayRef sizes, double deviation, std::uint64_t seed) {
  torch::Tensor drawn = torch::empty(sizes, torch::kFloat);
  Random random(seed);
  float* values = drawn.data_ptr<float>();
  for (std::int64_t i = 0; i < drawn.numel(); ++i) values[i] = static_cast<float>(deviation * random.normal());
  return drawn;
}

void initialise(torch::nn::Module& net, std::uint64_t seed) {
  const torch::NoGradGuard no_grad;
  for (auto& entry : net.named_parameters()) {
    const std::string& name = entry.key();
    torch::Tensor& parameter = entry.value();
    if (parameter.dim() == 1) {
      parameter.fill_(name.ends_with("weight") ? 1 : 0);
      continue;
    }
    const std::int64_t fan_in = parameter.numel() / parameter.size(0);
    const double deviation = std::sqrt(2.0 / static_cast<double>(fan_in));
    parameter.copy_(draw_normal(parameter.sizes(), deviation, derive_seed(seed, "init/" + name)));
  }
}

}  // namespace resnet
