// SPDX-License-Identifier: MIT
#include "format/torch_pickle.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <ranges>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/error.hpp"
#include "core/shown.hpp"

namespace resnet {
namespace {

using Index = Pickle::Index;
using Entries = std::vector<std::pair<Index, Index>>;

struct StorageClass {
  std::string_view name;
  Dtype dtype;
};

constexpr std::array<StorageClass, 10> kStorageClasses = {{{"FloatStorage", Dtype::kFloat32},
                                                           {"DoubleStorage", Dtype::kFloat64},
                                                           {"HalfStorage", Dtype::kFloat16},
                                                           {"BFloat16Storage", Dtype::kBFloat16},
                                                           {"LongStorage", Dtype::kInt64},
                                                           {"IntStorage", Dtype::kInt32},
                                                           {"ShortStorage", Dtype::kInt16},
                                                           {"CharStorage", Dtype::kInt8},
                                                           {"ByteStorage", Dtype::kUInt8},
                                                           {"BoolStorage", Dtype::kBool}}};

using Names = std::unordered_set<std::string_view>;

/// What a checkpoint may name, by module; see read_state_dict. None of it runs what it is given, and is_usual_call sees
/// to it that none takes numbers for addresses. Sparse tensors are left out: PyTorch takes any places in them on trust.
const std::unordered_map<std::string_view, Names>& harmless_globals() {
  static const Names kBuiltins = {"bool",      "bytes", "bytearray", "complex", "dict",    "float",
                                  "frozenset", "int",   "list",      "long",    "object",  "range",
                                  "set",       "slice", "str",       "tuple",   "unicode", "xrange"};
  static const Names kPaths = {"Path", "PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath"};
  static const Names kNumpyArrays = {"_reconstruct", "scalar"};
  static const std::unordered_map<std::string_view, Names> globals = {
      {"collections", {"Counter", "OrderedDict", "defaultdict", "deque"}},
      {"builtins", kBuiltins},
      {"__builtin__", kBuiltins},  // Python 2
      {"_codecs", {"encode"}},     // bytes in protocol 2
      {"copyreg", {"_reconstructor"}},
      {"copy_reg", {"_reconstructor"}},
      {"argparse", {"Namespace"}},
      {"types", {"SimpleNamespace"}},
      {"pathlib", kPaths},
      {"pathlib._local", kPaths},
      {"datetime", {"date", "datetime", "time", "timedelta", "timezone"}},
      {"decimal", {"Decimal"}},
      {"fractions", {"Fraction"}},
      {"uuid", {"UUID"}},
      {"numpy", {"dtype", "ndarray"}},
      {"numpy.core.multiarray", kNumpyArrays},
      {"numpy._core.multiarray", kNumpyArrays},
      {"numpy.core.numeric", {"_frombuffer"}},
      {"numpy._core.numeric", {"_frombuffer"}},
      {"torch._utils",
       {"_rebuild_parameter", "_rebuild_parameter_with_state", "_rebuild_qtensor", "_rebuild_tensor",
        "_rebuild_tensor_v2", "_rebuild_tensor_v3"}},
      {"torch",
       {"Size", "Tensor", "bfloat16", "bool", "complex128", "complex64", "device", "float16", "float32", "float64",
        "int16", "int32", "int64", "int8", "per_channel_affine", "per_tensor_affine", "uint8"}},
      {"torch.nn.parameter", {"Parameter"}}};
  return globals;
}

/// Keys under which training programs keep the state_dict, most telling first.
constexpr std::array<std::string_view, 7> kStateDictKeys = {"state_dict", "model_state_dict", "model_state", "model",
                                                            "net",        "network",          "weights"};
constexpr int kDeepestStateDict = 8;

std::string shown_name(const Pickle::Global& global) { return shown(global.module) + "." + shown(global.name); }

/// The class of a tensor in torch.save's first form; those of GPUs are in a module of their own.
bool is_tensor_class(const Pickle::Global& global) {
  static const Names kClasses = {"ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor",
                                 "HalfTensor", "IntTensor",  "LongTensor",   "ShortTensor"};
  return (global.module == "torch" || global.module == "torch.cuda") && kClasses.contains(global.name);
}

bool is_harmless(const Pickle::Global& global) {
  if (dtype_of_storage(global).has_value() || is_tensor_class(global)) return true;
  const auto module = harmless_globals().find(global.module);
  return module != harmless_globals().end() && module->second.contains(global.name);
}

/// The kind of a number or a text as numpy writes it: "f8", "<i4", "U12". Objects ("O8") are none: an array of them is
/// a row of addresses.
struct NumpyKind {
  char letter;
  std::int64_t size;  // in bytes; of U in letters

  /// Bytes of a letter of a text; 0 of a number.
  std::int64_t width() const { return letter == 'U' ? 4 : (letter == 'S' ? 1 : 0); }
};

std::optional<NumpyKind> numpy_kind(std::string_view text) {
  if (text.starts_with('<') || text.starts_with('>') || text.starts_with('|') || text.starts_with('=')) {
    text.remove_prefix(1);
  }
  if (text.empty() || std::string_view("biufcUS").find(text.front()) == std::string_view::npos) return std::nullopt;
  std::int32_t size = 0;
  const auto [end, error] = std::from_chars(text.data() + 1, text.data() + text.size(), size);
  const bool is_size = error == std::errc() && end == text.data() + text.size() && size >= 0;
  return is_size ? std::optional(NumpyKind{text.front(), size}) : std::nullopt;
}

/// Whether a numpy.dtype is given the state that numpy writes for the kind: (3, byte order, None, None, None, size,
/// alignment, flags), in which None stands for parts and fields. A text's dtype takes the size from here, whatever it
/// was made with; and where flags say of addresses that they are numbers, numpy believes that.
bool is_state_of(const NumpyKind& kind, const Pickle& pickle, Pickle::Index index) {
  constexpr std::int64_t kIsFilled = 8;  // NPY_NEEDS_INIT: the memory of new ones is set to zeros
  const auto* state = pickle.get<Pickle::Tuple>(index);
  if (state == nullptr || state->items.size() != 8) return false;
  const auto is_none = [&](std::size_t i) { return pickle.get<Pickle::None>(state->items[i]) != nullptr; };
  const auto is_number = [&](std::size_t i, std::int64_t expected) {
    const auto* number = pickle.get<std::int64_t>(state->items[i]);
    return number != nullptr && *number == expected;
  };
  const std::int64_t width = kind.width();
  const bool is_sized =
      width > 0 ? is_number(5, width * kind.size) && is_number(6, width) : is_number(5, -1) && is_number(6, -1);
  const bool is_flagged = is_number(7, 0) || (kind.letter == 'U' && is_number(7, kIsFilled));
  return is_none(2) && is_none(3) && is_none(4) && is_sized && is_flagged;
}

using Arguments = std::vector<Pickle::Index>;

/// Whether a numpy.dtype is made, and then set, as numpy does for numbers and texts.
bool is_plain_dtype(const Pickle& pickle, const Arguments& arguments, std::optional<Pickle::Index> state) {
  const auto* text = arguments.empty() ? nullptr : pickle.get<Pickle::Text>(arguments[0]);
  const auto kind = text != nullptr ? numpy_kind(text->text) : std::nullopt;
  return kind && (!state || is_state_of(*kind, pickle, *state));
}

/// Whether copyreg._reconstructor makes an empty object of a class, as Python writes it, and not any class of anything.
bool is_empty_object(const Pickle& pickle, const Arguments& arguments) {
  if (arguments.size() != 3 || pickle.get<Pickle::Global>(arguments[0]) == nullptr) return false;
  const auto* base = pickle.get<Pickle::Global>(arguments[1]);
  const bool is_object = base != nullptr && base->name == "object";  // on the list that is Python's own alone
  return is_object && pickle.get<Pickle::None>(arguments[2]) != nullptr;
}

/// Whether a call is one that Python's programs make for a checkpoint; `global` is on the list.
bool is_usual_call(const Pickle& pickle, const Pickle::Object& object, const Pickle::Global& global) {
  const Arguments& arguments = pickle.get<Pickle::Tuple>(object.arguments)->items;
  if (global.name == "ndarray") return false;  // named alone, it is a class; called, it takes numbers for addresses
  if (global.name == "dtype") return is_plain_dtype(pickle, arguments, object.state);
  if (global.name == "_reconstructor") return is_empty_object(pickle, arguments);
  // What these return may be what they are given: its state is not theirs to set.
  const bool may_return_any = global.name == "scalar" || global.name == "encode";
  return !may_return_any || !object.state;
}

struct StorageView {
  StorageClaim storage;
  std::int64_t first;  // of the storage's elements; old PyTorch knew storages that were parts of others
  std::int64_t elements;
};

class StateDictReader {
 public:
  /// With the tensors beside it where it is of the first form, else null.
  StateDictReader(const Pickle& pickle, const std::string& what, const TensorsBeside* tensors = nullptr)
      : pickle_(pickle), what_(what), tensors_(tensors) {}

  std::vector<StorageClaim> storage_claims() const {
    refuse_module();
    std::vector<StorageClaim> claims;
    for (const Pickle::Value& value : pickle_.values) {
      if (const auto* id = std::get_if<Pickle::PersistentId>(&value)) claims.push_back(storage_view(*id).storage);
    }
    return claims;
  }

  std::vector<NamedArray> read(const Storages& storages) const {
    refuse_module();
    require_harmless(pickle_, what_);
    if (tensors_ != nullptr) require_tensors_alone();
    const Entries& state_dict = find_state_dict();
    std::vector<NamedArray> arrays;
    std::unordered_set<std::string_view> names;
    for (const auto& [key, value] : state_dict) {
      const auto* name = pickle_.get<Pickle::Text>(key);
      if (name == nullptr || !is_tensor(value)) continue;
      require(names.insert(name->text).second, "{}: holds two tensors named '{}'", what_, shown(name->text));
      arrays.push_back(read_tensor(name->text, value, storages));
    }
    return arrays;
  }

 private:
  // What may be in it at all.

  std::string_view text(Index index) const {
    const auto* text = pickle_.get<Pickle::Text>(index);
    return text != nullptr ? text->text : std::string_view();
  }

  bool has_key(const Pickle::Dict& dict, std::string_view key) const {
    return std::ranges::any_of(dict.entries, [&](const auto& entry) { return text(entry.first) == key; });
  }

  /// A Module is pickled as an object whose state has its parameters and submodules; by old PyTorch with its class as a
  /// thing outside the pickle, so that the source could be kept: ("module", class, ...) or, before, (class, ...).
  void refuse_module() const {
    constexpr std::string_view kCure =
        "holds a whole pickled Module, which only the Python code of its class can read; in Python, save its "
        "state_dict";
    std::unordered_set<Index> states;  // many objects may share one
    for (const Pickle::Value& value : pickle_.values) {
      if (const auto* id = std::get_if<Pickle::PersistentId>(&value)) {
        const auto* parts = pickle_.get<Pickle::Tuple>(id->id);
        const bool has_parts = parts != nullptr && !parts->items.empty();
        require(!has_parts || (text(parts->items[0]) != "module" && !pickle_.get<Pickle::Global>(parts->items[0])),
                "{}: {}", what_, kCure);
      }
      const auto* object = std::get_if<Pickle::Object>(&value);
      if (object == nullptr || !object->state || !states.insert(*object->state).second) continue;
      const auto* state = pickle_.get<Pickle::Dict>(*object->state);
      const auto* type = pickle_.get<Pickle::Global>(object->function);
      require(state == nullptr || !has_key(*state, "_modules"), "{}: {} ({})", what_, kCure,
              type != nullptr ? shown_name(*type) : "of an unknown class");
    }
  }

  /// That of what lies outside it, nothing but tensors is named: for a class Python would write files.
  void require_tensors_alone() const {
    for (Index i = 0; i < pickle_.values.size(); ++i) {
      require(pickle_.get<Pickle::PersistentId>(i) == nullptr || tensor_beside(i) != nullptr,
              "{}: refers to something outside it that is no tensor", what_);
    }
  }

  // Where the state_dict is.

  /// The entries of a dict or of an object of Python's own kinds of dict; else null.
  const Entries* entries_of(Index index) const {
    if (const auto* dict = pickle_.get<Pickle::Dict>(index)) return &dict->entries;
    const auto* object = pickle_.get<Pickle::Object>(index);
    if (object == nullptr) return nullptr;
    const auto& type = *pickle_.get<Pickle::Global>(object->function);
    const bool is_dict = type.module == "collections" && (type.name == "OrderedDict" || type.name == "defaultdict");
    if (!is_dict) return nullptr;
    return object->entries.empty() ? &pairs_given_to(*object) : &object->entries;
  }

  /// The entries of an OrderedDict that was pickled by Python 2: it is called with a list of their pairs.
  const Entries& pairs_given_to(const Pickle::Object& object) const {
    const auto& arguments = pickle_.get<Pickle::Tuple>(object.arguments)->items;
    const auto* list = arguments.empty() ? nullptr : pickle_.get<Pickle::List>(arguments.back());
    if (list == nullptr) return object.entries;
    const auto [place, is_new] = pairs_.try_emplace(arguments.back());  // many calls may share one list
    if (!is_new) return place->second;
    for (const Index index : list->items) {
      const std::vector<Index>* pair = items_in(index);
      if (pair != nullptr && pair->size() == 2) place->second.emplace_back(pair->front(), pair->back());
    }
    return place->second;
  }

  const std::vector<Index>* items_in(Index index) const {
    if (const auto* list = pickle_.get<Pickle::List>(index)) return &list->items;
    const auto* tuple = pickle_.get<Pickle::Tuple>(index);
    return tuple != nullptr ? &tuple->items : nullptr;
  }

  bool holds_tensors(const Entries& entries) const {
    return std::ranges::any_of(entries, [&](const auto& entry) { return is_tensor(entry.second); });
  }

  /// The dicts under the names that say they are one, most telling first.
  std::vector<const Entries*> named_dicts(const Entries& entries) const {
    std::vector<const Entries*> found;
    for (const std::string_view key : kStateDictKeys) {
      const auto is_it = [&](const auto& entry) { return text(entry.first) == key && entries_of(entry.second); };
      const auto entry = std::ranges::find_if(entries, is_it);
      if (entry != entries.end()) found.push_back(entries_of(entry->second));
    }
    return found;
  }

  /// Whether the dict holds tensors, or one that such names lead to from it.
  bool leads_to_tensors(const Entries& dict, int depth, std::unordered_set<const Entries*>& seen) const {
    if (depth == kDeepestStateDict || !seen.insert(&dict).second) return false;
    return holds_tensors(dict) || std::ranges::any_of(named_dicts(dict), [&](const Entries* inner) {
             return leads_to_tensors(*inner, depth + 1, seen);
           });
  }

  /// The first of them that leads to tensors: under "model" may stand what the model is, and its weights beside that.
  /// Where none does, the first, unless there are tensors here, or in another dict.
  const Entries* named_state_dict(const Entries& entries) const {
    const auto named = named_dicts(entries);
    std::unordered_set<const Entries*> seen;
    const auto found =
        std::ranges::find_if(named, [&](const Entries* dict) { return leads_to_tensors(*dict, 0, seen); });
    if (found != named.end()) return *found;
    const bool has_other = holds_tensors(entries) || !dicts_with_tensors(entries).empty();
    return named.empty() || has_other ? nullptr : named.front();
  }

  const Entries& find_state_dict() const {
    const Entries* entries = entries_of(pickle_.root);
    require(entries != nullptr, "{}: holds no dict, expected a state_dict or a training checkpoint", what_);
    for (int depth = 0; depth < kDeepestStateDict; ++depth) {
      const Entries* inner = named_state_dict(*entries);
      if (inner == nullptr) break;
      entries = inner;
    }
    return holds_tensors(*entries) ? *entries : only_dict_with_tensors(*entries);
  }

  /// The dicts in this one that hold tensors, and their names; the first few, if they are many.
  std::vector<std::pair<std::string, const Entries*>> dicts_with_tensors(const Entries& entries) const {
    constexpr std::size_t kMost = 8;
    std::vector<std::pair<std::string, const Entries*>> found;
    std::unordered_set<const Entries*> seen;  // a dict that stands there often is looked through once
    for (const auto& [name, value] : entries) {
      const Entries* inner = entries_of(value);
      if (inner == nullptr || !seen.insert(inner).second || !holds_tensors(*inner)) continue;
      found.emplace_back(shown(text(name)), inner);
      if (found.size() == kMost) break;
    }
    return found;
  }

  const Entries& only_dict_with_tensors(const Entries& entries) const {
    const auto found = dicts_with_tensors(entries);
    require(!found.empty(), "{}: holds no tensors under names, expected a state_dict or a training checkpoint", what_);
    require(found.size() == 1,
            "{}: several dicts in it hold tensors ({}); in Python, save the state_dict that is meant alone", what_,
            fmt::join(found | std::views::keys, ", "));
    return *found.front().second;
  }

  // Its tensors.

  bool is_call_of(Index index, std::string_view module, std::initializer_list<std::string_view> names) const {
    const auto* object = pickle_.get<Pickle::Object>(index);
    if (object == nullptr) return false;
    const auto* function = pickle_.get<Pickle::Global>(object->function);
    return function != nullptr && function->module == module && std::ranges::find(names, function->name) != names.end();
  }

  bool is_rebuilt(Index index) const {
    return is_call_of(index, "torch._utils", {"_rebuild_tensor", "_rebuild_tensor_v2"});
  }

  const TensorBeside* tensor_beside(Index index) const {
    const auto* id = pickle_.get<Pickle::PersistentId>(index);
    if (id == nullptr || tensors_ == nullptr) return nullptr;
    const auto found = tensors_->find(text(id->id));
    return found != tensors_->end() ? &found->second : nullptr;
  }

  /// Before PyTorch 0.4 a parameter was a call of its class.
  bool is_parameter(Index index) const {
    return is_call_of(index, "torch._utils", {"_rebuild_parameter", "_rebuild_parameter_with_state"}) ||
           is_call_of(index, "torch.nn.parameter", {"Parameter"});
  }

  bool is_tensor(Index index) const {
    return is_rebuilt(index) || is_parameter(index) || tensor_beside(index) != nullptr;
  }

  const std::vector<Index>& arguments(const std::string& where, Index call, std::size_t least) const {
    const auto& items = pickle_.get<Pickle::Tuple>(pickle_.get<Pickle::Object>(call)->arguments)->items;
    require(items.size() >= least, "{}: has {} arguments, expected at least {}", where, items.size(), least);
    return items;
  }

  std::vector<std::int64_t> integers(const std::string& where, Index index) const {
    const auto* tuple = pickle_.get<Pickle::Tuple>(index);
    // Its length is checked before it is copied: a long tuple can be that of many tensors.
    require(tuple != nullptr && tuple->items.size() <= kMostDimensions,
            "{}: its shape or strides are no tuple of up to {} numbers", where, kMostDimensions);
    std::vector<std::int64_t> numbers;
    for (const Index item : tuple->items) numbers.push_back(integer_at(pickle_, item, where));
    return numbers;
  }

  NamedArray read_tensor(std::string_view name, Index index, const Storages& storages) const {
    const std::string where = what_ + ": '" + shown(name) + "'";
    if (is_parameter(index)) index = arguments(where, index, 1)[0];
    if (const TensorBeside* tensor = tensor_beside(index)) {
      NamedArray array{std::string(name), tensor->dtype, tensor->shape, tensor->strides, {}};
      array.bytes = array_bytes(where, tensor->storage, array.dtype, tensor->offset, array.shape, array.strides);
      return array;
    }
    require(is_rebuilt(index), "{}: is a parameter without a tensor", where);
    const auto& parts = arguments(where, index, 4);
    const auto* id = pickle_.get<Pickle::PersistentId>(parts[0]);
    require(id != nullptr, "{}: has no storage", where);
    const StorageView view = storage_view(*id);
    NamedArray array{std::string(name), view.storage.dtype, integers(where, parts[2]), integers(where, parts[3]), {}};
    array.bytes = array_bytes(where, bytes_of(where, view, storages), array.dtype, integer_at(pickle_, parts[1], where),
                              array.shape, array.strides);
    return array;
  }

  /// ('storage', torch.FloatStorage, key, location, elements), and in old files also None or (key, first, elements) of
  /// a part of it.
  StorageView storage_view(const Pickle::PersistentId& id) const {
    constexpr std::size_t kLongestKey = 100;
    const std::string where = what_ + ": a storage";
    const auto* parts = pickle_.get<Pickle::Tuple>(id.id);
    const bool is_storage = parts != nullptr && (parts->items.size() == 5 || parts->items.size() == 6) &&
                            text(parts->items[0]) == "storage";
    require(is_storage, "{}: refers to something outside it that is no storage of a tensor", what_);
    const auto& items = parts->items;
    const auto* type = pickle_.get<Pickle::Global>(items[1]);
    const auto dtype = type != nullptr ? dtype_of_storage(*type) : std::nullopt;
    require(dtype.has_value(), "{} is a '{}', which is not read", where,
            type != nullptr ? shown_name(*type) : "value without a class");
    const std::string_view key = text(items[2]);
    require(!key.empty() && key.size() <= kLongestKey, "{} has no key, or one longer than {} bytes", where,
            kLongestKey);
    const std::int64_t elements = integer_at(pickle_, items[4], where);
    require(elements >= 0, "{} has {} elements", where, elements);
    StorageView view{{key, *dtype, elements}, 0, elements};
    if (items.size() == 6 && pickle_.get<Pickle::None>(items[5]) == nullptr) {
      const auto* part = pickle_.get<Pickle::Tuple>(items[5]);
      require(part != nullptr && part->items.size() == 3, "{} is a part of another, but not said which", where);
      view.first = integer_at(pickle_, part->items[1], where);
      view.elements = integer_at(pickle_, part->items[2], where);
      require(view.first >= 0 && view.elements >= 0 && view.first <= elements && view.elements <= elements - view.first,
              "{} is a part of another that is not inside it", where);
    }
    return view;
  }

  std::string_view bytes_of(const std::string& where, const StorageView& view, const Storages& storages) const {
    const auto found = storages.find(view.storage.key);
    require(found != storages.end(), "{}: its storage '{}' is missing", where, shown(view.storage.key));
    const auto size = static_cast<std::size_t>(byte_size(view.storage.dtype));
    const std::string_view whole = found->second;
    require(whole.size() % size == 0 && whole.size() / size == static_cast<std::size_t>(view.storage.elements),
            "{}: its storage '{}' has {} bytes, expected {} elements of {}", where, shown(view.storage.key),
            whole.size(), view.storage.elements, size);
    return whole.substr(static_cast<std::size_t>(view.first) * size, static_cast<std::size_t>(view.elements) * size);
  }

  const Pickle& pickle_;
  const std::string& what_;
  const TensorsBeside* tensors_;
  mutable std::unordered_map<Index, Entries> pairs_;  // of pairs_given_to, by the list
};

/// Writes what Pickle's opcodes of protocol 2 say.
class PickleWriter {
 public:
  std::string bytes = "\x80\x02";

  void opcode(char code) { bytes += code; }
  void global(std::string_view module, std::string_view name) { bytes += fmt::format("c{}\n{}\n", module, name); }
  void text(std::string_view text) {
    opcode('X');
    raw(static_cast<std::uint32_t>(text.size()));
    bytes += text;
  }
  void integer(std::int64_t number) {
    if (number >= 0 && number <= std::numeric_limits<std::int32_t>::max()) {
      opcode('J');
      raw(static_cast<std::int32_t>(number));
    } else {
      bytes += "\x8a\x08";
      raw(number);
    }
  }
  void tuple(const std::vector<std::int64_t>& numbers) {
    opcode('(');
    for (const std::int64_t number : numbers) integer(number);
    opcode('t');
  }
  void empty_ordered_dict() {
    global("collections", "OrderedDict");
    bytes += ")R";
  }

 private:
  template <typename T>
  void raw(T number) {
    bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
};

}  // namespace

std::optional<Dtype> dtype_of_storage(const Pickle::Global& type) {
  const auto found = std::ranges::find(kStorageClasses, type.name, &StorageClass::name);
  const bool is_known = type.module == "torch" && found != kStorageClasses.end();
  return is_known ? std::optional(found->dtype) : std::nullopt;
}

std::int64_t integer_at(const Pickle& pickle, Pickle::Index index, const std::string& where) {
  const auto* number = pickle.get<std::int64_t>(index);
  require(number != nullptr, "{}: has something else where a whole number is due", where);
  return *number;
}

std::vector<StorageClaim> storage_claims(const Pickle& pickle, const std::string& what) {
  return StateDictReader(pickle, what).storage_claims();
}

std::vector<NamedArray> read_state_dict(const Pickle& pickle, const Storages& storages, const std::string& what) {
  return StateDictReader(pickle, what).read(storages);
}

std::vector<NamedArray> read_state_dict(const Pickle& pickle, const TensorsBeside& tensors, const std::string& what) {
  return StateDictReader(pickle, what, &tensors).read({});
}

void require_harmless(const Pickle& pickle, const std::string& what) {
  for (const Pickle::Value& value : pickle.values) {
    if (const auto* global = std::get_if<Pickle::Global>(&value)) {
      require(is_harmless(*global),
              "{}: names '{}', which could run code in Python and is no part of a state_dict; if you trust the file, "
              "load it in Python and save the state_dict alone",
              what, shown_name(*global));
    } else if (const auto* object = std::get_if<Pickle::Object>(&value)) {
      const auto* function = pickle.get<Pickle::Global>(object->function);
      require(function != nullptr,
              "{}: calls what is no function known by name; expected a state_dict or a training checkpoint", what);
      require(is_usual_call(pickle, *object, *function),
              "{}: calls '{}' as no checkpoint does, which could run code in Python; if you trust the file, load it in "
              "Python and save the state_dict alone",
              what, shown_name(*function));
    }
  }
}

std::string state_dict_pickle(const std::vector<NamedArray>& arrays) {
  PickleWriter pickle;
  pickle.empty_ordered_dict();
  pickle.opcode('(');
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const NamedArray& array = arrays[i];
    pickle.text(array.name);
    pickle.global("torch._utils", "_rebuild_tensor_v2");
    pickle.bytes += "((";
    pickle.text("storage");
    pickle.global("torch", std::ranges::find(kStorageClasses, array.dtype, &StorageClass::dtype)->name);
    pickle.text(std::to_string(i));
    pickle.text("cpu");
    pickle.integer(static_cast<std::int64_t>(array.bytes.size()) / byte_size(array.dtype));
    pickle.bytes += "tQ";
    pickle.integer(0);
    pickle.tuple(array.shape);
    pickle.tuple(array.strides);
    pickle.opcode('\x89');        // requires_grad=False
    pickle.empty_ordered_dict();  // no backward hooks
    pickle.bytes += "tR";
  }
  pickle.bytes += "u.";
  return std::move(pickle.bytes);
}

}  // namespace resnet
