// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "kernel/bf16.hpp"
#include "kernel/convolution.hpp"

namespace resnet {

/// The gradient of the weights of a 3x3 convolution of stride 1 and padding 1 with maps of bfloat16, summed up directly
/// by Intel's AMX: products of a 16x32 matrix of bfloat16 with a 32x16 one, added to 16x16 sums in float32.
///
/// The matrices are 16 channels of dy at 32 pixels, and those pixels, moved by a tap, in 16 channels of x. The second
/// one lies in memory as pairs of pixels: x is laid out so twice, from the even and from the odd pixels on, with zeros
/// beside each row, and serves all nine taps as it is. dy is transposed.
///
/// Products and sums are float32; what is below the smallest normal number counts as zero.
///
/// Paper    Not this one. Instructions: Intel 64 and IA-32 Architectures Software Developer's Manual, TDPBF16PS.
/// Shapes   As ConvolutionShape says.
/// Differs  A NaN or an infinity in x or dy makes NaN also of gradients that it does not belong to: of its channel, at
///          taps by which it only meets the zeros beside the other map. LibTorch leaves those finite.

/// Whether it is expected to beat oneDNN's: a rule, never a measurement. The sums below need processor_has_amx() and
/// simd_multiplies_bf16().
///
/// Maps of 4x4 to 16x16 pixels, or of any size from 4x4 on between 16 and 16 channels; 256 pixels and more in all. In
/// larger maps of more channels oneDNN is as fast or faster (docs/speed.md).
bool amx_gradient_pays(const ConvolutionShape& shape);

/// Into how many independent pieces the sums fall, and how many floats they are: by the shape alone, so that the result
/// is the same whatever the number of threads.
std::int64_t amx_gradient_pieces(const ConvolutionShape& shape);
std::int64_t amx_gradient_size(const ConvolutionShape& shape);

/// Writes the pieces [first, last) of `sums`, which begin with piece 0.
void amx_gradient_sums(const ConvolutionShape& shape, const Bf16* x, const Bf16* dy, float* sums, std::int64_t first,
                       std::int64_t last);

/// Adds up all the sums, in their order, into the gradient `dw` of the input channels [first, last), multiples of 16.
void amx_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                         std::int64_t first, std::int64_t last);

}  // namespace resnet
