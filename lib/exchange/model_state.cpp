// SPDX-License-Identifier: MIT
#include "exchange/model_state.hpp"

#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>

#include "core/error.hpp"

namespace resnet {
namespace {

std::vector<std::pair<std::string, torch::Tensor>> state_of(const torch::nn::Module& model) {
  std::vector<std::pair<std::string, torch::Tensor>> state;
  for (const auto& item : model.named_parameters()) state.emplace_back(item.key(), item.value());
  for (const auto& item : model.named_buffers()) state.emplace_back(item.key(), item.value());
  return state;
}

}  // namespace

void add_model_state(TensorFile& file, const torch::nn::Module& model, const std::string& prefix) {
  for (const auto& [name, tensor] : state_of(model)) file.tensors.emplace_back(prefix + name, tensor);
}

bool is_finite(const torch::nn::Module& model) {
  const auto state = state_of(model);
  return std::all_of(state.begin(), state.end(),
                     [](const auto& item) { return item.second.isfinite().all().template item<bool>(); });
}

void load_model_state(torch::nn::Module& model, const TensorFile& file, const std::string& what,
                      const std::string& prefix) {
  const auto state = state_of(model);
  const TensorsByName tensors = file.by_name();
  std::vector<torch::Tensor> found;
  for (const auto& [name, tensor] : state) {
    const auto place = tensors.find(prefix + name);
    require(place != tensors.end(), "{}: '{}{}' is missing; is this file of another net?", what, prefix, name);
    const torch::Tensor& own = *place->second;
    require(own.sizes() == tensor.sizes() && own.scalar_type() == tensor.scalar_type(),
            "{}: '{}{}' is {} {}, expected {} {}; is this file of another net?", what, prefix, name,
            c10::toString(own.scalar_type()), fmt::join(own.sizes().vec(), "x"), c10::toString(tensor.scalar_type()),
            fmt::join(tensor.sizes().vec(), "x"));
    found.push_back(own);
  }
  require(!prefix.empty() || file.tensors.size() == state.size(),
          "{}: has {} tensors, this net has {}; is this file of another net?", what, file.tensors.size(), state.size());
  const torch::NoGradGuard no_gradient;
  for (std::size_t i = 0; i < state.size(); ++i) torch::Tensor(state[i].second).copy_(found[i]);
}

}  // namespace resnet
