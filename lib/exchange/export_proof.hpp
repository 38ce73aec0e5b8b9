// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Generator.h>

#include <functional>
#include <memory>
#include <string>

#include "exchange/export_facts.hpp"

namespace resnet {

/// How far rounding may take the scores of an exported net that computes in another order, in parts of the largest
/// score.
inline constexpr double kRoundingTolerance = 1e-5;

/// In a deep net rounding grows from layer to layer. A score of ResNet-152 in float32 may be 3e-4 of the largest away
/// from what it is in double precision, whoever computes it. So an exported net that is further from the net than the
/// tolerance may still be so many times as far from double precision as the net itself is.
inline constexpr double kOwnRoundings = 4;

/// But never further from double precision than this, in parts of the largest score: there a net's scores mean nothing,
/// and so does a proof by them.
inline constexpr double kMostRounding = 1e-2;

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
  /// finite and equal. A tolerance above 0 is for evaluation mode: then they may differ by so much of the largest of
  /// them, or lie as near to the net in double precision as kOwnRoundings and kMostRounding say.
  void require_equal(const std::function<at::Tensor(const at::Tensor& images)>& exported, double tolerance);

  /// Throws Error unless the net's running statistic of this name is this.
  void require_equal_buffer(const std::string& name, const at::Tensor& exported) const;

 private:
  bool is_within_rounding(const at::Tensor& numbers, const at::Tensor& got, const at::Tensor& expected);
  at::Tensor random_images(std::int64_t count, std::int64_t height, std::int64_t width);

  ModelSpec spec_;
  std::shared_ptr<Classifier> net_;
  std::shared_ptr<Classifier> exact_;  // in double precision; null until it is asked
  NetInput input_;
  Sizes sizes_;
  std::int64_t group_;  // a batch in training mode has a multiple of so many images
  at::Generator generator_;
};

}  // namespace resnet
