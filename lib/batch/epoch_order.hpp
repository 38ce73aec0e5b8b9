// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace resnet {

/// The order in which a training run sees its images: a new permutation in each epoch, a function of (seed, epoch).
///
/// Differs  The paper does not say in which order the images come; the authors' notes say that data is reshuffled in
///          every epoch.
/// Throws   Error if there are no images.
class EpochOrder {
 public:
  EpochOrder(std::int64_t images, std::uint64_t seed);

  /// Which image is the k-th of the run, counted from 0: position k mod N of the permutation of epoch k div N. May be
  /// called by several threads at once.
  std::int64_t image(std::int64_t k) const;

 private:
  using Order = std::shared_ptr<const std::vector<std::int64_t>>;
  Order order_of(std::int64_t epoch) const;

  std::int64_t images_;
  std::uint64_t seed_;
  mutable std::mutex mutex_;
  mutable std::vector<std::pair<std::int64_t, Order>> orders_;  // of the epochs in use: two at a time
};

}  // namespace resnet
