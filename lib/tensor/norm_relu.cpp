// SPDX-License-Identifier: MIT
#include "tensor/norm_relu.hpp"

#include <ATen/Context.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "kernel/bf16.hpp"
#include "kernel/norm.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/single_backward.hpp"
#include "tensor/two_outputs.hpp"

namespace resnet {
namespace {

using at::Tensor;
using Statistics = NormParameters::Statistics;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// The images that share statistics.
std::int64_t group_images(const Tensor& x, const NormParameters& p) {
  return p.statistics == Statistics::kRunning || p.group == 0 ? x.size(0) : p.group;
}

void check_statistics(const Tensor& x, const NormParameters& p) {
  if (p.statistics == Statistics::kRunning) return;
  require(
      p.group == 0 || x.size(0) % p.group == 0,
      "batch norm: a batch of {} images does not divide into groups of {}; choose a --bn-batch that divides the batch",
      x.size(0), p.group);
  // LibTorch would turn the running variance into NaN.
  require(x.numel() == 0 || group_images(x, p) != 1 || x.numel() != x.size(0) * x.size(1),
          "batch norm: a single image whose map is one pixel has no variance to train with; choose a larger --batch, "
          "--micro-batch, --bn-batch or --image-size");
}

// LibTorch's own operations.

Tensor eager_normalise_group(const Tensor& x, const NormParameters& p) {
  return at::batch_norm(x, p.weight, p.bias, p.running_mean, p.running_var, p.statistics == Statistics::kOfBatch,
                        p.momentum, p.epsilon, at::globalContext().userEnabledCuDNN());
}

Tensor eager_normalise(const Tensor& x, const NormParameters& p) {
  if (p.statistics == Statistics::kRunning || p.group == 0 || p.group == x.size(0)) return eager_normalise_group(x, p);
  std::vector<Tensor> groups = x.split(p.group);
  for (Tensor& group : groups) group = eager_normalise_group(group, p);
  return at::cat(groups);
}

// Ours.

bool is_map(const Tensor& x) {
  return x.is_cpu() && x.layout() == at::kStrided && x.dim() == 4 && x.numel() > 0 &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16) &&
         x.is_contiguous(at::MemoryFormat::ChannelsLast);
}

bool is_per_channel(const Tensor& numbers, std::int64_t channels) {
  return numbers.is_cpu() && numbers.scalar_type() == at::kFloat && numbers.dim() == 1 && numbers.size(0) == channels &&
         numbers.is_contiguous();
}

bool fits_kernels(const Tensor& x, const NormParameters& p, const std::optional<Tensor>& residual) {
  if (kernels() != Kernels::kFast || !is_map(x)) return false;
  if (residual &&
      !(is_map(*residual) && residual->sizes() == x.sizes() && residual->scalar_type() == x.scalar_type())) {
    return false;
  }
  const auto numbers = {&p.weight, &p.bias, &p.running_mean, &p.running_var};
  return std::ranges::all_of(numbers, [&](const Tensor* one) { return is_per_channel(*one, x.size(1)); });
}

template <typename T>
T* data(const Tensor& map) {
  return map.defined() ? static_cast<T*>(map.data_ptr()) : nullptr;
}

// The maps of a group, from those of the batch.
template <typename T>
T* at_group(T* map, std::int64_t group, const ChunkedMap& cut) {
  return map == nullptr ? nullptr : map + group * cut.numbers();
}

template <typename Body>
void for_chunks(const ChunkedMap& cut, const Body& body) {
  at::parallel_for(0, cut.size(), /*grain_size=*/1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

// From the last to the first: what the pass before this one left in the cache comes first.
template <typename Body>
void for_chunks_backwards(const ChunkedMap& cut, const Body& body) {
  at::parallel_for(0, cut.size(), /*grain_size=*/1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = end - 1; i >= begin; --i) body(i);
  });
}

// The two results per column that each chunk gives.
class Parts {
 public:
  explicit Parts(const ChunkedMap& cut)
      : columns_(cut.columns()), numbers_(std::make_unique_for_overwrite<float[]>(cut.size() * 2 * columns_)) {}

  float* first(std::int64_t chunk) { return numbers_.get() + chunk * 2 * columns_; }
  float* second(std::int64_t chunk) { return first(chunk) + columns_; }
  const float* all() const { return numbers_.get(); }

 private:
  std::int64_t columns_;
  std::unique_ptr<float[]> numbers_;
};

// What the kernels multiply with and add, per column. Both directions make it from the same floats: so the backward
// pass sees through the same ReLU.
class Columns {
 public:
  Columns(const ChunkedMap& cut, const float* weight, const float* bias, const float* mean, const float* inverse)
      : numbers_(5 * cut.columns()), columns_(cut.columns()), channels_(cut.channels()) {
    for (std::int64_t j = 0; j < columns_; ++j) {
      const std::int64_t channel = j % channels_;
      row(kMean)[j] = mean[channel];
      row(kScale)[j] = weight[channel] * inverse[channel];
      row(kShift)[j] = bias[channel] - mean[channel] * row(kScale)[j];
    }
  }

  void set_through_statistics(const std::vector<double>& slope, const std::vector<double>& offset) {
    for (std::int64_t j = 0; j < columns_; ++j) {
      row(kSlope)[j] = static_cast<float>(slope[j % channels_]);
      row(kOffset)[j] = static_cast<float>(offset[j % channels_]);
    }
  }

  const float* scale() { return row(kScale); }
  const float* shift() { return row(kShift); }
  NormCoefficients coefficients() { return {row(kMean), row(kScale), row(kShift), row(kSlope), row(kOffset)}; }

 private:
  enum Row { kMean, kScale, kShift, kSlope, kOffset };

  float* row(Row which) { return numbers_.data() + which * columns_; }

  std::vector<float> numbers_;
  std::int64_t columns_;
  std::int64_t channels_;
};

// Mean and 1 / deviation of a group, which also move the running statistics, as at::batch_norm does.
template <typename T>
void take_statistics(const ChunkedMap& cut, const T* x, const NormParameters& p, float* mean, float* inverse) {
  Parts parts(cut);
  for_chunks(cut, [&](std::int64_t i) { norm_statistics(cut[i], x, parts.first(i), parts.second(i)); });
  std::vector<double> means(cut.channels());
  std::vector<double> variances(cut.channels());
  merge_norm_statistics(cut, parts.all(), means.data(), variances.data());

  const auto pixels = static_cast<double>(cut.pixels());
  const double unbiased = pixels / (pixels - 1);
  const auto move = [&](float& running, double value) {
    running = static_cast<float>((1 - p.momentum) * static_cast<double>(running) + p.momentum * value);
  };
  for (std::int64_t c = 0; c < cut.channels(); ++c) {
    mean[c] = static_cast<float>(means[c]);
    inverse[c] = static_cast<float>(1 / std::sqrt(variances[c] + p.epsilon));
    move(data<float>(p.running_mean)[c], means[c]);
    move(data<float>(p.running_var)[c], variances[c] * unbiased);
  }
}

void copy_running_statistics(const NormParameters& p, std::int64_t channels, float* mean, float* inverse) {
  for (std::int64_t c = 0; c < channels; ++c) {
    mean[c] = data<float>(p.running_mean)[c];
    inverse[c] = static_cast<float>(1 / std::sqrt(static_cast<double>(data<float>(p.running_var)[c]) + p.epsilon));
  }
}

struct ForwardResult {
  Tensor y;
  Tensor statistics;  // [groups, 2, C]: mean and 1 / deviation
};

ChunkedMap cut_into_chunks(const Tensor& x, std::int64_t groups) {
  return {x.size(0) / groups * x.size(2) * x.size(3), x.size(1)};
}

template <typename T>
ForwardResult forward_in(NormForm form, const Tensor& x, const Tensor& residual, const NormParameters& p) {
  const std::int64_t groups = x.size(0) / group_images(x, p);
  const std::int64_t channels = x.size(1);
  const ChunkedMap cut = cut_into_chunks(x, groups);
  const ForwardResult result{at::empty_like(x), at::empty({groups, 2, channels}, at::kFloat)};
  for (std::int64_t group = 0; group < groups; ++group) {
    const T* const group_x = at_group(data<T>(x), group, cut);
    const T* const group_residual = at_group(data<T>(residual), group, cut);
    T* const group_y = at_group(data<T>(result.y), group, cut);
    float* const mean = data<float>(result.statistics) + group * 2 * channels;
    float* const inverse = mean + channels;
    if (p.statistics == Statistics::kOfBatch) {
      take_statistics(cut, group_x, p, mean, inverse);
    } else {
      copy_running_statistics(p, channels, mean, inverse);
    }
    Columns columns(cut, data<float>(p.weight), data<float>(p.bias), mean, inverse);
    for_chunks_backwards(cut, [&](std::int64_t i) {
      norm_apply(form, cut[i], group_x, group_residual, columns.scale(), columns.shift(), group_y);
    });
  }
  return result;
}

ForwardResult forward(NormForm form, const Tensor& x, const Tensor& residual, const NormParameters& p) {
  return x.scalar_type() == at::kFloat ? forward_in<float>(form, x, residual, p)
                                       : forward_in<Bf16>(form, x, residual, p);
}

struct BackwardInput {
  NormForm form;
  Statistics statistics_of;
  Tensor x;
  Tensor y;  // under kAddRelu
  Tensor weight;
  Tensor bias;
  Tensor statistics;
  Tensor dy;
  Tensor other_dy;  // undefined if only one reader gave a gradient
  bool needs_dx;
};

struct BackwardResult {
  Tensor dx;
  Tensor dz;
  Tensor dweight;
  Tensor dbias;
};

template <typename T>
BackwardResult backward_in(const BackwardInput& in) {
  const std::int64_t groups = in.statistics.size(0);
  const std::int64_t channels = in.x.size(1);
  const ChunkedMap cut = cut_into_chunks(in.x, groups);
  const auto pixels = static_cast<double>(cut.pixels());

  BackwardResult result;
  if (in.form == NormForm::kAddRelu || in.other_dy.defined()) result.dz = at::empty_like(in.x);
  if (in.needs_dx) result.dx = at::empty_like(in.x);
  std::vector<double> dweight(channels);
  std::vector<double> dbias(channels);
  for (std::int64_t group = 0; group < groups; ++group) {
    const auto of_group = [&](const Tensor& map) { return at_group(data<T>(map), group, cut); };
    const NormGradient<T> maps{of_group(in.x), of_group(in.y), of_group(in.dy), of_group(in.other_dy),
                               of_group(result.dz)};
    const float* const mean = data<float>(in.statistics) + group * 2 * channels;
    const float* const inverse = mean + channels;
    Columns columns(cut, data<float>(in.weight), data<float>(in.bias), mean, inverse);

    Parts parts(cut);
    for_chunks(cut, [&](std::int64_t i) {
      norm_backward_sums(in.form, cut[i], maps, columns.coefficients(), parts.first(i), parts.second(i));
    });
    std::vector<double> sum(channels);
    std::vector<double> product(channels);
    merge_norm_sums(cut, parts.all(), sum.data(), product.data());

    // dx = scale * (dz - mean of dz - (x - mean) / variance * mean of dz (x - mean)): the last two terms are what x
    // does to the mean and the variance, and are zero where those are given.
    std::vector<double> slope(channels);
    std::vector<double> offset(channels);
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto inverse_deviation = static_cast<double>(inverse[c]);
      dweight[c] += product[c] * inverse_deviation;
      dbias[c] += sum[c];
      if (in.statistics_of == Statistics::kRunning) continue;
      const double scale = static_cast<double>(data<float>(in.weight)[c]) * inverse_deviation;
      slope[c] = -scale * inverse_deviation * inverse_deviation * product[c] / pixels;
      offset[c] = -scale * sum[c] / pixels - slope[c] * static_cast<double>(mean[c]);
    }
    if (!in.needs_dx) continue;
    columns.set_through_statistics(slope, offset);
    for_chunks_backwards(cut, [&](std::int64_t i) {
      norm_backward_input(in.form, cut[i], maps, columns.coefficients(), of_group(result.dx));
    });
  }
  result.dweight = at::empty({channels}, at::kFloat);
  result.dbias = at::empty({channels}, at::kFloat);
  for (std::int64_t c = 0; c < channels; ++c) {
    data<float>(result.dweight)[c] = static_cast<float>(dweight[c]);
    data<float>(result.dbias)[c] = static_cast<float>(dbias[c]);
  }
  return result;
}

BackwardResult backward(const BackwardInput& in) {
  return in.x.scalar_type() == at::kFloat ? backward_in<float>(in) : backward_in<Bf16>(in);
}

class FastNorm : public torch::autograd::Function<FastNorm> {
 public:
  // Returns y, and after a ReLU y once more for a second reader.
  static variable_list forward(AutogradContext* ctx, const Tensor& x, const std::optional<Tensor>& residual,
                               const Tensor& weight, const Tensor& bias, NormForm form, const NormParameters& p) {
    const auto [y, statistics] = resnet::forward(form, x, residual.value_or(Tensor()), p);
    const bool keeps_y = form == NormForm::kAddRelu;
    ctx->save_for_backward({x, weight, bias, statistics, keeps_y ? y : Tensor()});
    ctx->saved_data["form"] = static_cast<std::int64_t>(form);
    ctx->saved_data["statistics"] = static_cast<std::int64_t>(p.statistics);
    ctx->set_materialize_grads(false);
    if (form == NormForm::kNormOnly) return {y};
    return two_outputs(y);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    require_single_backward("batch norm");
    const variable_list saved = ctx->get_saved_variables();
    const auto as_map = [&](const Tensor& gradient) {
      return gradient.defined() ? gradient.contiguous(at::MemoryFormat::ChannelsLast) : gradient;
    };
    Tensor dy = as_map(gradients[0]);
    Tensor other_dy = gradients.size() > 1 ? as_map(gradients[1]) : Tensor();
    if (!dy.defined()) std::swap(dy, other_dy);
    if (!dy.defined()) return variable_list(6);
    const BackwardResult result =
        resnet::backward({.form = static_cast<NormForm>(ctx->saved_data["form"].toInt()),
                          .statistics_of = static_cast<Statistics>(ctx->saved_data["statistics"].toInt()),
                          .x = saved[0],
                          .y = saved[4],
                          .weight = saved[1],
                          .bias = saved[2],
                          .statistics = saved[3],
                          .dy = dy,
                          .other_dy = other_dy,
                          .needs_dx = ctx->needs_input_grad(0)});
    const bool has_residual = saved[4].defined();
    return {result.dx, has_residual ? result.dz : Tensor(), result.dweight, result.dbias, Tensor(), Tensor()};
  }
};

bool needs_gradient(const Tensor& x, const std::optional<Tensor>& residual, const NormParameters& p) {
  return at::GradMode::is_enabled() && (x.requires_grad() || p.weight.requires_grad() || p.bias.requires_grad() ||
                                        (residual && residual->requires_grad()));
}

}  // namespace

Tensor normalise(const Tensor& x, const NormParameters& p) {
  check_statistics(x, p);
  if (!fits_kernels(x, p, std::nullopt)) return eager_normalise(x, p);
  if (!needs_gradient(x, std::nullopt, p)) return forward(NormForm::kNormOnly, x, Tensor(), p).y;
  return FastNorm::apply(x, std::optional<Tensor>(), p.weight, p.bias, NormForm::kNormOnly, p)[0];
}

Activation normalise_relu(const Tensor& x, const NormParameters& p, const std::optional<Tensor>& residual) {
  check_statistics(x, p);
  if (!fits_kernels(x, p, residual)) {
    Tensor y = eager_normalise(x, p);
    // In place: the backward pass of batch norm reads its input, not its output.
    if (residual) y.add_(*residual);
    return Activation(y.relu_());
  }
  const NormForm form = residual ? NormForm::kAddRelu : NormForm::kRelu;
  if (!needs_gradient(x, residual, p)) return Activation(forward(form, x, residual.value_or(Tensor()), p).y);
  const variable_list y = FastNorm::apply(x, residual, p.weight, p.bias, form, p);
  return {y[0], y[1]};
}

}  // namespace resnet
