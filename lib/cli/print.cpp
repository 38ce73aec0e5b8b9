// SPDX-License-Identifier: MIT
#include "cli/print.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/error.hpp"

namespace resnet {
namespace {

bool write_text(std::FILE* stream, std::string_view text) {
  return std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
}

}  // namespace

void print_text(std::string_view text) {
  const bool is_written = write_text(stdout, text);
  require(is_written || errno == EPIPE, "cannot write to standard output: {}", std::strerror(errno));
}

void tell_text(std::string_view text) noexcept { write_text(stderr, text); }

}  // namespace resnet
