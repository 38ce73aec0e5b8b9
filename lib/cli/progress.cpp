// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <unistd.h>

#include <cmath>

#include "cli/print.hpp"

namespace resnet {
namespace {

constexpr const char* kEraseLine = "\r\033[K";

}  // namespace

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (drawn_) tell_text("\n");
}

bool ProgressLine::due() const { return first_ || since_last_.seconds() >= (terminal_ ? 0.1 : 10.0); }

void ProgressLine::update(const std::string& text) {
  if (!due()) return;
  first_ = false;
  since_last_.restart();
  if (terminal_) {
    tell_text(kEraseLine + text);
    drawn_ = true;
  } else {
    tell_text(text + "\n");
  }
}

void ProgressLine::say(const std::string& text) {
  tell_text((drawn_ ? kEraseLine : "") + text + "\n");
  drawn_ = false;
}

std::string human_duration(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

}  // namespace resnet
