// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

namespace resnet {

/// What is to be learnt of one image, as the net sees it.
///
/// Shapes   boxes [G, 4] as in box_tensor.hpp, each with an area; labels int64 [G], from 1 on, as 0 is the background;
///          crowds [C, 4], in which objects are that nobody has marked one by one.
struct ObjectsInView {
  at::Tensor boxes;
  at::Tensor labels;
  at::Tensor crowds;
};

}  // namespace resnet
