// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.hpp"
#include "tensor/runtime.hpp"

namespace resnet {

/// The flags of every program that computes: `--threads`, `--device`, `--kernels` and `--memory`.
void add_runtime_flags(Options& options);

/// Sets the process up as they say. Throws Error as set_up_runtime.
Runtime runtime_from(const Options& options);

}  // namespace resnet
