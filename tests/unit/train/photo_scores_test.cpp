// SPDX-License-Identifier: MIT
// Testing photographs by the centre crop, ten crops and densely (Section 3.4).
#include "train/photo_scores.hpp"

#include <ATen/Functions.h>

#include <limits>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "support/bmp_bytes.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using resnet::PhotoSet;
using resnet::PhotoTest;
using resnet::TestView;

namespace {

/// Three scores at every position of a map, and their mean: fully convolutional, as the paper's nets are.
class PositionNet : public resnet::Classifier {
 public:
  torch::Tensor forward(const torch::Tensor& images) override {
    was_training = was_training || is_training();
    sizes.push_back(images.sizes().vec());
    return map(images).mean({2, 3});
  }
  torch::Tensor map(const torch::Tensor& images) const {
    const torch::Tensor hidden = at::relu(at::conv2d(images, first, {}, 2, 1));
    return at::conv2d(hidden, last);  // the fully-connected layer as a 1x1 convolution
  }
  resnet::ModelCost cost(std::int64_t, std::int64_t) const override { return {}; }

  torch::Tensor first = at::arange(5 * 3 * 9, at::kFloat).mul(1.7).sin().view({5, 3, 3, 3});
  torch::Tensor last = at::arange(3 * 5, at::kFloat).mul(2.3).sin().mul(8).view({3, 5, 1, 1});
  std::vector<std::vector<std::int64_t>> sizes;
  bool was_training = false;
};

/// The scores are the means of the channels, so the answer for an image of known colours is known.
class MeanColor : public resnet::Classifier {
 public:
  torch::Tensor forward(const torch::Tensor& images) override { return images.mean({2, 3}); }
  resnet::ModelCost cost(std::int64_t, std::int64_t) const override { return {}; }
};

std::array<std::uint8_t, 3> noise(int y, int x) {
  const auto byte = [&](int c) {
    return static_cast<std::uint8_t>((37 * y * y + 91 * x + 53 * c * (x + 2 * y)) & 255);
  };
  return {byte(1), byte(2), byte(3)};
}

/// A folder of three classes; with a size, it has an image of noise in each.
struct Bench {
  Bench() = default;
  Bench(int height, int width) {
    for (const char* name : {"a/1.bmp", "b/1.bmp", "c/1.bmp"}) put(name, bmp_bytes(height, width, noise));
  }

  TempFolder folder;

  void put(const std::string& name, const std::string& bytes) const {
    resnet::write_atomically(folder.path() / name, bytes);
  }
  PhotoSet set() const { return resnet::read_photo_set(folder.path()); }
};

PhotoTest test_of(TestView view, std::int64_t crop, std::vector<std::int64_t> sides = {}) {
  PhotoTest test;
  test.view = view;
  test.testing.sizes = resnet::photo_sizes(crop);
  if (!sides.empty()) test.testing.sizes.dense_sides = std::move(sides);
  test.testing.input = resnet::parse_normalization("0.5,0.4,0.3", "0.2,0.2,0.2");
  return test;
}

resnet::ImageScores score(resnet::Classifier& net, const PhotoSet& set, const PhotoTest& test,
                          std::vector<std::string>* left_out = nullptr) {
  const auto scores = resnet::score_photos(
      net, set, test, torch::kCPU, [](std::int64_t) { return true; },
      [&](const std::string& sentence) {
        if (left_out != nullptr) left_out->push_back(sentence);
      });
  REQUIRE(scores);
  return *scores;
}

}  // namespace

TEST_CASE("the score of ten crops is the mean of their softmax scores, not the softmax of their mean") {
  const Bench made(40, 52);
  const PhotoTest test = test_of(TestView::kTenCrop, 28);
  PositionNet net;
  const auto scores = score(net, made.set(), test);
  CHECK_FALSE(net.was_training);
  const torch::Tensor crops = resnet::crops_of(resnet::read_encoded_image(made.set().path(0)), test.testing, test.view);
  REQUIRE(crops.size(0) == 10);
  const torch::Tensor logits = net.forward(crops);
  CHECK(torch::allclose(scores.probabilities[0], logits.softmax(1).mean(0), 1e-5, 1e-6));
  CHECK_FALSE(torch::allclose(scores.probabilities[0], logits.mean(0).softmax(0), 1e-3, 1e-4));
  CHECK(scores.images == std::vector<std::string>{"a/1.bmp", "b/1.bmp", "c/1.bmp"});
  CHECK(torch::equal(scores.labels, at::arange(3)));
}

TEST_CASE("dense testing is the mean, over positions of the logits, over scales and mirrors of the softmax") {
  const Bench made(40, 52);
  const PhotoTest test = test_of(TestView::kDense, 28, {28, 36, 60});
  PositionNet net;
  const auto scores = score(net, made.set(), test);
  torch::Tensor expected = at::zeros({3});
  for (const torch::Tensor& input :
       resnet::dense_inputs(resnet::read_encoded_image(made.set().path(0)), test.testing)) {
    const torch::Tensor map = net.map(input);
    for (std::int64_t view = 0; view < 2; ++view) {
      torch::Tensor logits = at::zeros({3});
      for (std::int64_t y = 0; y < map.size(2); ++y) {
        for (std::int64_t x = 0; x < map.size(3); ++x) logits += map[view].select(2, x).select(1, y);
      }
      expected += (logits / static_cast<double>(map.size(2) * map.size(3))).softmax(0) / 6;
    }
  }
  CHECK(torch::allclose(scores.probabilities[0], expected, 1e-4, 1e-5));
  // The shorter side is 40 and the longer one 52 at every scale.
  CHECK(net.sizes.at(0) == std::vector<std::int64_t>{2, 3, 28, 36});
  CHECK(net.sizes.at(2) == std::vector<std::int64_t>{2, 3, 60, 78});
}

TEST_CASE("an image of one colour has the same dense score at every scale, known by hand") {
  const Bench made;
  const auto red = [](int, int) { return std::array<std::uint8_t, 3>{255, 0, 51}; };
  for (const char* name : {"a/1.bmp", "b/1.bmp", "c/1.bmp"}) made.put(name, bmp_bytes(30, 44, red));
  MeanColor net;
  // (1, 0, 0.2) less the mean, over the deviation.
  const torch::Tensor expected = at::tensor({2.5F, -2.0F, -0.5F}).softmax(0);
  for (const TestView view : {TestView::kCenter, TestView::kTenCrop, TestView::kDense}) {
    const auto scores = score(net, made.set(), test_of(view, 28));
    for (std::int64_t i = 0; i < 3; ++i) CHECK(torch::allclose(scores.probabilities[i], expected, 1e-5, 1e-6));
  }
}

TEST_CASE("on a square of the crop's size, dense testing at this side is what the crop and its mirror give") {
  const Bench made;
  made.put("a/1.bmp", bmp_bytes(32, 32, noise));
  made.put("b/1.bmp", bmp_bytes(32, 32, [](int y, int x) { return noise(y, 31 - x); }));
  made.put("c/1.bmp", bmp_bytes(32, 32, noise));
  PositionNet net;
  PhotoTest single = test_of(TestView::kCenter, 32);
  single.testing.sizes.test_side = 32;
  const torch::Tensor crop = score(net, made.set(), single).probabilities;
  const torch::Tensor dense = score(net, made.set(), test_of(TestView::kDense, 32, {32})).probabilities;
  CHECK(torch::allclose(dense[0], (crop[0] + crop[1]) / 2, 1e-5, 1e-6));
  CHECK_FALSE(torch::allclose(crop[0], crop[1], 1e-3, 1e-4));
}

TEST_CASE("scores do not depend on the number of loader threads, nor on how many images go at once") {
  const Bench made(40, 52);
  for (int i = 2; i < 60; ++i) {
    const auto shifted = [i](int y, int x) { return noise(y + i, x); };
    made.put("a/" + std::to_string(i) + ".bmp", bmp_bytes(34, 36, shifted));
  }
  PositionNet net;
  for (const TestView view : {TestView::kCenter, TestView::kTenCrop, TestView::kDense}) {
    PhotoTest test = test_of(view, 28);
    const torch::Tensor alone = score(net, made.set(), test).probabilities;
    CHECK(alone.size(0) == 61);  // the last batch is partial
    test.loader_threads = 3;
    CHECK(torch::equal(score(net, made.set(), test).probabilities, alone));
  }
}

TEST_CASE("a file that is no image stops the test, or is left out and named") {
  const Bench made(40, 52);
  made.put("b/0.bmp", "no image");
  PositionNet net;
  for (const TestView view : {TestView::kCenter, TestView::kTenCrop, TestView::kDense}) {
    PhotoTest test = test_of(view, 28);
    CHECK_THROWS_WITH(score(net, made.set(), test), Catch::Contains("b/0.bmp"));
    test.testing.bad_images = resnet::BadImages::kSkip;
    std::vector<std::string> left_out;
    const auto scores = score(net, made.set(), test, &left_out);
    REQUIRE(left_out.size() == 1);
    CHECK_THAT(left_out[0], Catch::Contains("b/0.bmp"));
    CHECK(scores.images == std::vector<std::string>{"a/1.bmp", "b/1.bmp", "c/1.bmp"});
    CHECK(scores.left_out == std::vector<std::string>{"b/0.bmp"});
    CHECK(torch::equal(scores.labels, at::arange(3)));
  }
}

TEST_CASE("scores that are not finite are no result, and the first photograph that has them is named") {
  class BreaksOff : public PositionNet {
   public:
    torch::Tensor forward(const torch::Tensor& images) override {
      torch::Tensor scores = PositionNet::forward(images);
      if (images.size(0) == 3) scores[1].fill_(std::numeric_limits<float>::infinity());
      return scores;
    }
  } net;
  const Bench made(40, 52);
  CHECK_THROWS_WITH(score(net, made.set(), test_of(TestView::kCenter, 28)),
                    Catch::StartsWith("b/1.bmp: its scores are not finite"));
}

TEST_CASE("a net with another number of classes than the folder is refused at once") {
  const Bench made(40, 52);
  made.put("d/1.bmp", bmp_bytes(40, 52, noise));
  PositionNet net;
  CHECK_THROWS_WITH(score(net, made.set(), test_of(TestView::kCenter, 28)),
                    Catch::Contains("3 scores an image") && Catch::Contains("has 4 classes"));
}

TEST_CASE("a test that is stopped gives no scores") {
  const Bench made(40, 52);
  PositionNet net;
  CHECK_FALSE(resnet::score_photos(
      net, made.set(), test_of(TestView::kDense, 28), torch::kCPU, [](std::int64_t done) { return done < 2; },
      [](const std::string&) {}));
}
