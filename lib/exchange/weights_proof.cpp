// SPDX-License-Identifier: MIT
#include "exchange/weights_proof.hpp"

#include "core/checked_file.hpp"
#include "core/error.hpp"
#include "exchange/array_tensor.hpp"
#include "format/weights_file.hpp"

namespace resnet {
namespace {

/// The bytes of its numbers: what may not change, be they NaN.
bool is_same(const at::Tensor& one, const at::Tensor& other) {
  if (one.scalar_type() != other.scalar_type() || one.sizes() != other.sizes()) return false;
  if (one.numel() == 0) return true;
  const auto bytes = [](const at::Tensor& tensor) {
    return tensor.detach().cpu().contiguous().flatten().view(at::kByte);
  };
  return bytes(one).equal(bytes(other));
}

}  // namespace

void require_holds(const std::filesystem::path& file, const TensorFile& content, const std::string& what) {
  const WeightsFile read(file);
  require(read.arrays().size() == content.tensors.size() && read.metadata() == content.metadata,
          "{}: read back, it has {} tensors, expected {} and the same words beside them; nothing was written", what,
          read.arrays().size(), content.tensors.size());
  const TensorsByName tensors = content.by_name();
  for (const NamedArray& array : read.arrays()) {
    const auto own = tensors.find(array.name);
    require(own != tensors.end() && is_same(to_tensor(array), *own->second),
            "{}: read back, '{}' is not what the net has; nothing was written", what, array.name);
  }
}

void save_proved(const std::filesystem::path& file, const TensorFile& content) {
  write_checked(file, safetensors_bytes(content, file.string()),
                [&](const std::filesystem::path& candidate) { require_holds(candidate, content, file.string()); });
}

}  // namespace resnet
