// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace resnet {

/// The instruction set that the kernels of this process run on: Highway's name of it, such as "AVX3" (its word for
/// AVX-512), "AVX2", "SSE4", "NEON" or "SCALAR".
std::string simd_target();

/// Whether the chosen instruction set multiplies bfloat16 in pairs and adds them up in float32: AVX-512 on a processor
/// with its BF16 part (AMD's Zen 4, Intel's Cooper Lake and Sapphire Rapids, and later ones).
bool simd_multiplies_bf16();

/// Whether the processor also multiplies whole matrices of bfloat16 (Intel's AMX, from Sapphire Rapids on), and Linux
/// lends this process the state for it, which the first call asks for.
///
/// oneDNN takes it, and of ours kernel/amx_gradient.hpp. Winograd's algorithm with the vectors' products is left out
/// there in bfloat16: with it a training step took 1.4 to 3 times as long as with oneDNN alone (ResNet-20, -56 and -18,
/// an Intel Xeon, one thread).
bool processor_has_amx();

/// What decides how numbers are rounded: `simd_target()`, whether it multiplies bfloat16, and whether it does so by
/// AMX: "AVX3", "AVX3+BF16", "AVX3+BF16+AMX".
std::string simd_description();

/// The instruction sets that the kernels were compiled for and that this machine has, best first.
std::vector<std::string> simd_targets();

/// Pins the kernels of this process to one of `simd_targets()`; until then they take the best.
///
/// Not while a kernel runs. Throws Error if the machine does not have it, or if the kernels were not compiled for it.
void use_simd_target(const std::string& name);

}  // namespace resnet
