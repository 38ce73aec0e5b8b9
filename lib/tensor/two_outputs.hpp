// SPDX-License-Identifier: MIT
#pragma once

#include <torch/csrc/autograd/variable.h>

#include <vector>

namespace resnet {

/// y for two readers, as the outputs of an autograd function: the function's backward pass then gets both gradients.
///
/// The second is no view, which autograd would treat as one output with y; but a change of either in place is a change
/// of both.
inline std::vector<at::Tensor> two_outputs(const at::Tensor& y) {
  const at::Tensor again = y.variable_data();
  torch::autograd::impl::set_version_counter(again, torch::autograd::impl::version_counter(y));
  return {y, again};
}

}  // namespace resnet
