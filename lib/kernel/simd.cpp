// SPDX-License-Identifier: MIT
// Highway compiles this file once for each instruction set, each time in another namespace, and picks one at run time.
// Most files of kernels here have this form.
#include "kernel/simd.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/error.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernel/simd.cpp"
#include <hwy/foreach_target.h>
// After foreach_target.h, which sets what it compiles for.
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {

std::int64_t this_target() { return HWY_TARGET; }

}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#if HWY_ARCH_X86
#include <cpuid.h>
#endif
#if HWY_ARCH_X86_64
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace resnet {
namespace {

// Asked once, before a pin hides the others. Better sets come first.
const std::vector<std::int64_t>& targets() {
  static const std::vector<std::int64_t> all = hwy::SupportedAndGeneratedTargets();
  return all;
}

}  // namespace

HWY_EXPORT(this_target);

std::string simd_target() { return hwy::TargetName(HWY_DYNAMIC_DISPATCH(this_target)()); }

bool simd_multiplies_bf16() {
#if HWY_ARCH_X86
  static const bool is_here = __builtin_cpu_supports("avx512bf16") != 0;
  return is_here && HWY_DYNAMIC_DISPATCH(this_target)() <= HWY_AVX3;
#else
  return false;
#endif
}

bool processor_has_amx() {
#if HWY_ARCH_X86_64
  // Asked once: in a virtual machine a question takes as long as a small layer.
  static const bool is_here = [] {
    constexpr unsigned kTilesOfBf16 = 1U << 22 | 1U << 24;  // in EDX of leaf 7
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    const bool has_instructions =
        __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kTilesOfBf16) == kTilesOfBf16;
    // The tiles are 8 kB that Linux saves for those processes alone that ask for it; a sandbox may refuse.
    constexpr long kAskForState = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
    return has_instructions && syscall(SYS_arch_prctl, kAskForState, kTileData) == 0;
  }();
  return is_here;
#else
  return false;
#endif
}

std::string simd_description() {
  return simd_target() + (simd_multiplies_bf16() ? "+BF16" : "") + (processor_has_amx() ? "+AMX" : "");
}

std::vector<std::string> simd_targets() {
  std::vector<std::string> names;
  for (const std::int64_t target : targets()) names.emplace_back(hwy::TargetName(target));
  return names;
}

void use_simd_target(const std::string& name) {
  const auto found = std::find_if(targets().begin(), targets().end(),
                                  [&](std::int64_t target) { return name == hwy::TargetName(target); });
  require(found != targets().end(), "instruction set '{}' cannot be used here, expected one of {}", name,
          fmt::join(simd_targets(), ", "));
  hwy::SetSupportedTargetsForTest(*found);
}

}  // namespace resnet
#endif
