// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/grad_mode.h>

#include <string_view>

#include "core/error.hpp"

namespace resnet {

/// Refuses a backward pass that makes a graph of its own: the kernels' gradients would stand in it as constants.
inline void require_single_backward(std::string_view what) {
  require(!at::GradMode::is_enabled(),
          "{}: the gradient of the fast kernels cannot be differentiated again; choose --kernels eager", what);
}

}  // namespace resnet
