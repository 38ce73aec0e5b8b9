// SPDX-License-Identifier: MIT
#include "exchange/export_proof.hpp"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Functions.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/error.hpp"
#include "exchange/model_state.hpp"
#include "model/make_model.hpp"
#include "tensor/kernel_choice.hpp"

namespace resnet {
namespace {

constexpr std::uint64_t kSeed = 0;

double largest_of(const at::Tensor& numbers) { return numbers.abs().max().item<double>(); }

/// LibTorch's own operations, as long as it lives.
class EagerKernels {
 public:
  EagerKernels() : before_(kernels()) { set_kernels(Kernels::kEager); }
  ~EagerKernels() { set_kernels(before_); }
  EagerKernels(const EagerKernels&) = delete;
  EagerKernels& operator=(const EagerKernels&) = delete;

 private:
  Kernels before_;
};

std::shared_ptr<Classifier> copy_of(const Classifier& net, const ModelSpec& spec) {
  TensorFile state;
  add_model_state(state, net);
  auto copy = make_unset_model(spec);
  load_model_state(*copy, state, "export");
  copy->eval();
  return copy;
}

std::shared_ptr<Classifier> finite_copy_of(const TrainedModel& model) {
  require(is_finite(*model.net), "export: the net has numbers that are not finite; nobody could use it");
  return copy_of(*model.net, model.spec);
}

}  // namespace

ExportProof::ExportProof(const TrainedModel& model, const NetInput& input, Sizes sizes)
    : spec_(model.spec),
      net_(finite_copy_of(model)),
      input_(input),
      sizes_(sizes),
      group_(std::max<std::int64_t>(model.spec.bn_batch, 1)),
      generator_(at::make_generator<at::CPUGeneratorImpl>(kSeed)) {}

void ExportProof::train() { net_->train(); }

at::Tensor ExportProof::random_images(std::int64_t count, std::int64_t height, std::int64_t width) {
  const at::Tensor bytes = at::randint(0, 256, {count, 3, height, width}, generator_, at::kByte);
  return prepare(input_, bytes);
}

bool ExportProof::is_within_rounding(const at::Tensor& numbers, const at::Tensor& got, const at::Tensor& expected) {
  if (!exact_) {
    exact_ = copy_of(*net_, spec_);
    exact_->to(at::kDouble);
  }
  const at::Tensor exact = exact_->forward(numbers.to(at::kDouble));
  const double own = largest_of(expected - exact);
  return largest_of(got - exact) <= std::min(kOwnRoundings * own, kMostRounding * largest_of(exact));
}

void ExportProof::require_equal(const std::function<at::Tensor(const at::Tensor&)>& exported, double tolerance) {
  const EagerKernels eager;
  const at::NoGradGuard no_gradient;
  const std::int64_t height = input_.height;
  const std::int64_t width = input_.width;
  // A small image leaves a map of one pixel, and one number alone has no variance for training mode.
  const std::int64_t group = net_->is_training() ? std::max<std::int64_t>(group_, 2) : group_;
  std::vector<std::array<std::int64_t, 3>> shapes = {{group, height, width}, {2 * group, height, width}};
  if (sizes_ == Sizes::kAny) {
    // Larger ones: a net may need the size that it has.
    shapes.push_back({3 * group, height + 1, width + 5});
    shapes.push_back({group, height, 2 * width});
  }
  for (const auto& [count, rows, columns] : shapes) {
    const at::Tensor images = random_images(count, rows, columns);
    const at::Tensor numbers = input_.takes_bytes ? normalized(images, input_.normalization) : images;
    const at::Tensor expected = net_->forward(numbers);
    const at::Tensor got = exported(images);
    require(got.sizes() == expected.sizes(), "export: the exported net gives [{}], expected [{}]",
            fmt::join(got.sizes(), ", "), fmt::join(expected.sizes(), ", "));
    const double difference = largest_of(got - expected);
    const double largest = largest_of(expected);
    require(std::isfinite(largest), "export: of images of [{}] the net itself makes scores that are not finite",
            fmt::join(images.sizes(), ", "));
    const bool agrees = tolerance == 0
                            ? got.equal(expected)
                            : difference <= tolerance * largest || is_within_rounding(numbers, got, expected);
    require(agrees,
            "export: on images of [{}], {} mode, the exported net differs from the net by {}, of scores up to {}; "
            "nothing was written",
            fmt::join(images.sizes(), ", "), net_->is_training() ? "training" : "evaluation", difference, largest);
  }
}

void ExportProof::require_equal_buffer(const std::string& name, const at::Tensor& exported) const {
  const at::Tensor* const own = net_->named_buffers().find(name);
  require(own != nullptr && own->equal(exported),
          "export: after training steps '{}' of the exported net is not the net's; nothing was written", name);
}

}  // namespace resnet
