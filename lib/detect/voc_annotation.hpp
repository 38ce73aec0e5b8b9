// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "detect/box.hpp"

namespace resnet {

/// One object of an annotation in PASCAL VOC's form.
struct VocObject {
  std::string name;  ///< of its class
  Box box;
  bool is_difficult = false;
};

/// The objects of one image, from the XML of its annotation.
///
/// Pixels are counted from 1 there, and the last one belongs to the box: xmin = xmax = 1 is a box of width 1 with its
/// left at 0.
///
/// Throws   Error, naming `where` and the object, for what is no such XML, an object without <name> or <bndbox>, a name
///          that check_name refuses, a <difficult> other than 0 and 1, a coordinate that is no number from -1e6 to 1e6,
///          a box that ends before it begins, and more than 10,000 objects.
std::vector<VocObject> parse_voc_annotation(std::string_view xml, const std::string& where);

/// A box as VOC's files give it, from its first pixel to its last one.
///
/// Throws   Error, naming `where`, if it ends before it begins.
/// Differs  VOC's development kit takes such a box, which overlaps nothing, or worse.
Box voc_box(double left, double top, double right, double bottom, const std::string& where);

}  // namespace resnet
