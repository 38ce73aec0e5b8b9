// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "batch/batch_stream.hpp"

namespace resnet {

/// Makes the batches of consecutive steps ahead of their use; the number of threads changes no batch.
///
/// With 0 threads each batch is made when it is asked for. With more, several threads may make batches at once.
class Prefetch {
 public:
  /// Serves the steps `first_step` up to but not including `end_step`.
  Prefetch(std::function<Batch(std::int64_t step)> make, std::int64_t first_step, std::int64_t end_step,
           std::int64_t threads);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// The batch of the next step. Throws what making it threw, each time anew, and Error past the last step.
  Batch next();

 private:
  /// What came of a step.
  struct Made {
    Batch batch;
    std::exception_ptr failure;
  };

  void work();

  std::function<Batch(std::int64_t)> make_;
  std::int64_t end_;
  std::int64_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t next_to_take_;
  std::int64_t next_to_make_;
  bool is_closing_ = false;
  std::map<std::int64_t, Made> made_;
  std::vector<std::thread> threads_;
};

}  // namespace resnet
