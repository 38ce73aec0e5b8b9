// SPDX-License-Identifier: MIT
#include "tensor/kernel_choice.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/jit/frontend/tracer.h>

#include "support/catch.hpp"
#include "support/kernels_guard.hpp"

namespace resnet {
namespace {

TEST_CASE("a trace, which cannot see our kernels, is made by LibTorch's operations") {
  const KernelsGuard guard;
  set_kernels(Kernels::kFast);
  Kernels seen = Kernels::kFast;
  const auto look = [&](torch::jit::Stack stack) {
    seen = kernels();
    return stack;
  };
  torch::jit::tracer::trace({at::ones({1})}, look, [](const at::Tensor&) { return std::string(); });
  CHECK(seen == Kernels::kEager);
  CHECK(kernels() == Kernels::kFast);
}

}  // namespace
}  // namespace resnet
