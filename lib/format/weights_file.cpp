// SPDX-License-Identifier: MIT
#include "format/weights_file.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "format/safetensors.hpp"
#include "format/torch_file.hpp"

namespace resnet {
namespace {

/// Whether a JSON object follows the eight bytes of its length.
bool may_be_safetensors(std::string_view bytes) { return bytes.size() > 8 && bytes[8] == '{'; }

}  // namespace

WeightsFile::WeightsFile(const std::filesystem::path& path) : bytes_(read_file(path)) {
  if (begins_as_torch_file(bytes_)) {
    format_ = "torch.save";
    TorchFile file = read_torch_file(bytes_, path.string());
    arrays_ = std::move(file.arrays);
    unpacked_ = std::move(file.unpacked);
  } else {
    require(may_be_safetensors(bytes_), "{}: is neither a safetensors file nor one of Python's torch.save",
            path.string());
    format_ = "safetensors";
    Safetensors file = read_safetensors(bytes_, path.string());
    arrays_ = std::move(file.arrays);
    metadata_ = std::move(file.metadata);
  }
}

}  // namespace resnet
