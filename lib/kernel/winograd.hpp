// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/convolution.hpp"

namespace resnet {

/// A 3x3 convolution of stride 1 and padding 1 with maps of float32 or bfloat16, computed as Winograd's F(2x2, 3x3).
///
/// A tile of 2x2 outputs needs 16 products for each pair of channels in place of 36: the 4x4 inputs below it and the
/// 3x3 weights are transformed by sums and differences, multiplied position by position, and the 16 sums over the input
/// channels are transformed back. The gradient of the weights goes the same way, summed over tiles.
///
/// Maps are of T, float or Bf16; the weights and their gradient are float32 in either. In bfloat16 the transformed
/// tiles and weights are rounded once to bfloat16, the weights from float32 (rounding them before would round twice);
/// products, sums and the transforms themselves are float32, and y is rounded when it is written. What is below the
/// smallest normal number counts as zero there. Only where simd_multiplies_bf16().
///
/// Paper    Not this one: A. Lavin and S. Gray, "Fast Algorithms for Convolutional Neural Networks", 2015, Section 4.1.
/// Shapes   As ConvolutionShape says.
/// Differs  The last of the four rows and columns has the other sign in the input's transform and in the output's,
///          which saves negations. Larger tiles, F(4x4, 3x3), would save more; simulated in float32 they are off by
///          0.8e-6 (16 channels), 1.1e-6 (32) and 1.5e-6 (64) of the output's norm, where F(2x2, 3x3) is off by 1.4e-7
///          to 2.4e-7: from 32 channels on beyond the 1e-6 that we hold to. In bfloat16 rounding tiles and weights costs
///          about 1.8 times the error of a direct convolution, which rounds weights and outputs alone (by norm: 0.0043
///          of the output against 0.0024 on noise).

/// Whether the functions below are expected to beat oneDNN's direct convolution: a rule, never a measurement.
///
/// Vectors of 8 floats or more, and for Bf16 simd_multiplies_bf16() without processor_has_amx(); maps of 4x4 or more,
/// and 64 tiles or more, or the transforms cost more than they save; in * out at most 512 * 512, or the transformed
/// weights no longer stay in a cache.
template <typename T>
bool winograd_pays(const ConvolutionShape& shape);

/// How many numbers `winograd_transform_weights` needs room for on this instruction set, of any T.
std::int64_t winograd_weights_size(const ConvolutionShape& shape);

/// Makes of `weights` what `winograd_convolve` multiplies with on this instruction set: what belongs to the output
/// channels [first, last), which are multiples of 16. `transformed` is aligned to 4 bytes.
///
/// The gradient of x is the convolution of dy with the mirrored weights, `in` and `out` exchanged: for that, pass the
/// address of the last tap, negative strides of row and column, and the strides of `in` and `out` exchanged.
template <typename T>
void winograd_transform_weights(const ConvolutionShape& shape, const float* weights, const WeightStrides& strides,
                                T* transformed, std::int64_t first, std::int64_t last);

/// What is done to each output before it is written.
template <typename T>
struct WinogradFinish {
  const float* shift = nullptr;  ///< Added, one number per output channel; null: nothing is done at all.
  const T* residual = nullptr;   ///< Then added, a map like y, or null.
  bool has_relu = false;         ///< Then what is below zero becomes zero, and NaN stays.
};

/// Into how many independent pieces the output falls.
std::int64_t winograd_blocks(const ConvolutionShape& shape);

/// Writes the blocks [first, last) of y. A block's numbers do not depend on how the blocks are spread over calls.
template <typename T>
void winograd_convolve(const ConvolutionShape& shape, const T* x, const T* transformed, const WinogradFinish<T>& finish,
                       T* y, std::int64_t first, std::int64_t last);

/// Into how many independent pieces the sums of the weights' gradient fall, and how many floats they are: by the shape
/// alone, so that the result is the same whatever the number of threads.
std::int64_t winograd_gradient_pieces(const ConvolutionShape& shape);
std::int64_t winograd_gradient_size(const ConvolutionShape& shape);

/// Writes the pieces [first, last) of `sums`, which begin with piece 0.
template <typename T>
void winograd_gradient_sums(const ConvolutionShape& shape, const T* x, const T* dy, float* sums, std::int64_t first,
                            std::int64_t last);

/// Adds up all the sums, in their order, into the gradient `dw` of the input channels [first, last).
void winograd_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                              std::int64_t first, std::int64_t last);

}  // namespace resnet
