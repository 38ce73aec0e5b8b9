// SPDX-License-Identifier: MIT
#include "exchange/trained_model.hpp"

#include <ATen/ATen.h>
#include <fmt/ranges.h>

#include <array>
#include <charconv>
#include <cmath>
#include <map>
#include <span>
#include <string_view>
#include <utility>

#include "core/checked_file.hpp"
#include "core/error.hpp"
#include "core/lines.hpp"
#include "exchange/model_state.hpp"
#include "exchange/safetensors.hpp"
#include "exchange/state_names.hpp"
#include "exchange/weights_proof.hpp"
#include "model/make_model.hpp"

// The metadata of a file: text under a key. Numbers are written so that they read back as the same bits.

namespace resnet {
namespace {

namespace fs = std::filesystem;
using Metadata = std::map<std::string, std::string>;

constexpr std::int64_t kLargestImage = 4096;  // pixels a side: a file may claim any size for its mean

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
    if (size < 1 || size > kLargestImage) return {};
  }
  const auto count = static_cast<std::size_t>(sizes[0] * sizes[1] * sizes[2]);
  if (text.size() < 2 * count) return {};  // before so much is made room for
  std::vector<float> numbers(count);
  for (float& number : numbers) {
    if (!skip(" ") || !read(number) || !std::isfinite(number)) return {};
  }
  return at == end ? at::tensor(numbers).view(sizes) : at::Tensor();
}

class Reader {
  template <typename Parse>
  auto read(const std::string& text, const char* key, Parse parse) const {
    try {
      return parse(text);
    } catch (const Error& error) {
      fail("{}: its '{}' cannot be read: {}", file_.string(), key, error.what());
    }
  }

 public:
  Reader(fs::path file, const Metadata& metadata) : file_(std::move(file)), metadata_(metadata) {}

  const std::string* find(const std::string& key) const {
    const auto found = metadata_.find(key);
    return found == metadata_.end() ? nullptr : &found->second;
  }

  ModelSpec spec(const TensorFile& tensors, const ModelHints& hints) const {
    const std::string* model = find("model");
    require(model != nullptr || hints.net, "{}: does not say which net it is of; give --model", file_.string());
    ModelSpec spec = hints.net.value_or(ModelSpec());
    if (model != nullptr) spec = read(*model, "model", parse_model_name);
    require(!hints.net || model_name(*hints.net) == model_name(spec), "{}: is of {}, and --model says {}; leave it out",
            file_.string(), model_name(spec), hints.net ? model_name(*hints.net) : "");
    spec.shortcut = shortcut(tensors, spec, hints);
    const std::string* padding = find("shortcut_padding");
    spec.shortcut_padding = hints.shortcut_padding.value_or(
        padding != nullptr ? read(*padding, "shortcut_padding", parse_shortcut_padding) : ShortcutPadding::kEnd);
    const std::string* stride = find("bottleneck_stride");
    spec.bottleneck_stride = hints.bottleneck_stride.value_or(
        stride != nullptr ? read(*stride, "bottleneck_stride", parse_bottleneck_stride) : stride_of_others(spec));
    const torch::Tensor* last = tensors.find(last_layer(spec).name + ".weight");
    if (last != nullptr) spec.classes = classes_of(last->sizes().vec(), spec);
    return spec;
  }

  Shortcut shortcut(const TensorFile& tensors, const ModelSpec& spec, const ModelHints& hints) const {
    if (hints.shortcut) return *hints.shortcut;
    const std::string* said = find("shortcut");
    if (said != nullptr && *said != "none") return read(*said, "shortcut", parse_shortcut);
    if (said != nullptr) return Shortcut::kZeroPadding;
    StateNames names;
    for (const auto& [name, tensor] : tensors.tensors) names.insert(name);
    return shortcut_by_names(names, spec);
  }

  Normalization input() const {
    const std::string* mean = find("mean");
    const std::string* std = find("std");
    require(mean != nullptr && std != nullptr,
            "{}: does not say what its images are normalised by; give --mean and --std", file_.string());
    Normalization input{tensor_of(*mean), tensor_of(*std)};
    require(input.mean.defined() && input.std.defined() && input.std.numel() == 3 && input.std.gt(0).all().item<bool>(),
            "{}: what it says of its images' normalisation is broken; give --mean and --std", file_.string());
    return input;
  }

  std::vector<std::string> class_names(std::int64_t classes) const {
    const std::string* text = find("classes");
    if (text == nullptr) return {};
    std::vector<std::string> names = lines_of(*text);
    require(std::cmp_equal(names.size(), classes), "{}: has the names of {} classes, and the net has {}",
            file_.string(), names.size(), classes);
    return names;
  }

 private:
  fs::path file_;
  const Metadata& metadata_;
};

}  // namespace

void save_trained_model(const fs::path& file, const TrainedModel& model) {
  TensorFile content;
  add_model_state(content, *model.net);
  content.metadata = {{"format", "pt"},
                      {"model", model_name(model.spec)},
                      {"shortcut", shortcut_name(model.spec)},
                      {"mean", text_of(model.input.mean)},
                      {"std", text_of(model.input.std)}};
  if (model.spec.shortcut_padding != ShortcutPadding::kEnd) {
    content.metadata["shortcut_padding"] = shortcut_padding_name(model.spec.shortcut_padding);
  }
  if (has_bottlenecks(model.spec)) {
    content.metadata["bottleneck_stride"] = bottleneck_stride_name(model.spec.bottleneck_stride);
  }
  if (!model.class_names.empty()) content.metadata["classes"] = fmt::format("{}", fmt::join(model.class_names, "\n"));
  if (!model.recipe.empty()) content.metadata["recipe"] = model.recipe;
  write_checked(file, safetensors_bytes(content, file.string()),
                [&](const fs::path& candidate) { require_holds(candidate, content); });
}

TrainedModel load_trained_model(const fs::path& path, const ModelHints& hints) {
  const fs::path file = fs::is_directory(path) ? path / "weights.safetensors" : path;
  require(fs::exists(file), "{}: is not there; expected a finished run, an imported net's folder, or a weights file",
          file.string());
  const TensorFile content = load_safetensors(file);
  const Reader reader(file, content.metadata);
  TrainedModel model;
  model.spec = reader.spec(content, hints);
  model.input = hints.input ? *hints.input : reader.input();
  model.class_names = reader.class_names(model.spec.classes);
  if (const std::string* recipe = reader.find("recipe")) model.recipe = *recipe;
  model.net = make_unset_model(model.spec);
  load_model_state(*model.net, content, file.string());
  model.net->eval();
  return model;
}

}  // namespace resnet
