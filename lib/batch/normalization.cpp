// SPDX-License-Identifier: MIT
#include "batch/normalization.hpp"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "core/error.hpp"
#include "core/number.hpp"

namespace resnet {
namespace {

struct Named {
  std::string_view name;
  std::array<double, 3> mean;
  std::array<double, 3> std;
};

constexpr std::array<Named, 3> kNamed = {{
    {"cifar10", {0.49140, 0.48216, 0.44653}, {0.24703, 0.24349, 0.26159}},
    {"imagenet", {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}},
    {"none", {0, 0, 0}, {1, 1, 1}},
}};

at::Tensor by_channel(at::ArrayRef<double> numbers) { return at::tensor(numbers, at::kFloat).view({3, 1, 1}); }

at::Tensor parse(const std::string& text, std::array<double, 3> Named::* field) {
  for (const Named& named : kNamed) {
    if (text == named.name) return by_channel(named.*field);
  }
  const auto numbers = numbers_between_commas(text);
  const bool is_good = numbers && numbers->size() == 3 &&
                       std::ranges::all_of(*numbers, [](double number) { return number >= 0 && number <= 1; });
  require_usage(is_good,
                "'{}' is no normalisation, expected three numbers of 0..1 such as 0.49,0.48,0.45, or a name: cifar10, "
                "imagenet or none",
                text);
  return by_channel(*numbers);
}

}  // namespace

Normalization subtract_mean(const at::Tensor& mean) {
  require(mean.scalar_type() == at::kFloat && mean.dim() == 3 && mean.size(0) == 3,
          "the mean image is {} {}, expected Float 3xHxW", c10::toString(mean.scalar_type()),
          fmt::join(mean.sizes().vec(), "x"));
  return {mean, at::ones({3, 1, 1})};
}

Normalization parse_normalization(const std::string& mean, const std::string& std) {
  Normalization read{parse(mean, &Named::mean), parse(std, &Named::std)};
  require_usage(read.std.gt(0).all().item<bool>(), "'{}' divides by 0, expected numbers above 0", std);
  return read;
}

at::Tensor normalized(const at::Tensor& levels, const Normalization& by) {
  const bool is_of_levels = levels.scalar_type() == at::kByte || levels.scalar_type() == at::kFloat;
  require(is_of_levels && levels.dim() == 4 && levels.size(1) == 3,
          "the images are {} {}, expected Byte or Float Nx3xHxW", c10::toString(levels.scalar_type()),
          fmt::join(levels.sizes().vec(), "x"));
  const bool fits = !by.has_mean_per_pixel() || by.mean.sizes().slice(1) == levels.sizes().slice(2);
  const at::Tensor mean = fits ? by.mean : by.mean.mean(at::IntArrayRef{1, 2}, /*keepdim=*/true);
  at::Tensor numbers =
      levels.contiguous(at::MemoryFormat::ChannelsLast).to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  return numbers.div_(255).sub_(mean).div_(by.std);
}

}  // namespace resnet
