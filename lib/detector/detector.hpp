// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>
#include <torch/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "detector/anchors.hpp"
#include "exchange/trained_model.hpp"
#include "model/classifier.hpp"
#include "model/model_spec.hpp"
#include "model/region_net.hpp"

namespace resnet {

/// What a detector is built of.
struct DetectorSpec {
  ModelSpec body;  ///< Its classes: the background, which is class 0, and those to be found.
  AnchorShapes anchors;

  std::int64_t classes() const { return body.classes - 1; }
  bool operator==(const DetectorSpec&) const = default;
};

/// Throws Error with Fault::kUsage if no detector can be built of it: as check_spec and check_anchors, and for a body
/// of CIFAR-10 or without a class to find.
void check_detector(const DetectorSpec& spec);

/// What the region proposal network says of each anchor, in the order of `anchors_on`.
///
/// Shapes   logits [A], of there being an object; offsets [A, 4], from the anchor to it (see box_tensor.hpp).
struct AnchorScores {
  torch::Tensor logits;
  torch::Tensor offsets;
};

/// What the second half says of each region.
///
/// Shapes   logits [R, classes + 1], the background first; offsets [R, classes, 4], from the region to the object, for
///          each class it may be, divided by `offset_deviations`.
struct RegionScores {
  torch::Tensor logits;
  torch::Tensor offsets;
};

/// Faster R-CNN: a net that finds objects, on the layers of a classifier.
///
/// The classifier's first layers make a map of the image. On it a small net of its own, 3x3 and 512 channels wide, says
/// for each anchor whether an object is there, and where. What the best of these proposals have of the map goes, pooled
/// to a fixed size, through the classifier's last layers, which say what it is; one layer beside the last says where.
///
/// Batch norm is fixed: it normalises by the pre-trained statistics, and its weights are not trained. So the net is
/// always in evaluation mode.
///
/// Paper    Section 4.3 and Tables 7 and 8; reference [32]. "Everything else" than VGG-16 or ResNet-101 is the same.
/// Shapes   One image at a time: [1, 3, H, W].
/// Throws   Error as check_detector.
/// Differs  [32] has two outputs for each anchor and a softmax over them; one and a logistic function, of which [32]
///          speaks too, is the same. VGG-16 has no dropout in its fully-connected layers.
class Detector : public torch::nn::Module {
 public:
  /// What offsets of regions are divided by, so that they are of about the size of 1: [4], 0.1, 0.1, 0.2 and 0.2.
  static torch::Tensor offset_deviations(torch::Device device);

  /// The weights are set by `make_detector`.
  explicit Detector(const DetectorSpec& spec);

  const DetectorSpec& spec() const { return spec_; }
  RegionShape region_shape() const { return regions_->region_shape(); }

  torch::Tensor shared_map(const torch::Tensor& image) { return regions_->shared_map(image); }

  /// The anchors of such a map, as anchors_on, on the CPU.
  torch::Tensor anchors_of(const torch::Tensor& map) const;
  AnchorScores score_anchors(const torch::Tensor& map);

  /// Shapes   regions [R, 4] float32, as in box_tensor.hpp.
  RegionScores score_regions(const torch::Tensor& map, const torch::Tensor& regions);

  /// What is trained, in the order of the parameters.
  std::vector<torch::Tensor> trained_parameters() const;

  Classifier& body() { return *body_; }

 private:
  void fix_layers();

  DetectorSpec spec_;
  std::shared_ptr<Classifier> body_;
  RegionNet* regions_;  // the body
  std::shared_ptr<torch::nn::Conv2dImpl> rpn_;
  std::shared_ptr<torch::nn::Conv2dImpl> rpn_logits_;
  std::shared_ptr<torch::nn::Conv2dImpl> rpn_offsets_;
  std::shared_ptr<torch::nn::LinearImpl> region_offsets_;
};

/// A detector with the start that training has: the body as make_model, new layers from N(0, 0.01), the one for the
/// offsets of regions from N(0, 0.001), all a function of the seed.
///
/// Paper    References [7] and [32].
std::shared_ptr<Detector> make_detector(const DetectorSpec& spec, std::uint64_t seed);

/// Gives the body the weights and BN statistics of the trained classifier of this file: all but the last layer's, whose
/// classes are others.
///
/// Throws   Error, which begins with the file, if it is of another net than the body. The detector is then unchanged.
void begin_with_classifier(Detector& detector, const std::filesystem::path& file, const TrainedModel& classifier);

}  // namespace resnet
