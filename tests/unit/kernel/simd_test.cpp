// SPDX-License-Identifier: MIT
#include "kernel/simd.hpp"

#include <string>
#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"

using resnet::simd_target;
using resnet::simd_targets;
using resnet::use_simd_target;

TEST_CASE("kernels run on the best instruction set of the machine, until one is pinned") {
  const std::vector<std::string> targets = simd_targets();
  REQUIRE_FALSE(targets.empty());
  CHECK(simd_target() == targets.front());
  for (const std::string& target : targets) {
    use_simd_target(target);
    CHECK(simd_target() == target);
    // oneDNN, whose products of bfloat16 are part of a net's too, takes AMX whatever the kernels are pinned to.
    CHECK(resnet::simd_description() ==
          target + (resnet::simd_multiplies_bf16() ? "+BF16" : "") + (resnet::processor_has_amx() ? "+AMX" : ""));
  }
  use_simd_target(targets.front());
  CHECK(simd_targets() == targets);
}

TEST_CASE("an instruction set that is not here is refused by name, and changes nothing") {
  const std::string before = simd_target();
  CHECK_THROWS_WITH(use_simd_target("AVX9"), Catch::Matchers::Contains("'AVX9'") && Catch::Matchers::Contains(before));
  CHECK(simd_target() == before);
}
