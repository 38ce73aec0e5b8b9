// SPDX-License-Identifier: MIT
#include "batch/epoch_order.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/seed.hpp"

namespace resnet {

EpochOrder::EpochOrder(std::int64_t images, std::uint64_t seed) : images_(images), seed_(seed) {
  require(images > 0, "the training set has no images");
}

EpochOrder::Order EpochOrder::order_of(std::int64_t epoch) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto known = std::find_if(orders_.begin(), orders_.end(), [&](const auto& e) { return e.first == epoch; });
  if (known != orders_.end()) return known->second;
  const auto seed = derive_seed(seed_, "order", static_cast<std::uint64_t>(epoch));
  auto order = std::make_shared<const std::vector<std::int64_t>>(random_permutation(images_, seed));
  if (orders_.size() >= 2) orders_.erase(orders_.begin());
  orders_.emplace_back(epoch, order);
  return order;
}

std::int64_t EpochOrder::image(std::int64_t k) const {
  return (*order_of(k / images_))[static_cast<std::size_t>(k % images_)];
}

}  // namespace resnet
