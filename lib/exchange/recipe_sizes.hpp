// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "image/photo_view.hpp"

namespace resnet {

/// The sizes that the recipe.ini of a net for photographs says: so they travel with the net wherever it goes. Nothing if
/// it says none that can be read.
std::optional<PhotoSizes> photo_sizes_in(const std::string& ini);

}  // namespace resnet
