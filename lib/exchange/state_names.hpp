// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "model/model_spec.hpp"

namespace resnet {

/// The names of a net's tensors, under which its parts can be found. They are torchvision's, and so ours.
using StateNames = std::set<std::string>;

/// A tensor that every net of the design has: what stands before its name in a file stands before all names.
std::string_view anchor_name(Design design);

/// The shortcuts of a net of this design, family and depth: which of its blocks have a projection.
Shortcut shortcut_by_names(const StateNames& names, const ModelSpec& spec);

/// The net whose blocks these are, as its name says it: a plain one has the names of one with option A, so which of the
/// two is to be said. Nothing if no net has such blocks.
std::optional<ModelSpec> net_by_names(const StateNames& names, Family family);

/// The classes of a net whose last layer's weight has this shape. One of another width than the net's says nothing, so
/// that no shape in a file alone makes a huge net: then the spec's own.
std::int64_t classes_of(const std::vector<std::int64_t>& last_weight, const ModelSpec& spec);

/// The stride that a net's bottlenecks have in a file that does not say it.
///
/// Differs  Ours say it. The files of others are of torchvision and those who follow it, with the stride on the 3x3;
///          the authors' own nets, which have it on the 1x1, need the flag.
BottleneckStride stride_of_others(const ModelSpec& spec);

}  // namespace resnet
