// SPDX-License-Identifier: MIT
#include "batch/normalization.hpp"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace resnet {
namespace {

struct Named {
  std::string_view name;
  std::array<float, 3> mean;
  std::array<float, 3> std;
};

constexpr std::array<Named, 3> kNamed = {{
    {"cifar10", {0.49140F, 0.48216F, 0.44653F}, {0.24703F, 0.24349F, 0.26159F}},
    {"imagenet", {0.485F, 0.456F, 0.406F}, {0.229F, 0.224F, 0.225F}},
    {"none", {0, 0, 0}, {1, 1, 1}},
}};

/// Three numbers of 0..1 between commas, and nothing else.
std::array<float, 3> three_numbers(const std::string& text) {
  std::array<float, 3> numbers{};
  const char* at = text.data();
  const char* const end = at + text.size();
  bool is_good = true;
  for (std::size_t i = 0; i < 3 && is_good; ++i) {
    const auto [next, error] = std::from_chars(at, end, numbers[i]);
    is_good = error == std::errc() && numbers[i] >= 0 && numbers[i] <= 1 && (i == 2 ? next == end : *next == ',');
    at = next + 1;
  }
  require_usage(is_good,
                "'{}' is no normalisation, expected three numbers of 0..1 such as 0.49,0.48,0.45, or a name: cifar10, "
                "imagenet or none",
                text);
  return numbers;
}

at::Tensor by_channel(const std::array<float, 3>& numbers) {
  return at::tensor(at::ArrayRef<float>(numbers.data(), numbers.size())).view({3, 1, 1});
}

at::Tensor parse(const std::string& text, std::array<float, 3> Named::* field) {
  for (const Named& named : kNamed) {
    if (text == named.name) return by_channel(named.*field);
  }
  return by_channel(three_numbers(text));
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
  const bool fits = by.mean.size(1) == 1 || by.mean.sizes().slice(1) == levels.sizes().slice(2);
  const at::Tensor mean = fits ? by.mean : by.mean.mean(at::IntArrayRef{1, 2}, /*keepdim=*/true);
  at::Tensor numbers =
      levels.contiguous(at::MemoryFormat::ChannelsLast).to(at::kFloat, /*non_blocking=*/false, /*copy=*/true);
  return numbers.div_(255).sub_(mean).div_(by.std);
}

}  // namespace resnet
