// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/array.hpp"
#include "format/pickle.hpp"

namespace resnet {

/// The raw numbers that lie beside a pickle of torch.save, by their keys.
using Storages = std::map<std::string, std::string_view, std::less<>>;

/// A tensor that lies beside the pickle as a whole, as in torch.save's first form.
struct TensorBeside {
  Dtype dtype;
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
  std::int64_t offset;  ///< In elements.
  std::string_view storage;
};

/// By the names that the pickle has for them.
using TensorsBeside = std::map<std::string, TensorBeside, std::less<>>;

/// The kind of numbers in a storage of this class; nothing if it is none that is read.
std::optional<Dtype> dtype_of_storage(const Pickle::Global& type);

/// The numbers in a storage, as the pickle says: its key, their kind and count.
struct StorageClaim {
  std::string_view key;
  Dtype dtype;
  std::int64_t elements;
};

/// The whole number that stands there in the pickle. Throws Error, which begins with `where`, if it is something else.
std::int64_t integer_at(const Pickle& pickle, Pickle::Index index, const std::string& where);

/// Every storage that the pickle names, in its order; one may be named many times.
///
/// Throws   Error, which begins with `what`, if a thing outside the pickle is no storage of a known kind; for a whole
///          pickled Module.
std::vector<StorageClaim> storage_claims(const Pickle& pickle, const std::string& what);

/// The named tensors of what torch.save wrote: a state_dict, or the one inside a training checkpoint.
///
/// The state_dict is the outermost dict that holds tensors, unless a dict stands under a name that says it is one:
/// state_dict, model_state_dict, model_state, model, net, network or weights, which wins; of several the first that
/// leads to tensors. Where several other dicts hold tensors, as the state of optimizers does, the choice is left to the
/// user. What else stands in the dict is no weight and is left out.
///
/// A pickle that names any class or function but those of a fixed list is refused by that name. On the list are tensors
/// and what harmlessly lies beside them in checkpoints: Python's containers, argparse.Namespace, numpy's scalars and
/// arrays, paths and dates. Nothing of all that is ever called here; the rule is for whoever goes on to give the file
/// to Python, where another name could run anything.
///
/// Throws   Error, which begins with `what`, for a name that is not on the list; for a whole pickled Module; if no dict
///          holds tensors, or several do; if two tensors have one name; or if a tensor does not lie in its storage.
std::vector<NamedArray> read_state_dict(const Pickle& pickle, const Storages& storages, const std::string& what);

/// The same of the first form, which may name nothing else that lies outside the pickle.
std::vector<NamedArray> read_state_dict(const Pickle& pickle, const TensorsBeside& tensors, const std::string& what);

/// Refuses a pickle that names any class or function but those of that list; calls what it does not name; or calls one
/// of them as no checkpoint does: makes a numpy.ndarray itself, a numpy.dtype of anything but numbers and texts in the
/// sizes that numpy writes, or by copyreg._reconstructor more than an empty object; or sets the state of what a
/// function returns that may return what it was given.
///
/// Throws   Error, which begins with `what`.
void require_harmless(const Pickle& pickle, const std::string& what);

/// The pickle of an OrderedDict of dense arrays, each in a storage of its own, whose key is its place: "0", "1" ...
///
/// Python's torch.load takes it with weights_only=True. Equal names, kinds and shapes give equal bytes.
std::string state_dict_pickle(const std::vector<NamedArray>& arrays);

}  // namespace resnet
