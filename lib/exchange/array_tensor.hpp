// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <string>

#include "format/array.hpp"

namespace resnet {

/// The array as a tensor of its own, dense and on the CPU, in its own dtype. A byte of a bool counts as true unless 0.
at::Tensor to_tensor(const NamedArray& array);

/// The dtype under which files know a tensor's numbers, or nothing if they do not.
std::optional<Dtype> dtype_of(const at::Tensor& tensor);

/// The tensor as an array that looks into it: it must be dense, on the CPU, of a dtype that files know, and live as
/// long.
NamedArray to_array(const std::string& name, const at::Tensor& tensor);

}  // namespace resnet
