// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace resnet {

/// In a sorted map: the file chooses the names, and could choose those that hash alike.
using TensorsByName = std::map<std::string_view, const torch::Tensor*>;

/// Named tensors in order, and a few words about them: the content of a safetensors file.
struct TensorFile {
  std::vector<std::pair<std::string, torch::Tensor>> tensors;
  std::map<std::string, std::string> metadata;

  /// The tensor of this name, or null. Looks through all: for many names take by_name.
  const torch::Tensor* find(std::string_view name) const;

  /// All tensors by their names; views of these, which must live as long, unchanged.
  TensorsByName by_name() const;
};

/// The bytes of such a file, tensors in the given order: equal content gives equal bytes.
///
/// Throws Error, which begins with `what`, if a dtype is not one that safetensors has; and as write_safetensors
/// (format/safetensors.hpp), so for a text that is not UTF-8.
std::string safetensors_bytes(const TensorFile& content, const std::string& what);

/// Writes the file atomically. Throws Error as safetensors_bytes does, or if the file cannot be written.
void save_safetensors(const std::filesystem::path& path, const TensorFile& content);

/// Reads a safetensors file. Every size in it is checked against the file before it is believed.
///
/// Throws Error, naming the file and the fault, for anything that is not one.
TensorFile load_safetensors(const std::filesystem::path& path);

}  // namespace resnet
