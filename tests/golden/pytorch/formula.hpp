// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

/// The formula of formula.py, from which both languages get the same weights, inputs and probes; and how what they
/// compute of them is compared.
namespace formula {

/// Half absolute, half relative: |ours - theirs| <= 1e-9 max(1, |theirs|).
inline constexpr double kDoubleTolerance = 1e-9;

inline std::uint32_t mix(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return x ^ (x >> 16);
}

inline std::uint32_t key_of(std::string_view text) {
  std::uint32_t key = 0x811c9dc5U;
  for (const char c : text) key = (key ^ static_cast<unsigned char>(c)) * 0x01000193U;
  return key;
}

inline torch::Tensor noise(const std::string& name, at::IntArrayRef sizes) {
  const std::uint32_t key = key_of(name);
  torch::Tensor values = torch::empty(sizes, torch::kDouble);
  double* const at = values.data_ptr<double>();
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    at[i] = (2.0 * mix(key ^ mix(static_cast<std::uint32_t>(i))) + 1) / 0x1p32 - 1;
  }
  return values;
}

inline void set_by_formula(torch::nn::Module& net) {
  const torch::NoGradGuard no_grad;
  const auto set = [](const std::string& name, torch::Tensor& tensor) {
    torch::Tensor u = noise(name, tensor.sizes());
    if (tensor.dim() > 1) {
      u *= std::sqrt(6.0 / static_cast<double>(tensor.numel() / tensor.size(0)));
    } else {
      const bool around_one = name.ends_with("weight") || name.ends_with("running_var");
      const double centre = around_one ? 1 : name.ends_with("bias") ? 0.75 : 0;
      u = centre + 0.25 * u;
    }
    tensor.copy_(u);
  };
  for (auto& entry : net.named_parameters()) set(entry.key(), entry.value());
  for (auto& entry : net.named_buffers()) {
    if (!entry.key().ends_with("num_batches_tracked")) set(entry.key(), entry.value());
  }
}

inline void check_close(double ours, double theirs, double tolerance = kDoubleTolerance) {
  CHECK(ours == Approx(theirs).epsilon(0).margin(tolerance * std::max(1.0, std::abs(theirs))));
}

inline void check_close(const torch::Tensor& ours, const nlohmann::json& theirs, double tolerance = kDoubleTolerance) {
  const torch::Tensor flat = ours.detach().to(torch::kDouble).contiguous().flatten();
  REQUIRE(flat.numel() == static_cast<std::int64_t>(theirs.size()));
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    check_close(flat.data_ptr<double>()[i], theirs[static_cast<std::size_t>(i)].get<double>(), tolerance);
  }
}

inline torch::Tensor dots(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous().flatten();
  std::vector<torch::Tensor> products;
  for (int k = 0; k < 3; ++k) products.push_back(flat.dot(noise("probe " + std::to_string(k), flat.sizes())));
  return torch::stack(products);
}

/// A tensor against what `summary` stored of it.
inline void check_summary(const torch::Tensor& tensor, const nlohmann::json& stored,
                          double tolerance = kDoubleTolerance) {
  if (stored.contains("values")) {
    check_close(tensor, stored["values"], tolerance);
  } else {
    check_close(tensor.norm().item<double>(), stored["norm"].get<double>(), tolerance);
    check_close(tensor.sum().item<double>(), stored["sum"].get<double>(), tolerance);
    check_close(dots(tensor), stored["dots"], tolerance);
  }
}

}  // namespace formula
