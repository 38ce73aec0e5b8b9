// SPDX-License-Identifier: MIT
#pragma once

namespace resnet {

/// Who computes: LibTorch's own operations alone, or our kernels where they fit.
enum class Kernels { kEager, kFast };

/// The choice of this process; kFast until it is set.
Kernels kernels();

/// Sets it for the whole process: once, at the start. A graph that was made under one choice keeps it in its backward
/// pass.
void set_kernels(Kernels choice);

}  // namespace resnet
