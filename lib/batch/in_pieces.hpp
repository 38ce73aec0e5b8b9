// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "batch/batch_stream.hpp"
#include "batch/photo_stream.hpp"
#include "batch/prefetch.hpp"

namespace resnet {

/// The training batches of a run in pieces (micro-batches), of which a net sees one at a time: what the training loop
/// asks for, whatever the images are.
///
/// Piece p of step s has the index s * pieces + p:
///
///     const BatchInPieces batches = in_pieces(stream, recipe.micro_batch);
///     Prefetch pieces(batches.making, first_step * batches.pieces, end_step * batches.pieces, threads);
///     for (std::int64_t piece = 0; piece < batches.pieces; ++piece) {
///       const Batch batch = pieces.next();
///       const double weight = double(batch.labels.size(0)) / double(batches.batch);
///
/// Paper    Section 3.4, batches of 256, of which the authors' BN saw 32 images each on 8 GPUs.
struct BatchInPieces {
  std::int64_t batch = 0;   ///< Images of a step.
  std::int64_t pieces = 1;  ///< Of each step. Together they are its batch: a piece more or less changes no image.
  InParts<Batch> making;    ///< By the index of a piece.
};

/// The pieces of each step are as equal as can be, none larger than `most`: 100 images of at most 32 make 4 times 25.
///
/// The stream must outlive the result. Throws Error if `most` is below 1.
BatchInPieces in_pieces(const BatchStream& stream, std::int64_t most);

/// A file that cannot be read makes a piece smaller, if the stream skips such files, and perhaps empty; its sentence is
/// in `left_out`.
BatchInPieces in_pieces(const PhotoStream& stream, std::int64_t most);

}  // namespace resnet
