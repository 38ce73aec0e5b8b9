// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "kernel/simd.hpp"
#include "support/catch.hpp"

/// Runs the body on each instruction set of this machine in turn, and leaves the best one chosen.
template <typename Body>
void on_each_target(const Body& body) {
  for (const std::string& target : resnet::simd_targets()) {
    CAPTURE(target);
    resnet::use_simd_target(target);
    body();
  }
  resnet::use_simd_target(resnet::simd_targets().front());
}
