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
#include "exchange/match_by_order.hpp"
#include "exchange/model_state.hpp"
#include "exchange/state_dict.hpp"
#include "format/shown.hpp"
#include "format/weights_file.hpp"
#include "model/cifar_net.hpp"
#include "model/make_model.hpp"

namespace resnet {
namespace {

/// A tensor that every net of ours has in every scheme: what stands before it stands before all names.
constexpr std::string_view kAnchor = "layer1.0.conv1.weight";

struct Naming {
  std::string_view last_layer;
  std::string_view name;
};

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

/// What stands before the anchor in the shortest name that ends in it; nothing if none does.
std::optional<std::string> find_prefix(const WeightsFile& file) {
  const NamedArray* found = nullptr;
  for (const NamedArray& array : file.arrays()) {
    const bool is_anchor = array.name == kAnchor || array.name.ends_with("." + std::string(kAnchor));
    if (is_anchor && (found == nullptr || array.name.size() < found->name.size())) found = &array;
  }
  if (found == nullptr) return std::nullopt;
  return found->name.substr(0, found->name.size() - kAnchor.size());
}

std::string our_name(std::string name) {
  for (const Naming& naming : kNamings) {
    if (name.starts_with(naming.last_layer)) return "fc." + name.substr(naming.last_layer.size());
  }
  constexpr std::string_view kShortcut = ".shortcut.";
  const std::size_t at = name.find(kShortcut);
  if (at != std::string::npos) name.replace(at, kShortcut.size(), ".downsample.");
  return name;
}

std::string find_naming(const WeightsFile& file, const std::string& prefix) {
  for (const Naming& naming : kNamings) {
    const bool is_used = std::ranges::any_of(file.arrays(), [&](const NamedArray& array) {
      return array.name.starts_with(prefix + std::string(naming.last_layer));
    });
    if (is_used) return std::string(naming.name);
  }
  return std::string(kNamings.front().name);  // the last layer is missing, and will be said to be
}

Renamed rename(const WeightsFile& file, const std::string& prefix, const std::string& what) {
  Renamed renamed;
  for (const NamedArray& array : file.arrays()) {
    const bool is_inside = array.name.starts_with(prefix);
    const std::string name = is_inside ? our_name(array.name.substr(prefix.size())) : array.name;
    const auto [place, is_new] = renamed.emplace(name, &array);
    require(is_new, "{}: both '{}' and '{}' would be {}", what, shown(place->second->name), shown(array.name),
            shown(name));
  }
  return renamed;
}

bool has_any_below(const Renamed& renamed, const std::string& module) {
  const auto found = renamed.lower_bound(module);
  return found != renamed.end() && found->first.starts_with(module);
}

Shortcut find_shortcut(const Renamed& renamed) {
  if (has_any_below(renamed, "layer1.0.downsample.")) return Shortcut::kProjectionEverywhere;
  if (has_any_below(renamed, "layer2.0.downsample.")) return Shortcut::kProjectionWhereNeeded;
  return Shortcut::kZeroPadding;
}

std::int64_t find_depth(const Renamed& renamed) {
  std::int64_t blocks = 0;
  while (has_any_below(renamed, fmt::format("layer1.{}.", blocks))) ++blocks;
  return 6 * blocks + 2;
}

ShortcutPadding find_padding(const WeightsFile& file, const ModelSpec& spec, const std::string& naming) {
  const auto said = file.metadata().find("shortcut_padding");  // in a file that this project wrote
  if (said != file.metadata().end()) return parse_shortcut_padding(said->second);
  const bool pads = spec.family == Family::kResidual && spec.shortcut == Shortcut::kZeroPadding;
  return pads && naming == "akamaster" ? ShortcutPadding::kSymmetric : ShortcutPadding::kEnd;
}

/// The rows of the last layer, null if there is none, if it is as wide as the net, so that no shape of the file's alone
/// makes a huge net; else as many as the net has anyway.
std::int64_t find_classes(const NamedArray* last_layer, const ModelSpec& spec) {
  const bool fits =
      last_layer != nullptr && last_layer->shape.size() == 2 && last_layer->shape[1] == CifarNet::kLastWidth;
  return fits ? last_layer->shape[0] : spec.classes;
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
    if (array.shape != tensor.sizes().vec() || is_float(array.dtype) == is_batch_count(name) ||
        array.dtype == Dtype::kBool) {
      misfit.different.push_back(fmt::format("{} ({} {}, expected {} {})", shown(array.name), dtype_name(array.dtype),
                                             size_text(array.shape), is_batch_count(name) ? "int64" : "float32",
                                             size_text(tensor.sizes().vec())));
    }
  }
  for (const auto& [name, array] : renamed) {
    if (state.find(name) == nullptr) misfit.left_over.push_back(shown(array->name));
  }
  return misfit;
}

/// " (its names say resnet32, shortcuts A)", if that is another net than the one asked for.
std::string other_net(const Renamed& renamed, const ModelSpec& spec) {
  ModelSpec seen = spec;
  seen.depth = find_depth(renamed);
  seen.shortcut = find_shortcut(renamed);
  if (seen.shortcut != Shortcut::kZeroPadding) seen.family = Family::kResidual;
  if (seen == spec) return "";
  return fmt::format("; its names say {}, shortcuts: {}", model_name(seen), shortcut_name(seen));
}

/// A net and which of the file's arrays are its tensors.
struct Matched {
  ModelSpec spec;
  std::shared_ptr<Classifier> net;
  Renamed renamed;
};

/// The net of the choice that a file with names of a known scheme is of.
Matched find_by_name(const WeightsFile& file, const ImportChoice& choice, const ImportedModel& found,
                     const std::string& what) {
  Matched matched;
  matched.renamed = rename(file, found.prefix, what);
  ModelSpec& spec = matched.spec;
  spec.family = choice.family;
  spec.depth = choice.depth;
  if (spec.family == Family::kResidual || choice.shortcut) {
    spec.shortcut = choice.shortcut.value_or(find_shortcut(matched.renamed));
  }
  spec.shortcut_padding = choice.padding.value_or(find_padding(file, spec, found.naming));
  const auto last_layer = matched.renamed.find("fc.weight");
  spec.classes = find_classes(last_layer == matched.renamed.end() ? nullptr : last_layer->second, spec);
  matched.net = make_model(spec, /*seed=*/0);
  const Misfit misfit = compare(matched.renamed, state_dict(*matched.net));
  require(misfit.is_none(), "{}: is not {}, shortcuts: {}{}{}", what, model_name(spec), shortcut_name(spec),
          misfit.text(), other_net(matched.renamed, spec));
  return matched;
}

/// The net of the choice whose tensors, one by one, have the shapes of the file's.
Matched find_by_order(const WeightsFile& file, const ImportChoice& choice, const std::string& what) {
  std::vector<Shortcut> shortcuts = {Shortcut::kZeroPadding};
  if (choice.family == Family::kResidual) {
    shortcuts = {Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere};
  }
  if (choice.shortcut) shortcuts = {*choice.shortcut};
  const NamedArray* last_layer = nullptr;
  std::vector<std::string> names;
  for (const NamedArray& array : file.arrays()) {
    names.push_back(shown(array.name));
    if (array.shape.size() == 2) last_layer = &array;
  }
  Matched matched;
  matched.spec.family = choice.family;
  matched.spec.depth = choice.depth;
  matched.spec.shortcut_padding = choice.padding.value_or(ShortcutPadding::kEnd);
  matched.spec.classes = find_classes(last_layer, matched.spec);
  for (const Shortcut shortcut : shortcuts) {
    matched.spec.shortcut = shortcut;
    matched.net = make_model(matched.spec, /*seed=*/0);
    const TensorFile state = state_dict(*matched.net);
    matched.renamed = match_by_order(file.arrays(), state);
    if (!matched.renamed.empty() && compare(matched.renamed, state).is_none()) return matched;
  }
  fail("{}: no name in it ends in {}, and in their order its tensors have not the shapes of {} either; it has {}", what,
       kAnchor, model_name(matched.spec), names.empty() ? "no tensors" : comma_list(names));
}

}  // namespace

ImportedModel import_model(const std::filesystem::path& path, const ImportChoice& choice) {
  const std::string what = path.string();
  const WeightsFile file(path);
  const std::optional<std::string> prefix = find_prefix(file);
  ImportedModel imported;
  imported.format = file.format();
  imported.prefix = prefix.value_or("");
  imported.naming = prefix ? find_naming(file, *prefix) : "order and shapes";
  const Matched matched = prefix ? find_by_name(file, choice, imported, what) : find_by_order(file, choice, what);
  imported.spec = matched.spec;
  imported.net = matched.net;

  TensorFile state = state_dict(*imported.net);
  for (auto& [name, tensor] : state.tensors) {
    const auto found = matched.renamed.find(name);
    if (found == matched.renamed.end()) {
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
