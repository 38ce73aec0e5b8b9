// SPDX-License-Identifier: MIT
#include "image/photo_view.hpp"

#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

TEST_CASE("an image's shorter side becomes what is asked, the longer one is rounded down (torchvision's Resize)") {
  CHECK(with_shorter_side({375, 500}, 256) == ImageSize{256, 341});
  CHECK(with_shorter_side({500, 375}, 256) == ImageSize{341, 256});
  CHECK(with_shorter_side({100, 100}, 480) == ImageSize{480, 480});
  CHECK(with_shorter_side({1, 10}, 224) == ImageSize{224, 2240});
}

TEST_CASE("sizes in proportion to another crop are rounded to nearest; 224 gives the paper's") {
  const PhotoSizes paper = photo_sizes(224);
  CHECK(paper.crop == 224);
  CHECK(paper.least_side == 256);
  CHECK(paper.most_side == 480);
  CHECK(paper.test_side == 256);
  CHECK(paper.dense_sides == std::vector<std::int64_t>{224, 256, 384, 480, 640});
  const PhotoSizes half = photo_sizes(112);
  CHECK(half.least_side == 128);
  CHECK(half.most_side == 240);
  CHECK(half.dense_sides == std::vector<std::int64_t>{112, 128, 192, 240, 320});
  CHECK(photo_sizes(64).test_side == 73);  // 73.14
  CHECK_THROWS_AS(photo_sizes(7), Error);
}

TEST_CASE(
    "training views have every shorter side of [256, 480], every corner, and half of them are mirrored (Section 3.4)") {
  const PhotoSizes sizes;
  std::set<std::int64_t> sides;
  std::set<std::int64_t> ends;
  int mirrored = 0;
  constexpr int kDraws = 20'000;
  for (std::int64_t k = 0; k < kDraws; ++k) {
    const PhotoView view = training_view(sizes, {375, 500}, /*seed=*/3, k);
    const std::int64_t rest_y = view.resized.height - 224;
    const std::int64_t rest_x = view.resized.width - 224;
    REQUIRE(view.size == ImageSize{224, 224});
    REQUIRE((view.top >= 0 && view.top <= rest_y && view.left >= 0 && view.left <= rest_x));
    sides.insert(view.resized.height);
    if (view.top == 0) ends.insert(0);
    if (view.top == rest_y) ends.insert(1);
    if (view.left == 0) ends.insert(2);
    if (view.left == rest_x) ends.insert(3);
    mirrored += view.is_mirrored ? 1 : 0;
  }
  CHECK(*sides.begin() == 256);
  CHECK(*sides.rbegin() == 480);
  CHECK(sides.size() == 225);
  CHECK(ends.size() == 4);
  CHECK(std::abs(mirrored - kDraws / 2) < 500);  // seven standard deviations
}

TEST_CASE("a training view is a function of the seed and the image's number in the run") {
  const PhotoSizes sizes;
  const auto same = [&](std::uint64_t seed, std::int64_t k) {
    const PhotoView a = training_view(sizes, {375, 500}, 3, 7);
    const PhotoView b = training_view(sizes, {375, 500}, seed, k);
    return a.resized == b.resized && a.top == b.top && a.left == b.left && a.is_mirrored == b.is_mirrored;
  };
  CHECK(same(3, 7));
  CHECK_FALSE(same(4, 7));
  CHECK_FALSE(same(3, 8));
}

TEST_CASE("the centre view is in the middle of the image at shorter side 256") {
  const PhotoView view = center_view({}, {375, 500});
  CHECK(view.resized == ImageSize{256, 341});
  CHECK(view.top == 16);
  CHECK(view.left == 58);  // 58.5, to the even side
  CHECK_FALSE(view.is_mirrored);
}

TEST_CASE("ten crops larger than the side have no room in the corners") {
  PhotoSizes sizes;
  sizes.test_side = sizes.crop;
  CHECK(ten_crop_views(sizes, {375, 500})[0].size == ImageSize{224, 224});
  sizes.test_side = sizes.crop - 1;
  CHECK_THROWS_WITH(ten_crop_views(sizes, {375, 500}),
                    Catch::Contains("crops of 224 x 224 pixels in images whose shorter side is 223"));
}

TEST_CASE("a square image of the crop's size is seen whole, by centre and dense testing alike") {
  const PhotoView whole = whole_view({224, 224}, 224, Mirror::kNo);
  CHECK(whole.resized == ImageSize{224, 224});
  CHECK(whole.size == whole.resized);
  PhotoSizes sizes;
  sizes.test_side = 224;
  const PhotoView center = center_view(sizes, {224, 224});
  CHECK(center.top == 0);
  CHECK(center.left == 0);
  CHECK(center.resized == whole.resized);
}

}  // namespace
}  // namespace resnet
