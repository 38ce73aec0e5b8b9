// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "format/array.hpp"
#include "format/zip.hpp"

namespace resnet {

/// A file of weights from anywhere: safetensors, or of Python's torch.save in any form. What it is shows in its bytes.
///
/// It keeps the bytes that its arrays look into, and cannot be copied.
///
/// Throws   Error if it is none of these, or not a sound one; see format/safetensors.hpp and format/torch_file.hpp.
class WeightsFile {
 public:
  explicit WeightsFile(const std::filesystem::path& path);
  WeightsFile(const WeightsFile&) = delete;
  WeightsFile& operator=(const WeightsFile&) = delete;

  const std::vector<NamedArray>& arrays() const { return arrays_; }

  /// What a safetensors file says beside its arrays.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// "safetensors" or "torch.save".
  const std::string& format() const { return format_; }

 private:
  std::string bytes_;
  std::shared_ptr<const std::vector<ZipEntry>> unpacked_;
  std::vector<NamedArray> arrays_;
  std::map<std::string, std::string> metadata_;
  std::string format_;
};

}  // namespace resnet
