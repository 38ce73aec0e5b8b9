// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Generator.h>

#include <functional>
#include <memory>
#include <string>

#include "exchange/export_facts.hpp"

namespace resnet {

/// The net itself, computing by LibTorch's own operations: what an exported one is held against.
class ExportProof {
 public:
  enum class Sizes { kAny, kOwn };

  /// Begins in evaluation mode, with a copy of the net, which so stays as it is. `input` is what the exported one
  /// takes.
  ///
  /// Throws Error if a number of the net is not finite: then nothing can be proved.
  ExportProof(const TrainedModel& model, const NetInput& input, Sizes sizes = Sizes::kAny);

  void train();

  /// Gives both the same random images, of several sizes or in several numbers. Throws Error unless all logits are
  /// equal, or differ by no more than `tolerance` times the largest of them.
  void require_equal(const std::function<at::Tensor(const at::Tensor& images)>& exported, double tolerance);

  /// Throws Error unless the net's running statistic of this name is this.
  void require_equal_buffer(const std::string& name, const at::Tensor& exported) const;

 private:
  at::Tensor random_images(std::int64_t count, std::int64_t height, std::int64_t width);

  std::shared_ptr<Classifier> net_;
  NetInput input_;
  Sizes sizes_;
  std::int64_t group_;  // a batch in training mode has a multiple of so many images
  at::Generator generator_;
};

}  // namespace resnet
