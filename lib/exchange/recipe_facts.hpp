// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "image/photo_view.hpp"
#include "tensor/precision.hpp"

namespace resnet {

// What the recipe.ini of a net says that whoever uses the net has to know: so it travels with the net wherever it goes.

/// What stands behind this key; nothing if it is not there.
std::optional<std::string> value_in(const std::string& ini, const std::string& key);

/// The sizes of a net for photographs. Nothing if it says none that can be read.
std::optional<PhotoSizes> photo_sizes_in(const std::string& ini);

/// The arithmetic that the net was trained and tested in. Nothing if it says none that can be read.
std::optional<Precision> precision_in(const std::string& ini);

}  // namespace resnet
