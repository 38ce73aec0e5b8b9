// SPDX-License-Identifier: MIT
#include "batch/prefetch.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace resnet {

Prefetch::Prefetch(std::function<Batch(std::int64_t)> make, std::int64_t first_step, std::int64_t end_step,
                   std::int64_t threads)
    : make_(std::move(make)),
      end_(end_step),
      ahead_(2 * threads),
      next_to_take_(first_step),
      next_to_make_(first_step) {
  for (std::int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Prefetch::~Prefetch() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_closing_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Prefetch::work() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return is_closing_ || next_to_make_ < std::min(end_, next_to_take_ + ahead_); });
    if (is_closing_) return;
    const std::int64_t step = next_to_make_++;
    lock.unlock();
    Made made;
    try {
      made.batch = make_(step);
    } catch (...) {
      made.failure = std::current_exception();
    }
    lock.lock();
    made_.emplace(step, std::move(made));
    changed_.notify_all();
  }
}

Batch Prefetch::next() {
  require(next_to_take_ < end_, "the batch of step {} was asked for, the last is {}", next_to_take_, end_ - 1);
  if (threads_.empty()) return make_(next_to_take_++);
  std::unique_lock<std::mutex> lock(mutex_);
  changed_.wait(lock, [&] { return made_.count(next_to_take_) > 0; });
  const Made& made = made_.at(next_to_take_);
  if (made.failure) std::rethrow_exception(made.failure);
  Batch batch = std::move(made_.extract(next_to_take_++).mapped().batch);
  lock.unlock();
  changed_.notify_all();
  return batch;
}

}  // namespace resnet
