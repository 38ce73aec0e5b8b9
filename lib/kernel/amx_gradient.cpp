// SPDX-License-Identifier: MIT
#include "kernel/amx_gradient.hpp"

#include <algorithm>

#include "kernel/amx_pieces.hpp"
#include "kernel/simd.hpp"

namespace resnet {

bool amx_gradient_pays(const ConvolutionShape& shape) {
  const bool is_narrow = shape.in == kAmxPanel && shape.out == kAmxPanel;
  return shape.in % kAmxPanel == 0 && shape.out % kAmxPanel == 0 && shape.height >= 4 && shape.width >= 4 &&
         (shape.height * shape.width <= 16 * 16 || is_narrow) && shape.images * shape.height * shape.width >= 256 &&
         simd_multiplies_bf16() && processor_has_amx();
}

std::int64_t amx_gradient_pieces(const ConvolutionShape& shape) {
  const AmxPieces pieces = amx_pieces_of(shape);
  return pieces.chunks * pieces.parts;
}

std::int64_t amx_gradient_size(const ConvolutionShape& shape) {
  return amx_gradient_pieces(shape) * amx_pieces_of(shape).part_sums;
}

void amx_weight_gradient(const ConvolutionShape& shape, const float* sums, const WeightStrides& strides, float* dw,
                         std::int64_t first, std::int64_t last) {
  const AmxPieces pieces = amx_pieces_of(shape);
  const std::int64_t panels = pieces.part_out / kAmxPanel;
  for (std::int64_t out = 0; out < shape.out; out += kAmxPanel) {
    for (std::int64_t tap = 0; tap < kTaps; ++tap) {
      for (std::int64_t in = first; in < last; in += kAmxPanel) {
        const float* from =
            sums + out / pieces.part_out * pieces.part_sums +
            ((tap * panels + out / kAmxPanel % panels) * (shape.in / kAmxPanel) + in / kAmxPanel) * kAmxSums;
        float total[kAmxSums];
        std::copy_n(from, kAmxSums, total);
        for (std::int64_t chunk = 1; chunk < pieces.chunks; ++chunk) {
          from += pieces.parts * pieces.part_sums;
          for (std::int64_t i = 0; i < kAmxSums; ++i) total[i] += from[i];
        }
        float* const to = dw + out * strides.out + in * strides.in + tap / 3 * strides.row + tap % 3 * strides.column;
        for (std::int64_t i = 0; i < kAmxPanel; ++i) {
          for (std::int64_t j = 0; j < kAmxPanel; ++j) to[i * strides.out + j * strides.in] = total[i * kAmxPanel + j];
        }
      }
    }
  }
}

}  // namespace resnet
