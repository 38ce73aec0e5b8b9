// SPDX-License-Identifier: MIT
#include "kernel/peak.hpp"

#include "kernel/simd.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

TEST_CASE(
    "the multiply-adds that measure the peak are counted by rounds, and bfloat16's are where the processor has them") {
  CHECK(run_multiply_adds(20) == 2 * run_multiply_adds(10));
  CHECK(run_multiply_adds(10) % (10 * 12) == 0);  // twelve sums
  CHECK((run_bf16_multiply_adds(10) > 0) == simd_multiplies_bf16());
  if (simd_multiplies_bf16()) CHECK(run_bf16_multiply_adds(10) == 10 * 12 * 16 * 2);  // 16 sums of pairs a vector
}

}  // namespace
}  // namespace resnet
