// SPDX-License-Identifier: MIT
#include "detector/detector.hpp"

#include <torch/utils.h>

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "core/seed.hpp"
#include "model/batch_norm.hpp"
#include "model/init.hpp"
#include "model/make_model.hpp"
#include "tensor/roi_pool.hpp"
#include "train/initial_weights.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kRpnWidth = 512;

std::shared_ptr<torch::nn::Conv2dImpl> convolution(std::int64_t in, std::int64_t out, std::int64_t kernel) {
  auto layer = std::make_shared<torch::nn::Conv2dImpl>(torch::nn::Conv2dOptions(in, out, kernel).padding(kernel / 2));
  layer->weight.set_data(layer->weight.contiguous(at::MemoryFormat::ChannelsLast));
  return layer;
}

/// What bfloat16 has computed, in float32: losses and boxes need its digits.
torch::Tensor in_float(const torch::Tensor& x) { return x.scalar_type() == at::kBFloat16 ? x.to(at::kFloat) : x; }

/// [1, n * anchors, H, W] as [H * W * anchors, n].
torch::Tensor by_anchor(const torch::Tensor& map, std::int64_t n) {
  return in_float(map.permute({0, 2, 3, 1}).reshape({-1, n}));
}

bool is_within(const std::string& parameter, const std::string& module) { return parameter.starts_with(module + "."); }

}  // namespace

void check_detector(const DetectorSpec& spec) {
  check_spec(spec.body);
  check_anchors(spec.anchors);
  require_usage(spec.body.design != Design::kCifar,
                "{}: is a net for images of 32 x 32; a detector needs one for photographs, e.g. resnet101 or vgg16",
                model_name(spec.body));
  require_usage(spec.classes() >= 1, "{}: a detector needs a class to find", model_name(spec.body));
}

Detector::Detector(const DetectorSpec& spec) : spec_(spec) {
  check_detector(spec);
  body_ = register_module("body", make_unset_model(spec.body));
  regions_ = dynamic_cast<RegionNet*>(body_.get());
  require(regions_ != nullptr, "{}: cannot be cut for detection", model_name(spec.body));
  const RegionShape shape = regions_->region_shape();
  const std::int64_t anchors = spec.anchors.count();
  rpn_ = register_module("rpn", convolution(shape.map_channels, kRpnWidth, /*kernel=*/3));
  rpn_logits_ = register_module("rpn_logits", convolution(kRpnWidth, anchors, /*kernel=*/1));
  rpn_offsets_ = register_module("rpn_offsets", convolution(kRpnWidth, 4 * anchors, /*kernel=*/1));
  region_offsets_ =
      register_module("region_offsets", std::make_shared<torch::nn::LinearImpl>(shape.features, 4 * spec.classes()));
  eval();
  fix_layers();
}

void Detector::fix_layers() {
  const auto modules = regions_->fixed_modules();
  for (auto& item : body_->named_parameters()) {
    const bool is_fixed =
        std::ranges::any_of(modules, [&](const std::string& module) { return is_within(item.key(), module); });
    if (is_fixed) item.value().set_requires_grad(false);
  }
  for (const auto& module : body_->modules()) {
    auto* norm = dynamic_cast<BatchNorm*>(module.get());
    if (norm == nullptr) continue;
    norm->weight.set_requires_grad(false);
    norm->bias.set_requires_grad(false);
  }
}

torch::Tensor Detector::offset_deviations(torch::Device device) {
  return torch::tensor({0.1, 0.1, 0.2, 0.2}, torch::dtype(torch::kFloat).device(device));
}

torch::Tensor Detector::anchors_of(const torch::Tensor& map) const {
  return anchors_on({map.size(2), map.size(3)}, spec_.anchors, region_shape().map_stride);
}

AnchorScores Detector::score_anchors(const torch::Tensor& map) {
  const torch::Tensor hidden = rpn_->forward(map).relu();
  return {by_anchor(rpn_logits_->forward(hidden), 1).squeeze(1), by_anchor(rpn_offsets_->forward(hidden), 4)};
}

RegionScores Detector::score_regions(const torch::Tensor& map, const torch::Tensor& regions) {
  const RegionShape shape = regions_->region_shape();
  const torch::Tensor parts =
      roi_pool(map, regions.to(at::kFloat), 1.0 / static_cast<double>(shape.map_stride), shape.grid);
  const torch::Tensor features = regions_->region_features(parts);
  const torch::Tensor offsets = in_float(region_offsets_->forward(features));
  return {regions_->region_logits(features), offsets.view({-1, spec_.classes(), 4})};
}

std::vector<torch::Tensor> Detector::trained_parameters() const {
  std::vector<torch::Tensor> trained;
  for (const torch::Tensor& parameter : parameters()) {
    if (parameter.requires_grad()) trained.push_back(parameter);
  }
  return trained;
}

std::shared_ptr<Detector> make_detector(const DetectorSpec& spec, std::uint64_t seed) {
  auto detector = std::make_shared<Detector>(spec);
  initialise(detector->body(), seed);
  const torch::NoGradGuard no_gradient;
  const std::string last = "body." + last_layer(spec.body).name;
  for (auto& item : detector->named_parameters()) {
    const bool is_new = !is_within(item.key(), "body") || is_within(item.key(), last);
    if (!is_new) continue;
    const double deviation = is_within(item.key(), "region_offsets") ? 0.001 : 0.01;
    if (item.value().dim() == 1) {
      item.value().zero_();
    } else {
      item.value().copy_(draw_normal(item.value().sizes(), deviation, derive_seed(seed, "init/" + item.key())));
    }
  }
  return detector;
}

void begin_with_classifier(Detector& detector, const std::filesystem::path& file, const TrainedModel& classifier) {
  require_same_net(file, classifier.spec, detector.spec().body);
  const std::string last = last_layer(classifier.spec).name;
  const torch::NoGradGuard no_gradient;
  const auto copy = [&](const auto& from, const auto& into) {
    for (const auto& item : from) {
      if (!is_within(item.key(), last)) torch::Tensor(into[item.key()]).copy_(item.value());
    }
  };
  copy(classifier.net->named_parameters(), detector.body().named_parameters());
  copy(classifier.net->named_buffers(), detector.body().named_buffers());
}

}  // namespace resnet
