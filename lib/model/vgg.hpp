// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/classifier.hpp"
#include "model/max_pool.hpp"
#include "model/model_spec.hpp"
#include "model/region_net.hpp"
#include "model/scripted.hpp"

namespace resnet {

/// VGG's convolutions: 3x3 with biases and ReLU, a 2x2 max pool after each stage. Its children have the numbers that
/// they have in torchvision's `features`, where each ReLU is a layer too.
class VggFeatures : public torch::nn::Module, public Scripted {
 public:
  /// `convolutions` in each stage.
  explicit VggFeatures(const std::vector<std::int64_t>& convolutions);

  torch::Tensor forward(const torch::Tensor& x) const;

  /// The same for detection: the first layers, those of `fixed_layers`, without a gradient, and without the last pool.
  torch::Tensor forward_to_last_pool(const torch::Tensor& x) const;

  /// The names of the convolutions of the first two stages.
  std::vector<std::string> fixed_layers() const;

  std::string script() const override;
  FeatureMap add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const;

 private:
  struct Layer {
    std::string name;
    std::shared_ptr<torch::nn::Conv2dImpl> convolution;  // null where it is a pool
    std::shared_ptr<MaxPool> pool;
  };

  torch::Tensor forward(torch::Tensor map, std::size_t first, std::size_t end) const;

  std::vector<Layer> layers_;
  std::size_t fixed_ = 0;  // layers of the first two stages
};

/// VGG's three fully-connected layers with ReLU between them: "0", "3" and "6", as in torchvision's `classifier`.
class VggClassifier : public torch::nn::Module, public Scripted {
 public:
  explicit VggClassifier(std::int64_t classes);

  torch::Tensor forward(const torch::Tensor& x) const { return last_layer(hidden_layers(x)); }

  /// The first two layers, and the last one.
  torch::Tensor hidden_layers(const torch::Tensor& x) const;
  torch::Tensor last_layer(const torch::Tensor& x) const;

  std::string script() const override;
  void add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const;

 private:
  std::shared_ptr<torch::nn::LinearImpl> first_;
  std::shared_ptr<torch::nn::LinearImpl> second_;
  std::shared_ptr<torch::nn::LinearImpl> third_;
};

/// The smallest images of which VGG's five poolings leave a pixel.
inline constexpr std::int64_t kVggLeastImageSize = 32;

/// VGG-16 or VGG-19, the net whose complexity the paper compares its own with. Names as in torchvision.
///
/// Paper    Section 3.3 and Figure 3 (left); Table 3; Section 4.3, where it is fine-tuned to detect. Reference [41].
/// Shapes   images [N, 3, H, W], of 32 x 32 at least -> logits [N, classes]. A map of another size than 7 x 7 is
///          brought to it by averaging, as in torchvision.
/// Throws   As Classifier and check_spec, and if the spec is of another design.
/// Differs  Without the dropout of reference [41], in detection too, where Fast R-CNN has it: the paper needs VGG for
///          its cost and for comparison.
class Vgg : public Classifier, public Scripted, public RegionNet {
 public:
  explicit Vgg(const ModelSpec& spec);

  torch::Tensor forward(const torch::Tensor& images) override;
  std::string script() const override;
  ModelCost cost(std::int64_t height, std::int64_t width) const override;

  RegionShape region_shape() const override;
  torch::Tensor shared_map(const torch::Tensor& image) override;
  torch::Tensor region_features(const torch::Tensor& parts) override;
  torch::Tensor region_logits(const torch::Tensor& features) override;
  std::vector<std::string> fixed_modules() const override;

 private:
  std::shared_ptr<VggFeatures> features_;
  std::shared_ptr<VggClassifier> classifier_;
};

}  // namespace resnet
