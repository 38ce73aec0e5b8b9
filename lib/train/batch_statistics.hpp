// SPDX-License-Identifier: MIT
#pragma once

#include <torch/types.h>

#include <cstdint>
#include <functional>

#include "batch/batch_stream.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// Gives every batch norm of the net the exact averages of mean and variance over so many batches, in place of those
/// that ran along while its weights were still changing. The weights stay.
///
/// `next` gives one batch after the other; one without images counts as none. `bn_batch` images are normalised
/// together, 0: all of a batch (see ModelSpec), and each such group counts once. Sums are in double. If `goes_on`,
/// which is told before each batch how many are done, returns false, the net stays as it was, and so does the result.
///
/// Paper    Not in it: the authors' notes on their nets say that batch norm's statistics were averages over many
///          batches after training.
/// Differs  They do not say how. Here each batch is seen in training mode, by the final weights; the variance is the
///          unbiased one of a group, as the running one is.
/// Throws   Error if no image came.
bool take_batch_statistics(Classifier& model, std::int64_t batches, const std::function<Batch()>& next,
                           std::int64_t bn_batch, torch::Device device,
                           const std::function<bool(std::int64_t done)>& goes_on);

}  // namespace resnet
