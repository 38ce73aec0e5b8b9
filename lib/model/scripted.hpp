// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace resnet {

/// A module that says in TorchScript what its forward() does; exchange/torchscript.hpp makes the exported net of it.
///
/// The text is one method, "def forward(self, x: Tensor) -> Tensor: ...", and computes, bit for bit, what forward()
/// computes under Kernels::kEager: every export is held against that. It sees parameters, buffers and children under
/// the names that they are registered by, and `self.training`. It calls a child as self.conv1.forward(x), or
/// getattr(self, "0").forward(x) where the name is a number. Functions are those of torch and of Tensor; a number with
/// a fraction has a point or an exponent; memory_format=2 is channels-last.
class Scripted {
 public:
  virtual ~Scripted() = default;
  virtual std::string script() const = 0;
};

}  // namespace resnet
