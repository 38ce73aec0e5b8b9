// SPDX-License-Identifier: MIT
#include "prepare/show_progress.hpp"

namespace resnet {

Progress show_on(ProgressLine& line) {
  return [&line](std::string_view what, std::uint64_t done, std::uint64_t total) {
    const std::string text = progress_text(what, done, total);
    total == 0 ? line.say(text) : line.update(text);
  };
}

}  // namespace resnet
