// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/kernel_choice.hpp"

/// Puts the choice of kernels back when a test that sets it ends.
class KernelsGuard {
 public:
  KernelsGuard() : before_(resnet::kernels()) {}
  ~KernelsGuard() { resnet::set_kernels(before_); }
  KernelsGuard(const KernelsGuard&) = delete;
  KernelsGuard& operator=(const KernelsGuard&) = delete;

 private:
  resnet::Kernels before_;
};
