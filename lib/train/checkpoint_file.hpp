// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "exchange/safetensors.hpp"
#include "train/optimizer.hpp"

namespace resnet {

/// Writes a net's weights and buffers, the momentum of those parameters that require a gradient, and some words beside
/// them as one safetensors file, atomically.
void save_checkpoint_file(const std::filesystem::path& path, const torch::nn::Module& net, const Sgd& optimizer,
                          const std::map<std::string, std::string>& words);

/// Such a file, read.
///
/// Throws   Error, naming the file and the cure, if it is broken or a word that is asked for is missing or another.
class CheckpointFile {
 public:
  explicit CheckpointFile(std::filesystem::path path);

  bool has(const std::string& key) const { return file_.metadata.count(key) > 0; }
  const std::string& text(const std::string& key) const;
  std::int64_t count(const std::string& key) const;

  /// The iterations done, in `step`. Throws Error if they are more than this.
  std::int64_t step(std::int64_t most) const;

  /// Throws Error with the first line in which `recipe` is another than these lines.
  void require_recipe(const std::string& lines) const;

  /// Gives weights, buffers and momentum to the net and its optimizer. Throws Error, and changes nothing, if they are
  /// of another net.
  void restore(torch::nn::Module& net, Sgd& optimizer) const;

 private:
  std::filesystem::path path_;
  TensorFile file_;
};

}  // namespace resnet
