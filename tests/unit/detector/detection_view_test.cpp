// SPDX-License-Identifier: MIT
#include "detector/detection_view.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <array>
#include <cstdint>
#include <vector>

#include "core/file.hpp"
#include "detector/box_tensor.hpp"
#include "support/bmp_bytes.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

AnnotatedObject object(const Box& box, std::size_t label, ObjectKind kind = ObjectKind::kPlain) {
  return {.image = 0, .label = label, .box = box, .area = box.area(), .kind = kind};
}

}  // namespace

TEST_CASE("an image is seen with its shorter side at 600, and its longer one at 1000 at most (Fast R-CNN)") {
  const auto size_of = [](ImageSize image) { return detection_view(image, {}, Mirror::kNo).size; };
  CHECK(size_of({375, 500}) == ImageSize{600, 800});
  CHECK(size_of({500, 375}) == ImageSize{800, 600});
  CHECK(size_of({300, 900}) == ImageSize{333, 1000});
  CHECK(size_of({600, 1000}) == ImageSize{600, 1000});
  CHECK(size_of({10, 2000}) == ImageSize{32, 1000});
}

TEST_CASE("objects are resized and mirrored with their image, and cut to it") {
  const std::vector<AnnotatedObject> objects = {object({10, 20, 30, 40}, 1), object({90, 40, 50, 50}, 0)};
  const ImageSize size{50, 100};  // seen at 600 x 1000: 12 and 10 times as large
  PhotoView view{{600, 1000}, 0, 0, {600, 1000}, false};
  ObjectsInView seen = objects_in(objects, size, view);
  CHECK(torch::allclose(seen.boxes, box_tensor({{100, 240, 300, 360}, {900, 480, 100, 120}})));
  CHECK(torch::equal(seen.labels, torch::tensor({2, 1}, torch::kLong)));

  view.is_mirrored = true;
  seen = objects_in(objects, size, view);
  CHECK(torch::allclose(seen.boxes, box_tensor({{600, 240, 300, 360}, {0, 480, 100, 120}})));
}

TEST_CASE("difficult objects and slivers are not learnt, and crowds stand apart") {
  const std::vector<AnnotatedObject> objects = {object({0, 0, 10, 10}, 0, ObjectKind::kDifficult),
                                                object({0, 0, 10, 10}, 0, ObjectKind::kCrowd), object({5, 5, 0, 10}, 0),
                                                object({200, 5, 10, 10}, 0)};
  const PhotoView view = detection_view({100, 100}, {100, 100}, Mirror::kNo);
  const ObjectsInView seen = objects_in(objects, {100, 100}, view);
  CHECK(seen.boxes.sizes() == at::IntArrayRef({0, 4}));
  CHECK(seen.labels.sizes() == at::IntArrayRef({0}));
  CHECK(torch::equal(seen.crowds, box_tensor({{0, 0, 10, 10}})));
}

TEST_CASE("a training image is mirrored or not as (seed, k) says, and its box goes along") {
  const TempFolder folder;
  // Red from column 8 to 24, else black.
  const auto pixel = [](int, int x) {
    return std::array<std::uint8_t, 3>{static_cast<std::uint8_t>(x >= 8 && x < 24 ? 255 : 0), 0, 0};
  };
  const auto file = folder.path() / "a.bmp";
  write_atomically(file, bmp_bytes(32, 64, pixel));
  const std::vector<AnnotatedObject> objects = {object({8, 0, 16, 32}, 0)};
  int mirrored = 0;
  for (std::int64_t k = 0; k < 40; ++k) {
    const DetectionExample example =
        training_example(file, objects, {64, 128}, parse_normalization("none", "none"), /*seed=*/0, k);
    REQUIRE(example.image.sizes() == at::IntArrayRef({1, 3, 64, 128}));
    const Box box = box_at(example.objects.boxes, 0);
    const Tensor red = example.image[0][0];
    const auto left = static_cast<std::int64_t>(box.left);
    CHECK(red.slice(1, left + 2, left + 30).min().item<double>() == Approx(1));
    CHECK(red.sum().item<double>() == Approx(64 * 32).epsilon(0.05));
    if (left == 80) ++mirrored;
    CHECK((left == 80 || left == 16));
  }
  CHECK(mirrored > 10);
  CHECK(mirrored < 30);
}
