// SPDX-License-Identifier: MIT
#include "batch/in_pieces.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace resnet {
namespace {

std::int64_t pieces_of(std::int64_t batch, std::int64_t most) {
  require(most > 0, "a micro-batch of {} images, expected at least 1", most);
  return (batch + most - 1) / most;
}

/// The images of one piece, counted within its step.
struct Piece {
  std::int64_t step = 0;
  std::int64_t first = 0;
  std::int64_t count = 0;
};

/// Which images of a batch are in the piece of this index.
Piece piece_of(std::int64_t index, std::int64_t batch, std::int64_t pieces) {
  const std::int64_t piece = index % pieces;
  const std::int64_t first = piece * batch / pieces;
  return {index / pieces, first, (piece + 1) * batch / pieces - first};
}

}  // namespace

BatchInPieces in_pieces(const BatchStream& stream, std::int64_t most) {
  const std::int64_t pieces = pieces_of(stream.batch(), most);
  return {stream.batch(), pieces, in_one_part<Batch>([&stream, pieces](std::int64_t index) {
            const Piece piece = piece_of(index, stream.batch(), pieces);
            return stream.at(piece.step, piece.first, piece.count);
          })};
}

BatchInPieces in_pieces(const PhotoStream& stream, std::int64_t most) {
  const std::int64_t pieces = pieces_of(stream.batch(), most);
  const auto piece = [&stream, pieces](std::int64_t index) { return piece_of(index, stream.batch(), pieces); };
  return {
      stream.batch(),
      pieces,
      {.begin = [&stream, piece](std::int64_t index) { return stream.room_for(piece(index).count); },
       .parts = [piece](std::int64_t index) { return piece(index).count; },
       .make = [&stream, piece](Batch& batch, std::int64_t index,
                                std::int64_t i) { stream.show(batch, piece(index).step, piece(index).first + i, i); },
       .end = [](Batch& batch, std::int64_t) { drop_left_out(batch); },
       // A photograph is 600 kB here: as many as the paper's batch, or four pieces, lest the threads wait for each
       // other.
       .most_ahead = std::max<std::int64_t>(4, 256 / most)}};
}

}  // namespace resnet
