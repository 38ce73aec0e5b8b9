// SPDX-License-Identifier: MIT
#include "exchange/net_metadata.hpp"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/names.hpp"
#include "core/shown.hpp"
#include "core/utf8.hpp"
#include "image/photo_view.hpp"

namespace resnet {
namespace {

std::string text_of(const at::Tensor& tensor) {
  const at::Tensor plain = tensor.contiguous();
  const auto numbers = std::span(plain.const_data_ptr<float>(), static_cast<std::size_t>(plain.numel()));
  return fmt::format("{}: {}", fmt::join(plain.sizes().vec(), "x"), fmt::join(numbers, " "));
}

/// Reads "3x1x1: 0.5 0.5 0.5", or returns null if it is not a tensor of three dimensions.
at::Tensor tensor_of(std::string_view text) {
  const char* at = text.data();
  const char* const end = at + text.size();
  const auto read = [&](auto& value) {
    const auto [next, error] = std::from_chars(at, end, value);
    at = next;
    return error == std::errc();
  };
  const auto skip = [&](std::string_view word) {
    const bool is_there = std::string_view(at, static_cast<std::size_t>(end - at)).starts_with(word);
    if (is_there) at += word.size();
    return is_there;
  };
  std::array<std::int64_t, 3> sizes{};
  const bool has_sizes = read(sizes[0]) && skip("x") && read(sizes[1]) && skip("x") && read(sizes[2]) && skip(":");
  if (!has_sizes || sizes[0] != 3) return {};
  for (const std::int64_t size : sizes) {
    if (size < 1 || size > kLargestImageSize) return {};  // a file may claim any size for its mean
  }
  const auto count = static_cast<std::size_t>(sizes[0] * sizes[1] * sizes[2]);
  if (text.size() < 2 * count) return {};  // before so much is made room for
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    if (!skip(" ") || !read(number)) return {};
  }
  return at == end ? at::tensor(numbers).view(sizes) : at::Tensor();
}

/// What `parse` makes of the text, or nothing of none. Only a short and printable text can be one that it knows.
template <typename Parse>
auto read(const std::string& file, const char* key, const std::string* text, Parse parse) {
  using Value = decltype(parse(std::string_view()));
  if (text == nullptr) return std::optional<Value>();
  try {
    return std::optional<Value>(parse(shown(*text)));
  } catch (const Error& error) {
    fail("{}: its '{}' cannot be read: {}", file, key, error.what());
  }
}

Shortcut parse_shortcut_or_none(std::string_view text) {
  return text == "none" ? Shortcut::kZeroPadding : parse_shortcut(text);
}

}  // namespace

std::map<std::string, std::string> net_metadata(const ModelSpec& spec, const Normalization& input,
                                                const std::vector<std::string>& class_names,
                                                const std::string& recipe) {
  std::map<std::string, std::string> words = {{"format", "pt"},
                                              {"model", model_name(spec)},
                                              {"shortcut", shortcut_name(spec)},
                                              {"mean", text_of(input.mean)},
                                              {"std", text_of(input.std)}};
  if (spec.shortcut_padding != ShortcutPadding::kEnd) {
    words["shortcut_padding"] = shortcut_padding_name(spec.shortcut_padding);
  }
  if (has_bottlenecks(spec)) words["bottleneck_stride"] = bottleneck_stride_name(spec.bottleneck_stride);
  if (!class_names.empty()) words["classes"] = fmt::format("{}", fmt::join(class_names, "\n"));
  if (!recipe.empty()) words["recipe"] = as_utf8(recipe);  // a path in it may be any bytes
  return words;
}

NetMetadata::NetMetadata(std::string file, const std::map<std::string, std::string>& metadata)
    : file_(std::move(file)), metadata_(metadata) {}

const std::string* NetMetadata::find(const std::string& key) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? nullptr : &found->second;
}

std::optional<ModelSpec> NetMetadata::model() const { return read(file_, "model", find("model"), parse_model_name); }

std::optional<Shortcut> NetMetadata::shortcut() const {
  return read(file_, "shortcut", find("shortcut"), parse_shortcut_or_none);
}

std::optional<ShortcutPadding> NetMetadata::shortcut_padding() const {
  return read(file_, "shortcut_padding", find("shortcut_padding"), parse_shortcut_padding);
}

std::optional<BottleneckStride> NetMetadata::bottleneck_stride() const {
  return read(file_, "bottleneck_stride", find("bottleneck_stride"), parse_bottleneck_stride);
}

Normalization NetMetadata::input() const {
  const std::string* mean = find("mean");
  const std::string* std = find("std");
  require(mean != nullptr && std != nullptr,
          "{0}: does not say what its images are normalised by; to test or to export it give --mean and --std, and for "
          "all else make a net of it with `./run import --from {0} --mean ... --std ...`",
          file_);
  Normalization input{tensor_of(*mean), tensor_of(*std)};
  require(input.mean.defined() && input.std.defined() && is_usable(input),
          "{}: what it says of its images' normalisation is broken; give --mean and --std", file_);
  return input;
}

std::vector<std::string> NetMetadata::class_names() const {
  const std::string* text = find("classes");
  return text == nullptr ? std::vector<std::string>() : class_names_in(*text, fmt::format("{}: its 'classes'", file_));
}

std::string NetMetadata::recipe() const {
  const std::string* text = find("recipe");
  return text == nullptr ? "" : *text;
}

bool is_usable(const Normalization& by) {
  const bool is_finite = by.mean.isfinite().all().item<bool>() && by.std.isfinite().all().item<bool>();
  return is_finite && by.std.numel() == 3 && by.std.gt(0).all().item<bool>();
}

}  // namespace resnet
