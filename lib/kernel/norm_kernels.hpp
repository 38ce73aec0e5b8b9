// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/norm.hpp"

namespace resnet {

/// The kernels of kernel/norm.hpp as one instruction set has them; for norm.cpp alone.
template <typename T>
struct NormKernels {
  void (*statistics)(Chunk, const T*, float*, float*);
  void (*apply)(NormForm, const Chunk&, const T*, const T*, const float*, const float*, T*);
  void (*backward_sums)(NormForm, const Chunk&, const NormGradient<T>&, const NormCoefficients&, float*, float*);
  void (*backward_input)(NormForm, const Chunk&, const NormGradient<T>&, const NormCoefficients&, T*);
};

}  // namespace resnet
