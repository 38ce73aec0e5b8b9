// SPDX-License-Identifier: MIT
#include "cli/progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cmath>

#include "cli/print.hpp"
#include "core/error.hpp"
#include "core/shown.hpp"
#include "record/markdown_table.hpp"

namespace resnet {
namespace {

constexpr const char* kEraseLine = "\r\033[K";

std::size_t terminal_columns() {
  winsize size{};
  const bool is_known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

// The first characters of UTF-8 text.
std::string cut_to(std::size_t characters, const std::string& text) {
  std::size_t end = text.size();
  while (text_width(std::string_view(text).substr(0, end)) > characters) --end;
  return text.substr(0, end);
}

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
    tell_text(kEraseLine + cut_to(terminal_columns(), for_terminal(text)));
    drawn_ = true;
  } else {
    tell_text(for_terminal(text) + "\n");
  }
}

void ProgressLine::say(const std::string& text) {
  tell_text((drawn_ ? kEraseLine : "") + for_terminal(text) + "\n");
  drawn_ = false;
}

std::string human_duration(double seconds) {
  constexpr double kBeyondAllTime = 1e15;
  if (!(std::abs(seconds) < kBeyondAllTime)) return "unknown time";
  const auto whole = std::llround(seconds);
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

}  // namespace resnet
