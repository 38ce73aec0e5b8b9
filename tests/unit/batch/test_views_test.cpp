// SPDX-License-Identifier: MIT
#include "batch/test_views.hpp"

#include <ATen/ATen.h>

#include <vector>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/photo_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

PhotoTesting small_testing() { return {.sizes = photo_sizes(32), .input = parse_normalization("0.5,0.4,0.3", "none")}; }

TEST_CASE("the batches of a test have every photograph once, and a last one of what is left (Section 3.4)") {
  const PhotoFolder folder;
  const PhotoSet set = folder.set();
  const TestView view = GENERATE(TestView::kCenter, TestView::kTenCrop);
  const std::int64_t views = view == TestView::kCenter ? 1 : 10;
  const std::int64_t threads = GENERATE(0, 3);
  Prefetch made(test_batches(set, small_testing(), view, 5), 0, 3, threads);
  std::int64_t photo = 0;
  for (const std::int64_t size : {5, 5, 2}) {
    const Batch batch = made.next();
    REQUIRE(batch.labels.size(0) == size);
    REQUIRE(batch.images.sizes() == at::IntArrayRef({views * size, 3, 32, 32}));
    for (std::int64_t i = 0; i < size; ++i, ++photo) {
      CHECK(batch.photos[static_cast<std::size_t>(i)] == photo);
      CHECK(batch.labels[i].item<std::int64_t>() == set.labels[static_cast<std::size_t>(photo)]);
      const at::Tensor alone = crops_of(read_encoded_image(set.path(photo)), small_testing(), view);
      CHECK(at::equal(batch.images.narrow(0, views * i, views), alone));
    }
  }
}

TEST_CASE("the fifth of the ten crops is the centre crop") {
  const PhotoFolder folder;
  const EncodedImage image = read_encoded_image(folder.path() / "class0" / "3.jpg");
  const at::Tensor ten = crops_of(image, small_testing(), TestView::kTenCrop);
  CHECK(at::allclose(ten[4], crops_of(image, small_testing(), TestView::kCenter)[0], 0, 1e-6));
}

TEST_CASE("dense inputs are the whole image at five shorter sides, each with its mirror (Section 3.4)") {
  const PhotoFolder folder;
  const PhotoSet set = folder.set();
  const PhotoTesting testing = small_testing();
  Prefetch made(dense_photos(set, testing), 0, set.size(), /*threads=*/2);
  for (std::int64_t i = 0; i < set.size(); ++i) {
    const DensePhoto photo = made.next();
    CHECK(photo.photo == i);
    REQUIRE(photo.inputs.size() == 5);
    const ImageSize size = read_encoded_image(set.path(i)).header.size;
    for (std::size_t side = 0; side < 5; ++side) {
      const ImageSize resized = with_shorter_side(size, testing.sizes.dense_sides[side]);
      const at::Tensor& input = photo.inputs[side];
      REQUIRE(input.sizes() == at::IntArrayRef({2, 3, resized.height, resized.width}));
      CHECK(input.is_contiguous(at::MemoryFormat::ChannelsLast));
      CHECK(at::equal(input[1], input[0].flip(2)));
    }
  }
}

TEST_CASE("a square of the crop's size is shown to dense testing as to the centre crop") {
  const EncodedImage square = encoded_image(jpeg_bytes::jpeg({.width = 32, .height = 32}), "square.jpg");
  PhotoTesting testing = small_testing();
  testing.sizes.test_side = 32;
  CHECK(at::equal(dense_inputs(square, testing)[0][0], crops_of(square, testing, TestView::kCenter)[0]));
}

TEST_CASE(
    "an image far longer than wide is named, and no gigabytes are made of it, unless its centre alone is tested") {
  PhotoTesting paper = small_testing();
  paper.sizes = PhotoSizes{};
  const EncodedImage strip = encoded_image(jpeg_bytes::jpeg({.width = 800, .height = 4}), "strip.jpg");
  CHECK_THROWS_WITH(dense_inputs(strip, paper),
                    Contains("strip.jpg: its 800 x 4 pixels would be resized to 180633600"));
  CHECK(crops_of(strip, paper, TestView::kCenter).size(0) == 1);
  PhotoTesting large = paper;
  large.sizes.test_side = 400;
  CHECK_THROWS_WITH(crops_of(strip, large, TestView::kTenCrop), Contains("strip.jpg: its 800 x 4 pixels"));
}

TEST_CASE("a photograph that cannot be tested is left out of its batch, or stops the test") {
  const PhotoFolder folder;
  write_atomically(folder.path() / "class0" / "0.jpg", "no photograph");
  const PhotoSet set = folder.set();
  PhotoTesting testing = small_testing();
  CHECK_THROWS_WITH(make_now(test_batches(set, testing, TestView::kCenter, 5), 0), Contains("0.jpg: is no image"));
  CHECK_THROWS_WITH(make_now(dense_photos(set, testing), 0), Contains("0.jpg: is no image"));
  testing.bad_images = BadImages::kSkip;
  const Batch ten = make_now(test_batches(set, testing, TestView::kTenCrop, 2), 0);
  CHECK(ten.images.size(0) == 10);
  CHECK(ten.photos == std::vector<std::int64_t>{1});
  CHECK(ten.left_out.size() == 1);
  CHECK(make_now(test_batches(set, testing, TestView::kCenter, 1), 0).labels.size(0) == 0);
  const DensePhoto dense = make_now(dense_photos(set, testing), 0);
  CHECK(dense.inputs.empty());
  CHECK_THAT(dense.left_out, Contains("0.jpg: is no image"));
}

TEST_CASE("crops without room are a fault of the sizes, and no photograph's") {
  const PhotoSet none;
  PhotoTesting testing = small_testing();
  testing.bad_images = BadImages::kSkip;
  testing.sizes.test_side = testing.sizes.crop - 1;
  for (const TestView view : {TestView::kCenter, TestView::kTenCrop}) {
    CHECK_THROWS_WITH(test_batches(none, testing, view, 1), Contains("expected a test side of at least"));
  }
}

TEST_CASE("ways to test have the names of the flag") {
  for (const char* name : {"center", "ten-crop", "dense"}) CHECK(test_view_name(parse_test_view(name)) == name);
  CHECK_THROWS_WITH(parse_test_view("10-crop"), Contains("expected center, ten-crop or dense"));
  const PhotoSet none;
  CHECK_THROWS_AS(test_batches(none, small_testing(), TestView::kDense, 1), Error);
}

}  // namespace
}  // namespace resnet
