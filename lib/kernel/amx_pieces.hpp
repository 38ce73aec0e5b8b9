// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

#include "kernel/convolution.hpp"

namespace resnet {

inline constexpr std::int64_t kAmxPanel = 16;                    // channels that a tile takes
inline constexpr std::int64_t kAmxSums = kAmxPanel * kAmxPanel;  // floats that it sums up

/// Into what the sums of kernel/amx_gradient.hpp fall: chunks of pixels, a power of two, which threads can share evenly,
/// and of so many each that adding up the sums costs little; and in wide layers parts of the output channels.
///
/// The sums are [chunk][part][tap][16 output channels of the part][16 input channels][out][in].
struct AmxPieces {
  std::int64_t chunks;
  std::int64_t parts;
  std::int64_t part_out;   ///< channels of a part
  std::int64_t part_sums;  ///< floats
};

inline AmxPieces amx_pieces_of(const ConvolutionShape& shape) {
  constexpr std::int64_t kPart = 64;
  constexpr std::int64_t kLeastPixels = 1024;
  constexpr std::int64_t kMost = 32;  // of both together, as far as chunks can see to it
  AmxPieces pieces{};
  pieces.parts = shape.out % kPart == 0 ? shape.out / kPart : 1;
  pieces.part_out = shape.out / pieces.parts;
  pieces.part_sums = kTaps * pieces.part_out * shape.in;
  const std::int64_t chunks = std::min(shape.images * shape.height * shape.width / kLeastPixels, kMost / pieces.parts);
  pieces.chunks =
      static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(std::max<std::int64_t>(1, chunks))));
  return pieces;
}

}  // namespace resnet
