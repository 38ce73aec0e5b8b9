// SPDX-License-Identifier: MIT
#include "exchange/import_model.hpp"

#include <fmt/ranges.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "core/shown.hpp"
#include "exchange/array_tensor.hpp"
#include "exchange/match_by_order.hpp"
#include "exchange/model_state.hpp"
#include "exchange/net_metadata.hpp"
#include "exchange/state_dict.hpp"
#include "exchange/state_names.hpp"
#include "exchange/trained_model.hpp"
#include "format/weights_file.hpp"

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

/// Whether the name is the anchor, behind whatever prefix.
bool is_anchor(const std::string& name, Design design) {
  const std::string anchor(anchor_name(design));
  return name == anchor || name.ends_with("." + anchor);
}

/// What stands before the anchor in the shortest name that ends in it; nothing if none does.
std::optional<std::string> find_prefix(const WeightsFile& file, Design design) {
  const NamedArray* found = nullptr;
  for (const NamedArray& array : file.arrays()) {
    if (is_anchor(array.name, design) && (found == nullptr || array.name.size() < found->name.size())) found = &array;
  }
  if (found == nullptr) return std::nullopt;
  return found->name.substr(0, found->name.size() - anchor_name(design).size());
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

/// Takes out what does not stand behind the prefix and is no tensor of the net, and returns its names. A second net
/// stays as a whole: who knows which is meant.
std::vector<std::string> leave_out(Renamed& renamed, const std::string& prefix, Design design, const TensorFile& net) {
  const TensorsByName tensors = net.by_name();
  const auto is_outside = [&](const Renamed::value_type& item) {
    return !item.second->name.starts_with(prefix) && !tensors.contains(item.first);
  };
  std::vector<std::string> names;
  for (const auto& item : renamed) {
    if (is_outside(item)) names.push_back(item.second->name);
  }
  if (std::ranges::any_of(names, [&](const std::string& name) { return is_anchor(name, design); })) return {};
  std::erase_if(renamed, is_outside);
  return names;
}

StateNames names_of(const Renamed& renamed) {
  StateNames names;
  for (const auto& [name, array] : renamed) names.insert(name);
  return names;
}

/// The net that the file says it is of, if this project wrote it. Others may mean anything by the same key.
std::optional<ModelSpec> net_said(const NetMetadata& said) {
  try {
    return said.model();
  } catch (const Error&) {
    return std::nullopt;
  }
}

ShortcutPadding find_padding(const NetMetadata& said, const ImportChoice& choice, const ModelSpec& spec,
                             const std::string& naming) {
  if (choice.padding) return *choice.padding;
  const bool is_symmetric = pads_with_zeros(spec) && naming == "akamaster";
  return said.shortcut_padding().value_or(is_symmetric ? ShortcutPadding::kSymmetric : ShortcutPadding::kEnd);
}

/// Sets the stride of the net's bottlenecks, and tells who says it.
StrideSource set_stride(ModelSpec& spec, const NetMetadata& said, const ImportChoice& choice) {
  if (choice.bottleneck_stride) {
    spec.bottleneck_stride = *choice.bottleneck_stride;
    return StrideSource::kChoice;
  }
  if (const auto stride = said.bottleneck_stride()) {
    spec.bottleneck_stride = *stride;
    return StrideSource::kFile;
  }
  spec.bottleneck_stride = stride_of_others(spec);
  return StrideSource::kAssumed;
}

/// Whether the single number is one that int64 has room for, and not below 0: float16 overflows at 65,504 batches.
bool is_count(const NamedArray& array) {
  const double number = to_tensor(array).to(torch::kDouble).item<double>();
  return number >= 0 && number < 0x1p63;
}

bool is_float(Dtype dtype) {
  return dtype == Dtype::kFloat32 || dtype == Dtype::kFloat64 || dtype == Dtype::kFloat16 || dtype == Dtype::kBFloat16;
}

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
      if (!is_batch_count(name)) misfit.missing.push_back(name);
      continue;
    }
    const NamedArray& array = *found->second;
    // A net that was made half as wide as a whole, or averaged, has floats for counts too.
    const bool is_right_kind = is_float(array.dtype) || (is_batch_count(name) && array.dtype != Dtype::kBool);
    if (array.shape != tensor.sizes().vec() || !is_right_kind) {
      misfit.different.push_back(fmt::format("{} ({} {}, expected {} {})", shown(array.name), dtype_name(array.dtype),
                                             size_text(array.shape), is_batch_count(name) ? "int64" : "float32",
                                             size_text(tensor.sizes().vec())));
    }
  }
  const TensorsByName tensors = state.by_name();
  for (const auto& [name, array] : renamed) {
    if (!tensors.contains(name)) misfit.left_over.push_back(shown(array->name));
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

/// A net and which of the file's arrays are its tensors.
struct Matched {
  ModelSpec spec;
  StrideSource stride_source = StrideSource::kAssumed;
  std::shared_ptr<Classifier> net;
  Renamed renamed;
  std::vector<std::string> left_out;
};

std::shared_ptr<Classifier> make_net(const ModelSpec& spec, const ImportChoice& choice, const std::string& what) {
  return make_hinted_model(
      what, spec,
      {.shortcut = choice.shortcut, .shortcut_padding = choice.padding, .bottleneck_stride = choice.bottleneck_stride});
}

/// The net of the choice that a file with names of a known scheme is of.
Matched find_by_name(const WeightsFile& file, const NetMetadata& said, const ImportChoice& choice,
                     const ImportedModel& found, const std::string& what) {
  Matched matched;
  matched.renamed = rename(file, choice.net.design, found.prefix, what);
  const StateNames names = names_of(matched.renamed);
  ModelSpec& spec = matched.spec;
  spec = parse_model_name(model_name(choice.net));
  spec.shortcut = choice.shortcut.value_or(shortcut_by_names(names, spec));
  spec.shortcut_padding = find_padding(said, choice, spec, found.naming);
  matched.stride_source = set_stride(spec, said, choice);
  const auto last = matched.renamed.find(last_layer(spec).name + ".weight");
  if (last != matched.renamed.end()) spec.classes = classes_of(last->second->shape, spec);
  matched.net = make_net(spec, choice, what);
  const TensorFile state = state_dict(*matched.net);
  matched.left_out = leave_out(matched.renamed, found.prefix, choice.net.design, state);
  const Misfit misfit = compare(matched.renamed, state);
  require(misfit.is_none(), "{}: is not {}, shortcuts: {}{}{}", what, model_name(spec), shortcut_name(spec),
          misfit.text(), other_net(names, spec));
  return matched;
}

/// The net of the choice whose tensors, one by one, have the shapes of the file's.
Matched find_by_order(const WeightsFile& file, const NetMetadata& said, const ImportChoice& choice,
                      const std::string& what) {
  Matched matched;
  ModelSpec& spec = matched.spec;
  spec = parse_model_name(model_name(choice.net));
  spec.shortcut_padding = choice.padding.value_or(ShortcutPadding::kEnd);
  matched.stride_source = set_stride(spec, said, choice);
  std::vector<std::string> names;
  const NamedArray* last = nullptr;  // the last layer's weight, if the file ends as the net does
  for (const NamedArray& array : file.arrays()) {
    names.push_back(shown(array.name));
    if (array.shape.size() == 2) last = &array;
  }
  if (last != nullptr) spec.classes = classes_of(last->shape, spec);
  std::vector<Shortcut> shortcuts = {spec.shortcut};
  if (spec.family == Family::kResidual) {
    shortcuts = {Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere};
  }
  if (choice.shortcut) shortcuts = {*choice.shortcut};
  for (const Shortcut shortcut : shortcuts) {
    spec.shortcut = shortcut;
    matched.net = make_net(spec, choice, what);
    const TensorFile state = state_dict(*matched.net);
    matched.renamed = match_by_order(file.arrays(), state);
    if (!matched.renamed.empty() && compare(matched.renamed, state).is_none()) return matched;
  }
  const bool has_order = file.format() != "safetensors";
  fail("{}: no name in it ends in {}, and in their order its tensors have not the shapes of {} either{}; it has {}",
       what, anchor_name(choice.net.design), model_name(spec),
       has_order ? "" : " (Python writes safetensors in another order than the net's; torch.save keeps it)",
       names.empty() ? "no tensors" : comma_list(names));
}

}  // namespace

ImportedModel import_model(const std::filesystem::path& path, const ImportChoice& choice) {
  const std::string what = path.string();
  const WeightsFile file(path);
  const NetMetadata said(what, file.metadata());
  // A plain net has the names and shapes of a residual one with option A: only the file's own word tells them apart.
  const std::optional<ModelSpec> net = net_said(said);
  require(!net || model_name(*net) == model_name(choice.net), "{0}: is of {1}, and --model says {2}; give --model {1}",
          what, net ? model_name(*net) : "", model_name(choice.net));
  const std::optional<std::string> prefix = find_prefix(file, choice.net.design);
  ImportedModel imported;
  imported.format = file.format();
  imported.prefix = prefix.value_or("");
  imported.naming = prefix ? find_naming(file, choice.net.design, *prefix) : "order and shapes";
  const Matched matched =
      prefix ? find_by_name(file, said, choice, imported, what) : find_by_order(file, said, choice, what);
  imported.spec = matched.spec;
  imported.stride_source = matched.stride_source;
  imported.net = matched.net;
  imported.left_out = matched.left_out;
  if (net) {
    // Another last layer may have been put on since.
    std::vector<std::string> names = said.class_names();
    if (std::cmp_equal(names.size(), imported.spec.classes)) imported.class_names = std::move(names);
    imported.recipe = said.recipe();
  }

  TensorFile state = state_dict(*imported.net);
  for (auto& [name, tensor] : state.tensors) {
    const auto found = matched.renamed.find(name);
    if (found == matched.renamed.end() || (is_batch_count(name) && !is_count(*found->second))) {
      ++imported.counts_missing;
      tensor = torch::zeros_like(tensor);
      continue;
    }
    const NamedArray& array = *found->second;
    ++imported.tensors;
    if (!is_batch_count(name) && is_float(array.dtype) && array.dtype != Dtype::kFloat32) {
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
