// SPDX-License-Identifier: MIT
#include "dataset/image_set.hpp"

#include <ATen/ATen.h>

#include "support/catch.hpp"

namespace {

// 18 bytes counting up: two whole words and a rest.
resnet::ImageSet two_images() {
  return {at::arange(18, at::kByte).view({2, 3, 1, 3}), at::tensor({std::int64_t{4}, std::int64_t{2}}), {}};
}

}  // namespace

TEST_CASE("The fingerprint is that of an independent computation, so it is the same on every machine") {
  // Written in Python: h = 1; for each size, then each 8 little-endian bytes (the last ones filled up with zeros),
  // images first: h = (h ^ word) * 0x9e3779b97f4a7c15 mod 2^64; h ^= h >> 32.
  CHECK(resnet::fingerprint(two_images()) == "a64de598c5145a3f");
}

TEST_CASE("The fingerprint sees every pixel, label and size, but not how a tensor lies in memory") {
  const std::string original = resnet::fingerprint(two_images());
  for (int i = 0; i < 18; ++i) {
    resnet::ImageSet other = two_images();
    other.images.view(-1)[i] += 1;
    CHECK(resnet::fingerprint(other) != original);
  }
  for (int i = 0; i < 2; ++i) {
    resnet::ImageSet other = two_images();
    other.labels[i] += 1;
    CHECK(resnet::fingerprint(other) != original);
  }
  resnet::ImageSet reshaped = two_images();
  reshaped.images = reshaped.images.view({2, 3, 3, 1});
  CHECK(resnet::fingerprint(reshaped) != original);

  resnet::ImageSet rearranged = two_images();
  rearranged.images = rearranged.images.contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(resnet::fingerprint(rearranged) == original);
}
