// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "core/stopwatch.hpp"

namespace resnet {

/// One line on standard error that tells how far the work is.
///
/// On a terminal it is redrawn in place, at most ten times a second, and cut to the terminal's width, as a line that
/// wraps could not be redrawn; elsewhere it becomes a plain line every 10 s, so that a log stays short. Control
/// characters of a text, which may have it from a file, are shown as '?'.
class ProgressLine {
 public:
  ProgressLine();

  /// Ends the line that stands, if any.
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  /// Shows the text if it is time to.
  void update(const std::string& text);

  /// Whether `update` would show a text now: for callers to whom the text itself costs something.
  bool due() const;

  /// Shows the text as a line that stays: a remark, or the last state of the work.
  void say(const std::string& text);

 private:
  bool terminal_;
  bool drawn_ = false;
  bool first_ = true;
  Stopwatch since_last_;
};

/// "2 h 05 min", "3 min 20 s" or "12 s"; "unknown time" for what is not finite or beyond all time.
std::string human_duration(double seconds);

}  // namespace resnet
