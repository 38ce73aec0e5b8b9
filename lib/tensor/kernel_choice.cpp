// SPDX-License-Identifier: MIT
#include "tensor/kernel_choice.hpp"

#include <atomic>

#include "core/error.hpp"

namespace resnet {
namespace {

std::atomic<Kernels> chosen = Kernels::kFast;

}  // namespace

Kernels kernels() { return chosen; }

void set_kernels(Kernels choice) { chosen = choice; }

Kernels parse_kernels(const std::string& text) {
  require_usage(text == "eager" || text == "fast", "'{}' is unknown; expected eager or fast", text);
  return text == "eager" ? Kernels::kEager : Kernels::kFast;
}

std::string kernels_name(Kernels choice) { return choice == Kernels::kEager ? "eager" : "fast"; }

}  // namespace resnet
