// SPDX-License-Identifier: MIT
#include "exchange/match_by_order.hpp"

#include <string_view>

namespace resnet {
namespace {

std::string_view last_word(std::string_view name) { return name.substr(name.rfind('.') + 1); }

}  // namespace

bool is_batch_count(const std::string& name) { return last_word(name) == "num_batches_tracked"; }

std::map<std::string, const NamedArray*> match_by_order(const std::vector<NamedArray>& arrays,
                                                        const TensorFile& state) {
  std::map<std::string, const NamedArray*> matched;
  auto array = arrays.begin();
  for (const auto& [name, tensor] : state.tensors) {
    const bool is_there = array != arrays.end() && last_word(array->name) == last_word(name);
    if (!is_there && is_batch_count(name)) continue;
    if (!is_there || array->shape != tensor.sizes().vec()) return {};
    matched.emplace(name, &*array);
    ++array;
  }
  if (array != arrays.end()) return {};
  return matched;
}

}  // namespace resnet
