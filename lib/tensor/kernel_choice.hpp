// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace resnet {

/// Who computes: LibTorch's own operations alone, or our kernels where they fit.
enum class Kernels { kEager, kFast };

/// The choice of this process; kFast until it is set. In a trace it is kEager.
Kernels kernels();

/// Whether this thread's operations are being traced. A trace sees LibTorch's operations alone: of our kernels the room
/// that they make for their results, and not what they write there; of two_outputs not the second.
bool is_tracing();

/// Sets it for the whole process: once, at the start. A graph that was made under one choice keeps it in its backward
/// pass; one with recomputed blocks, which run again there, refuses another choice (model/recompute.hpp).
void set_kernels(Kernels choice);

/// "eager" or "fast". Throws Error with Fault::kUsage for another word.
Kernels parse_kernels(const std::string& text);
std::string kernels_name(Kernels choice);

}  // namespace resnet
