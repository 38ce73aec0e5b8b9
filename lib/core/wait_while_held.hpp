// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <thread>

#include "core/error.hpp"
#include "core/file_lock.hpp"
#include "core/stop_request.hpp"

namespace resnet {

/// What `make` returns, which needs a lock: while another process holds that it is tried again, five times a second.
/// `on_wait` is told who holds it, once.
///
/// Throws Error if a stop is asked for meanwhile, and as `make` does.
template <typename Make, typename OnWait>
auto wait_while_held(const Make& make, const OnWait& on_wait) {
  for (bool told = false;; told = true) {
    try {
      return make();
    } catch (const LockHeld& error) {
      if (!told) on_wait(error.what());
      require(!stop_requested(), "stopped; {}", error.what());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

}  // namespace resnet
