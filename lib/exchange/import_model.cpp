// SPDX-License-Identifier: MIT
#include "exchange/import_model.hpp"

#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "exchange/array_tensor.hpp"
#include "exchange/model_state.hpp"
#include "exchange/state_names.hpp"
#include "format/shown.hpp"
#include "format/weights_file.hpp"
#include "model/make_model.hpp"

namespace resnet {
namespace {

struct Naming {
  std::string_view last_layer;
  std::string_view name;
};

/// Of residual and plain nets. Those of VGG have torchvision's names, in which `classifier` is not the last layer.
constexpr std::array<Naming, 3> kNamings = {
    {{"fc.", "torchvision"}, {"linear.", "akamaster"}, {"classifier.", "torchvision with classifier"}}};

/// The file's arrays under our names for them.
using Renamed = std::map<std::string, const NamedArray*>;

std::string comma_list(const std::vector<std::string>& names) {
  constexpr std::size_t kMostShown = 6;
  if (names.size() <= kMostShown) return fmt::format("{}", fmt::join(names, ", "));
  const std::vector<std::string> first(names.begin(), names.begin() + kMostShown);
  return fmt::format("{} and {} more", fmt::join(first, ", "), names.size() - kMostShown);
}

std::string size_text(const std::vector<std::int64_t>& shape) {
  return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, "x"));
}

std::string find_prefix(const WeightsFile& file, Design design, const std::string& what) {
  const std::string anchor(anchor_name(design));
  const NamedArray* found = nullptr;
  std::vector<std::string> names;
  for (const NamedArray& array : file.arrays()) {
    names.push_back(shown(array.name));
    const bool is_anchor = array.name == anchor || array.name.ends_with("." + anchor);
    if (is_anchor && (found == nullptr || array.name.size() < found->name.size())) found = &array;
  }
  require(found != nullptr, "{}: no name in it ends in {}, so it is no net of this library; it has {}", what, anchor,
          names.empty() ? "no tensors" : comma_list(names));
  return found->name.substr(0, found->name.size() - anchor.size());
}

std::string our_name(std::string name, Design design) {
  if (design == Design::kVgg) return name;
  for (const Naming& naming : kNamings) {
    if (name.starts_with(naming.last_layer)) return "fc." + name.substr(naming.last_layer.size());
  }
  constexpr std::string_view kShortcut = ".shortcut.";
  const std::size_t at = name.find(kShortcut);
  if (at != std::string::npos) name.replace(at, kShortcut.size(), ".downsample.");
  return name;
}

std::string find_naming(const WeightsFile& file, Design design, const std::string& prefix) {
  if (design == Design::kVgg) return std::string(kNamings.front().name);
  for (const Naming& naming : kNamings) {
    const bool is_used = std::ranges::any_of(file.arrays(), [&](const NamedArray& array) {
      return array.name.starts_with(prefix + std::string(naming.last_layer));
    });
    if (is_used) return std::string(naming.name);
  }
  return std::string(kNamings.front().name);  // the last layer is missing, and will be said to be
}

Renamed rename(const WeightsFile& file, Design design, const std::string& prefix, const std::string& what) {
  Renamed renamed;
  for (const NamedArray& array : file.arrays()) {
    const bool is_inside = array.name.starts_with(prefix);
    const std::string name = is_inside ? our_name(array.name.substr(prefix.size()), design) : array.name;
    const auto [place, is_new] = renamed.emplace(name, &array);
    require(is_new, "{}: both '{}' and '{}' would be {}", what, shown(place->second->name), shown(array.name),
            shown(name));
  }
  return renamed;
}

StateNames names_of(const Renamed& renamed) {
  StateNames names;
  for (const auto& [name, array] : renamed) names.insert(name);
  return names;
}

ShortcutPadding find_padding(const WeightsFile& file, const ModelSpec& spec, const std::string& naming) {
  const auto said = file.metadata().find("shortcut_padding");  // in a file that this project wrote
  if (said != file.metadata().end()) return parse_shortcut_padding(said->second);
  return pads_with_zeros(spec) && naming == "akamaster" ? ShortcutPadding::kSymmetric : ShortcutPadding::kEnd;
}

std::int64_t find_classes(const Renamed& renamed, const ModelSpec& spec) {
  const auto found = renamed.find(last_layer(spec).name + ".weight");
  return found == renamed.end() ? spec.classes : classes_of(found->second->shape, spec);
}

BottleneckStride find_stride(const WeightsFile& file, const ModelSpec& spec) {
  const auto said = file.metadata().find("bottleneck_stride");  // in a file that this project wrote
  return said != file.metadata().end() ? parse_bottleneck_stride(said->second) : stride_of_others(spec);
}

bool is_float(Dtype dtype) {
  return dtype == Dtype::kFloat32 || dtype == Dtype::kFloat64 || dtype == Dtype::kFloat16 || dtype == Dtype::kBFloat16;
}

bool is_count(const std::string& name) { return name.ends_with("num_batches_tracked"); }

/// What keeps the file from being the state of this net; all lists are empty if nothing does.
struct Misfit {
  std::vector<std::string> missing;
  std::vector<std::string> left_over;
  std::vector<std::string> different;

  bool is_none() const { return missing.empty() && left_over.empty() && different.empty(); }

  std::string text() const {
    std::string text;
    if (!missing.empty()) text += "; missing: " + comma_list(missing);
    if (!left_over.empty()) text += "; left over: " + comma_list(left_over);
    if (!different.empty()) text += "; different: " + comma_list(different);
    return text;
  }
};

Misfit compare(const Renamed& renamed, const TensorFile& state) {
  Misfit misfit;
  for (const auto& [name, tensor] : state.tensors) {
    const auto found = renamed.find(name);
    if (found == renamed.end()) {
      if (!is_count(name)) misfit.missing.push_back(name);
      continue;
    }
    const NamedArray& array = *found->second;
    if (array.shape != tensor.sizes().vec() || is_float(array.dtype) == is_count(name) || array.dtype == Dtype::kBool) {
      misfit.different.push_back(fmt::format("{} ({} {}, expected {} {})", shown(array.name), dtype_name(array.dtype),
                                             size_text(array.shape), is_count(name) ? "int64" : "float32",
                                             size_text(tensor.sizes().vec())));
    }
  }
  for (const auto& [name, array] : renamed) {
    if (state.find(name) == nullptr) misfit.left_over.push_back(shown(array->name));
  }
  return misfit;
}

/// "; its names say resnet32, shortcuts: A", if that is another net than the one asked for.
std::string other_net(const StateNames& names, const ModelSpec& spec) {
  const std::optional<ModelSpec> seen = net_by_names(names, spec.family);
  if (!seen) return "";
  const bool is_same = model_name(*seen) == model_name(spec) && seen->shortcut == spec.shortcut;
  return is_same ? "" : fmt::format("; its names say {}, shortcuts: {}", model_name(*seen), shortcut_name(*seen));
}

TensorFile state_of(const Classifier& net) {
  TensorFile state;
  add_model_state(state, net);
  return state;
}

}  // namespace

ImportedModel import_model(const std::filesystem::path& path, const ImportChoice& choice) {
  const std::string what = path.string();
  const WeightsFile file(path);
  ImportedModel imported;
  imported.format = file.format();
  const Design design = choice.net.design;
  imported.prefix = find_prefix(file, design, what);
  imported.naming = find_naming(file, design, imported.prefix);
  const Renamed renamed = rename(file, design, imported.prefix, what);
  const StateNames names = names_of(renamed);

  ModelSpec& spec = imported.spec;
  spec = parse_model_name(model_name(choice.net));
  spec.shortcut = choice.shortcut.value_or(shortcut_by_names(names, spec));
  spec.shortcut_padding = choice.padding.value_or(find_padding(file, spec, imported.naming));
  spec.bottleneck_stride = choice.bottleneck_stride.value_or(find_stride(file, spec));
  spec.classes = find_classes(renamed, spec);
  imported.net = make_unset_model(spec);

  TensorFile state = state_of(*imported.net);
  const Misfit misfit = compare(renamed, state);
  require(misfit.is_none(), "{}: is not {}, shortcuts: {}{}{}", what, model_name(spec), shortcut_name(spec),
          misfit.text(), other_net(names, spec));
  for (auto& [name, tensor] : state.tensors) {
    const auto found = renamed.find(name);
    if (found == renamed.end()) {
      ++imported.counts_missing;
      tensor = torch::zeros_like(tensor);
      continue;
    }
    const NamedArray& array = *found->second;
    ++imported.tensors;
    if (is_float(array.dtype) && array.dtype != Dtype::kFloat32) {
      ++imported.converted[std::string(dtype_name(array.dtype))];
    }
    tensor = to_tensor(array).to(tensor.scalar_type());
  }
  load_model_state(*imported.net, state, what);
  require(is_finite(*imported.net), "{}: has weights that are not finite numbers in float32", what);
  imported.net->eval();
  return imported;
}

}  // namespace resnet
