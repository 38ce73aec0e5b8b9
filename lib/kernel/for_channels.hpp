// SPDX-License-Identifier: MIT
#if defined(RESNET_KERNEL_FOR_CHANNELS) == defined(HWY_TARGET_TOGGLE)
#ifdef RESNET_KERNEL_FOR_CHANNELS
#undef RESNET_KERNEL_FOR_CHANNELS
#else
#define RESNET_KERNEL_FOR_CHANNELS
#endif
// The loop over the channels of a pixel: it comes in once for each instruction set, as the kernels do.

#include <hwy/highway.h>

#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace resnet::HWY_NAMESPACE {
namespace {

// Calls body(d, channel) for the vectors of a pixel, and at its end for single channels.
template <typename Body>
HWY_INLINE void for_channels(std::int64_t channels, const Body& body) {
  const hwy::HWY_NAMESPACE::ScalableTag<float> d;
  const auto lanes = static_cast<std::int64_t>(hwy::HWY_NAMESPACE::Lanes(d));
  std::int64_t channel = 0;
  for (; channel + lanes <= channels; channel += lanes) body(d, channel);
  for (; channel < channels; ++channel) body(hwy::HWY_NAMESPACE::CappedTag<float, 1>(), channel);
}

}  // namespace
}  // namespace resnet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
