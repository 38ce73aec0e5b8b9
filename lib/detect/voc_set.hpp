// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "detect/annotated_set.hpp"

namespace resnet {

/// Reads annotations in PASCAL VOC's layout: folder/ImageSets/Main/<split>.txt names the images, one in a line, and
/// folder/Annotations/<image>.xml has the objects of each. The images themselves are not looked at.
///
/// The classes are those of the split's objects, sorted by name. Pixels are counted from 1 there, and the last one
/// belongs to the box: xmin = xmax = 1 is a box of width 1 with its left at 0.
///
/// Paper    Table 7.
/// Throws   Error, naming the file, if one is missing, is no such XML, names an image twice, or has a box that ends before
///          it begins.
AnnotatedSet read_voc_set(const std::filesystem::path& folder, const std::string& split);

}  // namespace resnet
