// SPDX-License-Identifier: MIT
#include "detector/box_tensor.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>

#include "detector/anchors.hpp"
#include "support/catch.hpp"

using namespace resnet;
using torch::Tensor;

namespace {

const std::vector<Box> kBoxes = {{0, 0, 10, 10}, {5, 0, 10, 10}, {2.5, 3, 4, 20}, {7, 7, 0, 3}, {100, 50, 30, 40}};

}  // namespace

TEST_CASE("overlaps of many boxes are those of each two, and 0 of boxes without an area") {
  const Tensor all = box_tensor(kBoxes);
  const Tensor each = overlaps(all, all);
  for (std::size_t i = 0; i < kBoxes.size(); ++i) {
    for (std::size_t j = 0; j < kBoxes.size(); ++j) {
      const auto row = static_cast<std::int64_t>(i);
      const auto column = static_cast<std::int64_t>(j);
      CHECK(each[row][column].item<double>() == Approx(overlap(kBoxes[i], kBoxes[j])));
    }
  }
  CHECK(each[0][1].item<double>() == Approx(50.0 / 150));
}

TEST_CASE("offsets are shifts in units of the reference and logarithms of sizes (Faster R-CNN, Eqn. (2))") {
  const Tensor reference = box_tensor({{10, 20, 100, 50}});
  const Tensor box = box_tensor({{60, 20, 200, 25}});  // its centre 100 further right, 12.5 further up
  const Tensor offsets = offsets_of(box, reference);
  CHECK(offsets[0][0].item<double>() == Approx(1.0));
  CHECK(offsets[0][1].item<double>() == Approx(-0.25));
  CHECK(offsets[0][2].item<double>() == Approx(std::log(2.0)));
  CHECK(offsets[0][3].item<double>() == Approx(std::log(0.5)));
  CHECK(torch::allclose(moved_by(reference, offsets), box));
}

TEST_CASE("offsets that a net may say before it has learnt anything make finite boxes") {
  const Tensor moved = moved_by(box_tensor({{0, 0, 16, 16}}), torch::tensor({0.0F, 0.0F, 1e6F, 1e6F}).view({1, 4}));
  CHECK(areas(moved).item<double>() == Approx(1e6).epsilon(1e-4));
}

TEST_CASE("offsets of several classes move one reference each") {
  const Tensor references = box_tensor({{0, 0, 10, 10}, {20, 20, 10, 20}});
  const Tensor offsets = torch::zeros({2, 3, 4});
  offsets.select(1, 1).select(1, 0).fill_(1);
  const Tensor moved = moved_by(references.unsqueeze(1), offsets);
  REQUIRE(moved.sizes() == at::IntArrayRef({2, 3, 4}));
  CHECK(torch::equal(moved.select(1, 0), references));
  CHECK(torch::equal(moved.select(1, 1), box_tensor({{10, 0, 10, 10}, {30, 20, 10, 20}})));
}

TEST_CASE("boxes are cut to the image, which may leave nothing") {
  const Tensor cut = clipped(box_tensor({{-5, -5, 10, 10}, {90, 40, 50, 50}, {200, 200, 5, 5}}), {60, 100});
  CHECK(torch::equal(cut.slice(0, 0, 2), box_tensor({{0, 0, 5, 5}, {90, 40, 10, 20}})));
  CHECK(areas(cut)[2].item<double>() == 0);
}

TEST_CASE("anchors have 3 scales and 3 ratios at each position (Faster R-CNN, Section 3.1.1)") {
  const Tensor all = anchors_on({2, 3}, {}, 16);
  REQUIRE(all.sizes() == at::IntArrayRef({2 * 3 * 9, 4}));
  const double sides[] = {128, 256, 512};
  const double ratios[] = {0.5, 1, 2};
  for (std::int64_t row = 0; row < 2; ++row) {
    for (std::int64_t column = 0; column < 3; ++column) {
      for (std::int64_t shape = 0; shape < 9; ++shape) {
        const Box anchor = box_at(all, (row * 3 + column) * 9 + shape);
        CHECK(anchor.area() == Approx(sides[shape / 3] * sides[shape / 3]));
        CHECK(anchor.height / anchor.width == Approx(ratios[shape % 3]));
        CHECK(anchor.left + anchor.width / 2 == Approx(16.0 * static_cast<double>(column) + 8));
        CHECK(anchor.top + anchor.height / 2 == Approx(16.0 * static_cast<double>(row) + 8));
      }
    }
  }
}
