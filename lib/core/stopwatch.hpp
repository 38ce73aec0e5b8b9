// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace resnet {

/// Seconds of a steady clock since construction or restart.
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void restart() { start_ = Clock::now(); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point start_ = Clock::now();
};

}  // namespace resnet
