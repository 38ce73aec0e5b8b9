// SPDX-License-Identifier: MIT
#pragma once

namespace resnet {

/// An upright rectangle in an image.
///
/// Units    pixels, continuous: the first pixel reaches from 0 to 1, so a box around it alone has left 0 and width 1.
struct Box {
  double left = 0;
  double top = 0;
  double width = 0;
  double height = 0;

  double right() const { return left + width; }
  double bottom() const { return top + height; }
  double area() const { return width * height; }
};

/// The area that two boxes share.
double intersection(const Box& a, const Box& b);

/// Intersection over union, in [0, 1]: 0 for two boxes without an area.
///
/// Paper    what Tables 7 and 8 ask of a detection: mAP@.5 wants an overlap of 0.5 with the object.
double overlap(const Box& a, const Box& b);

}  // namespace resnet
