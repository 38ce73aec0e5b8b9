// SPDX-License-Identifier: MIT
#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <string>

namespace resnet {

/// The arithmetic of a net. The weights, and all that the optimizer and batch norm keep, are float32 in either.
enum class Precision { kFloat32, kBFloat16 };

/// "fp32" or "bf16". Throws Error with Fault::kUsage for another word.
Precision parse_precision(const std::string& text);
std::string precision_name(Precision precision);

/// The precision of this thread's forward passes on the device: kFloat32 outside every scope.
Precision current_precision(c10::Device device);

/// While it lives, this thread's forward passes on the device compute in this precision.
///
/// kBFloat16 is LibTorch's autocast: convolutions and the fully-connected layer take bfloat16, and make it of float32
/// weights once a forward pass (our own convolutions take the float32 ones); the backward pass follows from the forward
/// pass, and needs no scope.
class PrecisionScope {
 public:
  PrecisionScope(Precision precision, c10::Device device);
  ~PrecisionScope();
  PrecisionScope(const PrecisionScope&) = delete;
  PrecisionScope& operator=(const PrecisionScope&) = delete;

 private:
  const c10::DeviceType device_;
  const bool was_enabled_;
  const c10::ScalarType former_type_;
};

}  // namespace resnet
