// SPDX-License-Identifier: MIT
#include "tensor/precision.hpp"

#include <ATen/autocast_mode.h>

#include "core/error.hpp"

namespace resnet {

Precision parse_precision(const std::string& text) {
  require_usage(text == "fp32" || text == "bf16", "'{}' is unknown; expected fp32 or bf16", text);
  return text == "fp32" ? Precision::kFloat32 : Precision::kBFloat16;
}

std::string precision_name(Precision precision) { return precision == Precision::kFloat32 ? "fp32" : "bf16"; }

Precision current_precision(c10::Device device) {
  return at::autocast::is_autocast_enabled(device.type()) ? Precision::kBFloat16 : Precision::kFloat32;
}

// The weights are other ones after an update: what was made of them is dropped on both sides of a scope, also where
// another one lies around it.
PrecisionScope::PrecisionScope(Precision precision, c10::Device device)
    : device_(device.type()),
      was_enabled_(at::autocast::is_autocast_enabled(device_)),
      former_type_(at::autocast::get_autocast_dtype(device_)) {
  at::autocast::set_autocast_enabled(device_, precision == Precision::kBFloat16);
  at::autocast::set_autocast_dtype(device_, c10::kBFloat16);
  at::autocast::increment_nesting();
  at::autocast::clear_cache();
}

PrecisionScope::~PrecisionScope() {
  at::autocast::decrement_nesting();
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(device_, was_enabled_);
  at::autocast::set_autocast_dtype(device_, former_type_);
}

}  // namespace resnet
