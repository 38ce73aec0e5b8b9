// SPDX-License-Identifier: MIT
#include "dataset/synthetic.hpp"

#include <ATen/ops/empty.h>

#include <array>

#include "core/error.hpp"
#include "core/seed.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kClasses = 10;
constexpr std::int64_t kSide = 32;
constexpr std::int64_t kBlockSide = 8;
constexpr std::int64_t kBlocksPerSide = kSide / kBlockSide;

// 3 x 4 x 4 levels from 64 to 191; noise of -64 to 63 then stays within a byte.
using Pattern = std::array<int, 3 * kBlocksPerSide * kBlocksPerSide>;

std::array<Pattern, kClasses> make_patterns(std::uint64_t seed) {
  Random random(derive_seed(seed, "synthetic patterns"));
  std::array<Pattern, kClasses> patterns;
  for (Pattern& pattern : patterns) {
    for (int& level : pattern) level = 64 + static_cast<int>(random.next() >> 57);
  }
  return patterns;
}

ImageSet draw(std::int64_t images, const std::array<Pattern, kClasses>& patterns, Random random) {
  ImageSet set{at::empty({images, 3, kSide, kSide}, at::kByte), at::empty({images}, at::kLong), cifar10_class_names()};
  auto* pixel = set.images.mutable_data_ptr<std::uint8_t>();
  auto* labels = set.labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < images; ++i) {
    labels[i] = i % kClasses;
    const Pattern& pattern = patterns[static_cast<std::size_t>(labels[i])];
    for (std::int64_t row = 0; row < 3 * kSide; ++row) {  // the three planes lie one below the other
      for (std::int64_t block = 0; block < kBlocksPerSide; ++block) {
        const int level = pattern[static_cast<std::size_t>(row / kBlockSide * kBlocksPerSide + block)];
        std::uint64_t noise = random.next();  // eight bytes for the eight pixels of this row of the block
        for (std::int64_t x = 0; x < kBlockSide; ++x, noise >>= 8) {
          *pixel++ = static_cast<std::uint8_t>(level - 64 + static_cast<int>(noise & 127));
        }
      }
    }
  }
  return set;
}

}  // namespace

Cifar10 synthetic_cifar10(std::int64_t train_images, std::int64_t test_images, std::uint64_t seed) {
  require(train_images > 0 && test_images > 0,
          "synthetic data: {} training and {} test images, expected at least one each", train_images, test_images);
  const auto patterns = make_patterns(seed);
  return {draw(train_images, patterns, Random(derive_seed(seed, "synthetic training images"))),
          draw(test_images, patterns, Random(derive_seed(seed, "synthetic test images")))};
}

}  // namespace resnet
