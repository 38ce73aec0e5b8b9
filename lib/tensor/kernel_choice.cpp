// SPDX-License-Identifier: MIT
#include "tensor/kernel_choice.hpp"

#include <atomic>

namespace resnet {
namespace {

std::atomic<Kernels> chosen = Kernels::kFast;

}  // namespace

Kernels kernels() { return chosen; }

void set_kernels(Kernels choice) { chosen = choice; }

}  // namespace resnet
