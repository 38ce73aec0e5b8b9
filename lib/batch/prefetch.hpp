// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "batch/batch_stream.hpp"

namespace resnet {

/// Makes the batches of consecutive steps ahead of their use; the number of threads changes no batch.
///
/// With 0 threads each batch is made when it is asked for.
class Prefetch {
 public:
  /// Serves the steps `first_step` up to but not including `end_step` of a stream that outlives it.
  Prefetch(const BatchStream& stream, std::int64_t first_step, std::int64_t end_step, std::int64_t threads);
  ~Prefetch();
  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// The batch of the next step. Throws what making it threw, and Error past the last step.
  Batch next();

 private:
  void work();

  const BatchStream& stream_;
  std::int64_t end_;
  std::int64_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t next_to_take_;
  std::int64_t next_to_make_;
  bool is_closing_ = false;
  std::exception_ptr failure_;
  std::map<std::int64_t, Batch> made_;
  std::vector<std::thread> threads_;
};

}  // namespace resnet
