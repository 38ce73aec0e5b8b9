// SPDX-License-Identifier: MIT
#include "tensor/kernel_choice.hpp"

#include <ATen/TracerMode.h>

#include <atomic>

#include "core/error.hpp"

namespace resnet {
namespace {

std::atomic<Kernels> chosen = Kernels::kFast;

}  // namespace

Kernels kernels() { return is_tracing() ? Kernels::kEager : chosen.load(); }

bool is_tracing() { return at::tracer::impl::is_dispatch_enabled(); }

void set_kernels(Kernels choice) { chosen = choice; }

Kernels parse_kernels(const std::string& text) {
  require_usage(text == "eager" || text == "fast", "'{}' is unknown; expected eager or fast", text);
  return text == "eager" ? Kernels::kEager : Kernels::kFast;
}

std::string kernels_name(Kernels choice) { return choice == Kernels::kEager ? "eager" : "fast"; }

}  // namespace resnet
