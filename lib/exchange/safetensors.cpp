// SPDX-License-Identifier: MIT
#include "exchange/safetensors.hpp"

#include <torch/types.h>

#include <algorithm>

#include "core/error.hpp"
#include "core/file.hpp"
#include "exchange/array_tensor.hpp"
#include "format/safetensors.hpp"

namespace resnet {

const torch::Tensor* TensorFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors.begin(), tensors.end(), [&](const auto& item) { return item.first == name; });
  return found == tensors.end() ? nullptr : &found->second;
}

TensorsByName TensorFile::by_name() const {
  TensorsByName found;
  for (const auto& [name, tensor] : tensors) found.emplace(name, &tensor);
  return found;
}

std::string safetensors_bytes(const TensorFile& content, const std::string& what) {
  std::vector<torch::Tensor> dense;  // what the arrays look into
  Safetensors file{{}, content.metadata};
  for (const auto& [name, tensor] : content.tensors) {
    require(dtype_of(tensor).has_value(), "{}: the dtype of '{}' is not one that safetensors has", what, name);
    dense.push_back(tensor.detach().cpu().contiguous());
    file.arrays.push_back(to_array(name, dense.back()));
  }
  return write_safetensors(file, what);
}

void save_safetensors(const std::filesystem::path& path, const TensorFile& content) {
  write_atomically(path, safetensors_bytes(content, path.string()));
}

TensorFile load_safetensors(const std::filesystem::path& path) {
  const std::string bytes = read_file(path);
  const Safetensors file = read_safetensors(bytes, path.string());
  TensorFile content{{}, file.metadata};
  for (const NamedArray& array : file.arrays) content.tensors.emplace_back(array.name, to_tensor(array));
  return content;
}

}  // namespace resnet
