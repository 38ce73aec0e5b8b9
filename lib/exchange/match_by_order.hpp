// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <vector>

#include "exchange/safetensors.hpp"
#include "format/array.hpp"

namespace resnet {

/// Whether this tensor of a state_dict counts the batches that a BN layer has seen; files from before PyTorch 0.4.1
/// have none.
bool is_batch_count(const std::string& name);

/// The arrays of a file under our names for them, whatever its own names are, if one by one they have the shapes of a
/// net's tensors, `state` in the order of Python's state_dict, and the same last words: weight, bias, running_mean and
/// so on, without which a file sorted by name would give a BN layer's bias for its weight. Batch counts may be missing.
///
/// Returns an empty map if they do not.
std::map<std::string, const NamedArray*> match_by_order(const std::vector<NamedArray>& arrays, const TensorFile& state);

}  // namespace resnet
