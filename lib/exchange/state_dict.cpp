// SPDX-License-Identifier: MIT
#include "exchange/state_dict.hpp"

#include <torch/types.h>

#include <string>
#include <vector>

#include "core/file.hpp"
#include "exchange/array_tensor.hpp"
#include "format/torch_file.hpp"

namespace resnet {

void save_state_dict(const std::filesystem::path& path, const TrainedModel& model) {
  std::vector<torch::Tensor> dense;  // what the arrays look into
  std::vector<NamedArray> arrays;
  const auto add = [&](const std::string& module, const std::string& name, const torch::Tensor& tensor) {
    dense.push_back(tensor.detach().cpu().contiguous());
    arrays.push_back(to_array(module.empty() ? name : module + "." + name, dense.back()));
  };
  for (const auto& module : model.net->named_modules()) {
    const std::string& prefix = module.key();
    for (const auto& item : module.value()->named_parameters(/*recurse=*/false)) add(prefix, item.key(), item.value());
    for (const auto& item : module.value()->named_buffers(/*recurse=*/false)) add(prefix, item.key(), item.value());
  }
  write_atomically(path, write_torch_file(arrays));
}

}  // namespace resnet
