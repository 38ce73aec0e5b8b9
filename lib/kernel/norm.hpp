// SPDX-License-Identifier: MIT
#pragma once

#include "kernel/chunk.hpp"

namespace resnet {

/// What follows a normalisation in the same pass.
enum class NormForm { kNormOnly, kRelu, kAddRelu };

/// The kernels of batch normalisation: each handles one chunk of a map, so that a caller can share chunks among
/// threads.
///
/// T is float or Bf16. Maps are given from their beginning and may start at any address; all that is per column has one
/// float for each column of the chunk. What is not a number in the input is not a number in the output: ReLU lets NaN
/// pass, as LibTorch's does.

/// mean[j] = the mean of column j, and m2[j] = the sum of the squared distances from it.
template <typename T>
void norm_statistics(const Chunk& chunk, const T* x, float* mean, float* m2);

/// y = x * scale + shift; then, as the form says, the residual is added and what is not above zero becomes zero.
///
/// `residual` counts under kAddRelu alone.
template <typename T>
void norm_apply(NormForm form, const Chunk& chunk, const T* x, const T* residual, const float* scale,
                const float* shift, T* y);

/// The maps that a backward pass reads, and the one that it writes on the way.
template <typename T>
struct NormGradient {
  const T* x;         // the input of the forward pass
  const T* y;         // its output; kAddRelu alone reads it
  const T* dy;        // the gradient of y,
  const T* other_dy;  // and of y's second reader, or null if there is none
  T* dz;              // the gradient before ReLU: written under kAddRelu and if there are two gradients, null elsewhere
};

/// Per column, what both backward passes take. `mean` is for the first one alone, `slope` and `offset` for the second.
struct NormCoefficients {
  const float* mean;
  const float* scale;
  const float* shift;
  const float* slope;
  const float* offset;
};

/// First backward pass: sum[j] = the sum of dz over column j, product[j] = the sum of dz * (x - mean).
template <typename T>
void norm_backward_sums(NormForm form, const Chunk& chunk, const NormGradient<T>& maps,
                        const NormCoefficients& coefficients, float* sum, float* product);

/// Second backward pass: dx = dz * scale + x * slope + offset.
template <typename T>
void norm_backward_input(NormForm form, const Chunk& chunk, const NormGradient<T>& maps,
                         const NormCoefficients& coefficients, T* dx);

/// Adds up in double what norm_statistics gave for each chunk: the mean and the (biased) variance of each channel.
///
/// `parts` has, for each chunk of the map, `map.columns()` means and then as many m2.
void merge_norm_statistics(const ChunkedMap& map, const float* parts, double* mean, double* variance);

/// Adds up in double what norm_backward_sums gave for each chunk, per channel; `parts` is laid out in the same way.
void merge_norm_sums(const ChunkedMap& map, const float* parts, double* sum, double* product);

}  // namespace resnet
