// SPDX-License-Identifier: MIT
#include "exchange/state_dict.hpp"

#include <torch/types.h>

#include <string>
#include <vector>

#include "core/checked_file.hpp"
#include "exchange/array_tensor.hpp"
#include "exchange/weights_proof.hpp"
#include "format/torch_file.hpp"

namespace resnet {

TensorFile state_dict(const Classifier& net) {
  TensorFile state;
  for (const auto& module : net.named_modules()) {
    const std::string prefix = module.key().empty() ? "" : module.key() + ".";
    for (const auto& item : module.value()->named_parameters(/*recurse=*/false)) {
      state.tensors.emplace_back(prefix + item.key(), item.value());
    }
    for (const auto& item : module.value()->named_buffers(/*recurse=*/false)) {
      state.tensors.emplace_back(prefix + item.key(), item.value());
    }
  }
  return state;
}

void save_state_dict(const std::filesystem::path& path, const TrainedModel& model) {
  const TensorFile state = state_dict(*model.net);
  std::vector<torch::Tensor> dense;  // what the arrays look into
  std::vector<NamedArray> arrays;
  for (const auto& [name, tensor] : state.tensors) {
    dense.push_back(tensor.detach().cpu().contiguous());
    arrays.push_back(to_array(name, dense.back()));
  }
  write_checked(path, write_torch_file(arrays),
                [&](const std::filesystem::path& candidate) { require_holds(candidate, state, path.string()); });
}

}  // namespace resnet
