// SPDX-License-Identifier: MIT
#include "batch/normalization.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/image_sets.hpp"

namespace resnet {
namespace {

using Catch::Contains;

at::Tensor bytes(at::IntArrayRef sizes) {
  return at::arange(at::IntArrayRef(sizes)[0] * 3 * sizes[2] * sizes[3]).remainder(251).to(at::kByte).view(sizes);
}

TEST_CASE("an image is divided by 255, freed of the mean and divided by the std, channel by channel") {
  const at::Tensor images = bytes({2, 3, 4, 5});
  const at::Tensor seen = normalized(images, parse_normalization("0.1,0.2,0.3", "0.5,0.25,1"));
  CHECK(seen.is_contiguous(at::MemoryFormat::ChannelsLast));
  const at::Tensor mean = at::tensor({0.1, 0.2, 0.3}).view({3, 1, 1});
  const at::Tensor std = at::tensor({0.5, 0.25, 1.0}).view({3, 1, 1});
  const at::Tensor expected = (images.to(at::kDouble) / 255 - mean) / std;
  CHECK((seen.to(at::kDouble) - expected).abs().max().item<double>() < 1e-6);
  // Levels that lie between bytes are taken as they are, and stay as they were.
  const at::Tensor levels = images.to(at::kFloat) + 0.25;
  const at::Tensor between = normalized(levels, parse_normalization("0.1,0.2,0.3", "0.5,0.25,1"));
  CHECK((between.to(at::kDouble) - (expected + 0.25 / 255 / std)).abs().max().item<double>() < 1e-6);
  CHECK(at::equal(levels, images.to(at::kFloat) + 0.25));
}

TEST_CASE("a mean for each pixel is taken pixel by pixel at its own size, and as its average at another") {
  const at::Tensor mean = uneven_mean(4, 5);
  const at::Tensor same = bytes({1, 3, 4, 5});
  CHECK(at::equal(normalized(same, subtract_mean(mean)), same.to(at::kFloat).div(255).sub(mean)));
  const at::Tensor larger = bytes({1, 3, 8, 5});
  const at::Tensor expected = larger.to(at::kFloat).div(255).sub(mean.mean(at::IntArrayRef{1, 2}).view({3, 1, 1}));
  CHECK((normalized(larger, subtract_mean(mean)) - expected).abs().max().item<float>() < 1e-6F);
}

TEST_CASE("a mean is pixel by pixel if it has another size than one pixel's") {
  CHECK_FALSE(parse_normalization("imagenet", "imagenet").has_mean_per_pixel());
  CHECK(subtract_mean(uneven_mean(4, 5)).has_mean_per_pixel());
  CHECK(subtract_mean(uneven_mean(4, 1)).has_mean_per_pixel());
  // A single row is its own size too: it is not stretched over the rows of a larger image.
  const at::Tensor row = uneven_mean(1, 5);
  const at::Tensor images = bytes({1, 3, 4, 5});
  const at::Tensor expected = images.to(at::kFloat).div(255).sub(row.mean(at::IntArrayRef{1, 2}).view({3, 1, 1}));
  CHECK((normalized(images, subtract_mean(row)) - expected).abs().max().item<float>() < 1e-6F);
}

TEST_CASE("cifar10, imagenet and none are names of known numbers") {
  const Normalization cifar10 = parse_normalization("cifar10", "cifar10");
  CHECK(at::equal(cifar10.mean.flatten(), at::tensor({0.49140F, 0.48216F, 0.44653F})));
  CHECK(at::equal(cifar10.std.flatten(), at::tensor({0.24703F, 0.24349F, 0.26159F})));
  const Normalization imagenet = parse_normalization("imagenet", "imagenet");
  CHECK(at::equal(imagenet.mean.flatten(), at::tensor({0.485F, 0.456F, 0.406F})));
  CHECK(at::equal(imagenet.std.flatten(), at::tensor({0.229F, 0.224F, 0.225F})));
  const at::Tensor white = at::full({1, 3, 2, 2}, 255, at::kByte);
  CHECK(normalized(white, parse_normalization("none", "none")).eq(1).all().item<bool>());
}

TEST_CASE("what is no normalisation is refused with what would be one") {
  for (const std::string text : {"", "0.5", "0.5,0.5", "0.5,0.5,0.5,0.5", "0.5,0.5,0.5,", "0.5, 0.5,0.5", "1.5,0,0",
                                 "-0.1,0,0", "nan,0,0", "CIFAR10", "0.5;0.5;0.5"}) {
    CAPTURE(text);
    CHECK_THROWS_WITH(parse_normalization(text, "none"), Contains("expected three numbers of 0..1"));
  }
  CHECK_THROWS_WITH(parse_normalization("none", "0.5,0,0.5"), Contains("divides by 0"));
}

TEST_CASE("what are no bytes of three channels, or no mean image, is refused") {
  const Normalization none = parse_normalization("none", "none");
  CHECK_THROWS_WITH(normalized(at::zeros({1, 3, 2, 2}, at::kLong), none), Contains("expected Byte or Float Nx3xHxW"));
  CHECK_THROWS_WITH(normalized(at::zeros({1, 4, 2, 2}, at::kByte), none), Contains("Byte 1x4x2x2"));
  CHECK_THROWS_WITH(subtract_mean(at::zeros({3})), Contains("expected Float 3xHxW"));
}

}  // namespace
}  // namespace resnet
