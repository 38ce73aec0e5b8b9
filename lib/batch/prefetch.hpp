// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace resnet {

/// How the things of a sequence are made, each in parts that several threads may make at once: a batch, one image each.
///
/// The calls for one thing are begin, then make for each of its parts in any order, then end. What a part becomes
/// depends on (index, part) alone, and so the number of threads changes nothing.
template <typename T>
struct InParts {
  std::function<T(std::int64_t index)> begin;             ///< Room for it.
  std::function<std::int64_t(std::int64_t index)> parts;  ///< How many.
  std::function<void(T& thing, std::int64_t index, std::int64_t part)> make;
  std::function<void(T& thing, std::int64_t index)> end;  ///< After the last part; may be empty.

  /// How many may wait to be taken, at most: so many as memory has room for.
  std::int64_t most_ahead = 16;
};

/// Things that are made in one go.
template <typename T>
InParts<T> in_one_part(std::function<T(std::int64_t index)> make) {
  return {[](std::int64_t) { return T{}; },
          [](std::int64_t) { return std::int64_t{1}; },
          [make = std::move(make)](T& thing, std::int64_t index, std::int64_t) { thing = make(index); },
          {}};
}

/// One of the things, by the calling thread alone.
template <typename T>
T make_now(const InParts<T>& how, std::int64_t index) {
  T thing = how.begin(index);
  for (std::int64_t part = 0, parts = how.parts(index); part < parts; ++part) how.make(thing, index, part);
  if (how.end) how.end(thing, index);
  return thing;
}

/// Makes things, such as the batches of consecutive steps, ahead of their use; the number of threads changes none.
///
/// With 0 threads each is made when it is asked for. With more, the threads make the parts of the next one together,
/// and go on with the one after it; at most twice as many as there are threads, and at most `most_ahead`, are begun and
/// not taken.
template <typename T>
class Prefetch {
 public:
  /// Serves the indices `first` up to but not including `end`. Throws Error if so many threads cannot be started.
  Prefetch(InParts<T> how, std::int64_t first, std::int64_t end, std::int64_t threads)
      : how_(std::move(how)),
        end_(end),
        ahead_(std::min(2 * threads, how_.most_ahead)),
        next_to_take_(first),
        next_to_begin_(first) {
    try {
      for (std::int64_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
    } catch (const std::exception& error) {  // of the system, or for want of memory
      close();
      fail("only {} of {} loader threads can be started ({}); ask for fewer", threads_.size(), threads, error.what());
    }
  }

  Prefetch(std::function<T(std::int64_t index)> make, std::int64_t first, std::int64_t end, std::int64_t threads)
      : Prefetch(in_one_part<T>(std::move(make)), first, end, threads) {}

  ~Prefetch() { close(); }

  Prefetch(const Prefetch&) = delete;
  Prefetch& operator=(const Prefetch&) = delete;

  /// The next one. Throws what making it threw (of several parts, the first one's), each time anew, and Error past the
  /// last.
  T next() {
    require(next_to_take_ < end_, "batch {} was asked for, the last is {}", next_to_take_, end_ - 1);
    if (threads_.empty()) {
      T thing = make_now(how_, next_to_take_);
      ++next_to_take_;  // not before: what could not be made is asked for once more
      return thing;
    }
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [&] { return begun_.count(next_to_take_) > 0 && begun_.at(next_to_take_).is_ready; });
    const Begun& ready = begun_.at(next_to_take_);
    if (ready.failure) std::rethrow_exception(ready.failure);
    T thing = std::move(begun_.extract(next_to_take_++).mapped().thing);
    lock.unlock();
    changed_.notify_all();
    return thing;
  }

 private:
  struct Begun {
    T thing{};
    std::int64_t parts = 0;      // 0 until there is room for them
    std::int64_t next_part = 0;  // the first that no thread has taken
    std::int64_t parts_left = 0;
    bool is_ready = false;
    std::exception_ptr failure;
    std::int64_t failed_part = 0;
  };

  void close() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      is_closing_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      auto open = begun_.end();
      changed_.wait(lock, [&] {
        open = std::find_if(begun_.begin(), begun_.end(),
                            [](const auto& entry) { return entry.second.next_part < entry.second.parts; });
        return is_closing_ || open != begun_.end() || may_begin();
      });
      if (is_closing_) return;
      if (open != begun_.end()) {
        make_part(open->first, open->second, lock);
      } else {
        begin(lock);
      }
    }
  }

  bool may_begin() const { return next_to_begin_ < std::min(end_, next_to_take_ + ahead_); }

  // The references to an entry stay valid while other threads add and take others: nobody takes it before it is ready.

  void begin(std::unique_lock<std::mutex>& lock) {
    const std::int64_t index = next_to_begin_++;
    Begun& begun = begun_[index];
    std::int64_t parts = 0;
    without(lock, begun, -1, [&] {
      begun.thing = how_.begin(index);
      parts = how_.parts(index);
    });
    if (!begun.failure) begun.parts = begun.parts_left = parts;
    if (begun.parts_left == 0) finish(index, begun, lock);
    changed_.notify_all();
  }

  void make_part(std::int64_t index, Begun& begun, std::unique_lock<std::mutex>& lock) {
    const std::int64_t part = begun.next_part++;
    without(lock, begun, part, [&] { how_.make(begun.thing, index, part); });
    if (--begun.parts_left == 0) finish(index, begun, lock);
  }

  void finish(std::int64_t index, Begun& begun, std::unique_lock<std::mutex>& lock) {
    if (!begun.failure && how_.end) without(lock, begun, begun.parts, [&] { how_.end(begun.thing, index); });
    begun.is_ready = true;
    changed_.notify_all();
  }

  /// Runs the body without the lock, and keeps what it throws unless an earlier part has thrown.
  template <typename Body>
  static void without(std::unique_lock<std::mutex>& lock, Begun& begun, std::int64_t part, const Body& body) {
    lock.unlock();
    std::exception_ptr failure;
    try {
      body();
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    if (!failure || (begun.failure && begun.failed_part < part)) return;
    begun.failure = failure;
    begun.failed_part = part;
  }

  InParts<T> how_;
  std::int64_t end_;
  std::int64_t ahead_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::int64_t next_to_take_;
  std::int64_t next_to_begin_;
  bool is_closing_ = false;
  std::map<std::int64_t, Begun> begun_;
  std::vector<std::thread> threads_;
};

template <typename Make>
Prefetch(Make, std::int64_t, std::int64_t, std::int64_t) -> Prefetch<std::invoke_result_t<Make, std::int64_t>>;

template <typename T>
Prefetch(InParts<T>, std::int64_t, std::int64_t, std::int64_t) -> Prefetch<T>;

}  // namespace resnet
