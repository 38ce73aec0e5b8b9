// SPDX-License-Identifier: MIT
#include "batch/batch_stream.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/image_sets.hpp"

namespace resnet {
namespace {

using Catch::Contains;

constexpr std::int64_t kPadding = 4;  // Section 4.2

std::vector<std::int64_t> labels_of(const Batch& batch) {
  return {batch.labels.const_data_ptr<std::int64_t>(),
          batch.labels.const_data_ptr<std::int64_t>() + batch.labels.numel()};
}

bool is_equal(const Batch& a, const Batch& b) { return at::equal(a.images, b.images) && at::equal(a.labels, b.labels); }

// The paper's view made the slow way, with LibTorch's own operations: scale and mean, pad, crop, mirror.
at::Tensor expected_view(const ImageSet& set, const at::Tensor& mean, std::int64_t padding, const TrainingView& view) {
  const at::Tensor image = set.images[view.image].to(at::kFloat).div(255.0F).sub(mean);
  const at::Tensor padded = at::constant_pad_nd(image, {padding, padding, padding, padding}, 0);
  const at::Tensor crop =
      padded.slice(1, view.top, view.top + image.size(1)).slice(2, view.left, view.left + image.size(2));
  return view.is_mirrored ? crop.flip({2}) : crop;
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) { return (a - b).abs().max().item<double>(); }

TEST_CASE("a training image is scaled, freed of the mean, padded, cropped and mirrored, in this order (Section 4.2)") {
  const std::int64_t padding = GENERATE(0, 1, 4, 9);  // 9 is more than the image is high
  const ImageSet set = indexed_images(7, 6, 8);
  const at::Tensor mean = uneven_mean(6, 8);
  const BatchStream stream(set, mean, /*batch=*/16, padding, /*seed=*/3);
  for (std::int64_t step = 0; step < 5; ++step) {
    const Batch batch = stream.at(step);
    for (std::int64_t i = 0; i < 16; ++i) {
      const TrainingView view = stream.view(step, i);
      CAPTURE(padding, step, i, view.image, view.top, view.left, view.is_mirrored);
      CHECK(largest_difference(batch.images[i], expected_view(set, mean, padding, view)) < 1e-6);
      CHECK(batch.labels[i].item<std::int64_t>() == view.image);
    }
  }
}

TEST_CASE("the border is exactly 0 where the crop leaves the image, and only there") {
  const ImageSet set = indexed_images(5, 8, 10);
  // No pixel of the image can become 0, since 1 is added to each.
  const BatchStream stream(set, at::full({3, 8, 10}, -1.0F), /*batch=*/200, kPadding, /*seed=*/1);
  const at::Tensor is_zero = stream.at(0).images.eq(0);
  for (std::int64_t i = 0; i < 200; ++i) {
    const TrainingView view = stream.view(0, i);
    CAPTURE(view.top, view.left, view.is_mirrored);
    const std::int64_t rows_inside = 8 - std::abs(view.top - kPadding);
    const std::int64_t columns_inside = 10 - std::abs(view.left - kPadding);
    CHECK(is_zero[i].sum().item<std::int64_t>() == 3 * (80 - rows_inside * columns_inside));
  }
}

TEST_CASE("crop offsets cover 0 .. 8 evenly each way, and half of the crops are mirrored (Section 4.2)") {
  const ImageSet set = indexed_images(50, 2, 2);
  const BatchStream stream(set, uneven_mean(2, 2), /*batch=*/128, kPadding, /*seed=*/0);
  constexpr std::size_t kCells = 9 * 9 * 2;
  constexpr int kEach = 100;
  std::vector<int> counts(kCells);
  for (std::size_t k = 0; k < kCells * kEach; ++k) {
    const TrainingView view = stream.view(static_cast<std::int64_t>(k / 128), static_cast<std::int64_t>(k % 128));
    REQUIRE((view.top >= 0 && view.top <= 8 && view.left >= 0 && view.left <= 8));
    ++counts[static_cast<std::size_t>((view.top * 9 + view.left) * 2 + (view.is_mirrored ? 1 : 0))];
  }
  // Over all combinations, so that a dependence between the three draws would show, and over each draw alone.
  const auto chi_square = [&](std::size_t groups, auto group_of) {
    std::vector<double> sums(groups);
    for (std::size_t cell = 0; cell < kCells; ++cell) sums[group_of(cell)] += counts[cell];
    const double expected = static_cast<double>(kCells * kEach) / static_cast<double>(groups);
    double value = 0;
    for (const double sum : sums) value += (sum - expected) * (sum - expected) / expected;
    return value;
  };
  const auto limit = [](double degrees) { return degrees + 4 * std::sqrt(2 * degrees); };
  CHECK(chi_square(kCells, [](std::size_t cell) { return cell; }) < limit(kCells - 1));
  CHECK(chi_square(9, [](std::size_t cell) { return cell / 18; }) < limit(8));
  CHECK(chi_square(9, [](std::size_t cell) { return cell / 2 % 9; }) < limit(8));
  CHECK(chi_square(2, [](std::size_t cell) { return cell % 2; }) < limit(1));
}

TEST_CASE("each epoch shows every image once, in an order of its own; batches cross epochs and none is partial") {
  const std::int64_t batch = GENERATE(1, 4, 10, 25);  // 25: a batch of two and a half epochs
  const ImageSet set = indexed_images(10, 2, 2);
  const BatchStream stream(set, uneven_mean(2, 2), batch, kPadding, /*seed=*/5);
  std::vector<std::int64_t> shown;
  for (std::int64_t step = 0; step * batch < 100; ++step) {
    const std::vector<std::int64_t> labels = labels_of(stream.at(step));
    REQUIRE(labels.size() == static_cast<std::size_t>(batch));
    shown.insert(shown.end(), labels.begin(), labels.end());
  }
  std::vector<std::vector<std::int64_t>> orders;
  for (auto begin = shown.begin(); begin < shown.begin() + 100; begin += 10) orders.emplace_back(begin, begin + 10);
  for (std::vector<std::int64_t> order : orders) {
    std::sort(order.begin(), order.end());
    CHECK(order == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  }
  std::sort(orders.begin(), orders.end());
  CHECK(std::adjacent_find(orders.begin(), orders.end()) == orders.end());
}

TEST_CASE("what is shown k-th does not depend on the batch size") {
  const ImageSet set = indexed_images(10, 4, 4);
  const BatchStream by_five(set, uneven_mean(4, 4), 5, kPadding, /*seed=*/5);
  const BatchStream by_fifteen(set, uneven_mean(4, 4), 15, kPadding, /*seed=*/5);
  const at::Tensor three = at::cat({by_five.at(0).images, by_five.at(1).images, by_five.at(2).images});
  CHECK(at::equal(three, by_fifteen.at(0).images));
}

TEST_CASE("a batch is a function of seed and step, in whatever order the steps are asked for") {
  const ImageSet set = indexed_images(10, 6, 8);
  const BatchStream stream(set, uneven_mean(6, 8), /*batch=*/4, kPadding, /*seed=*/5);
  std::vector<Batch> in_order;
  for (std::int64_t step = 0; step < 20; ++step) in_order.push_back(stream.at(step));

  const BatchStream again(set, uneven_mean(6, 8), 4, kPadding, 5);
  for (const std::int64_t step : {19, 0, 7, 7, 18, 1, 10, 0}) {
    CAPTURE(step);
    CHECK(is_equal(again.at(step), in_order[static_cast<std::size_t>(step)]));
  }
}

TEST_CASE("another seed gives another order and other views; other steps too") {
  const ImageSet set = indexed_images(40, 6, 8);
  const BatchStream one(set, uneven_mean(6, 8), /*batch=*/40, kPadding, /*seed=*/1);
  const BatchStream two(set, uneven_mean(6, 8), 40, kPadding, 2);
  CHECK(labels_of(one.at(0)) != labels_of(two.at(0)));
  CHECK(labels_of(one.at(0)) != labels_of(one.at(1)));
  const auto equal_views = [](const BatchStream& a, std::int64_t a_step, const BatchStream& b, std::int64_t b_step) {
    int equal = 0;
    for (std::int64_t i = 0; i < 40; ++i) {
      const TrainingView x = a.view(a_step, i);
      const TrainingView y = b.view(b_step, i);
      equal += x.top == y.top && x.left == y.left && x.is_mirrored == y.is_mirrored ? 1 : 0;
    }
    return equal;
  };
  CHECK(equal_views(one, 0, two, 0) < 5);  // by chance, one in 162
  CHECK(equal_views(one, 0, one, 1) < 5);
  CHECK(equal_views(one, 3, one, 3) == 40);
}

TEST_CASE("a batch is float32 and channels-last, as the nets want it") {
  const ImageSet set = indexed_images(5, 6, 8);
  const BatchStream stream(set, uneven_mean(6, 8), /*batch=*/4, kPadding, /*seed=*/5);
  for (const Batch& batch : {stream.at(0), single_view_batch(set, subtract_mean(uneven_mean(6, 8)), 0, 4)}) {
    CHECK(batch.images.sizes() == at::IntArrayRef({4, 3, 6, 8}));
    CHECK(batch.images.scalar_type() == at::kFloat);
    CHECK(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
    CHECK(batch.labels.sizes() == at::IntArrayRef({4}));
    CHECK(batch.labels.scalar_type() == at::kLong);
  }
}

TEST_CASE("a stream does not care how the set lies in memory") {
  const ImageSet set = indexed_images(6, 6, 8);
  ImageSet strided = set;
  strided.images = set.images.contiguous(at::MemoryFormat::ChannelsLast);
  strided.labels = at::stack({set.labels, set.labels}, 1).select(1, 0);
  REQUIRE_FALSE(strided.labels.is_contiguous());
  const at::Tensor mean = uneven_mean(6, 8);
  CHECK(is_equal(BatchStream(set, mean, 9, kPadding, 1).at(2), BatchStream(strided, mean, 9, kPadding, 1).at(2)));
  const Normalization by = subtract_mean(mean);
  CHECK(is_equal(single_view_batch(set, by, 1, 4), single_view_batch(strided, by, 1, 4)));
}

TEST_CASE("the set that a stream was made from stays as it was") {
  const ImageSet set = indexed_images(6, 6, 8);
  const std::string before = fingerprint(set);
  const BatchStream stream(set, uneven_mean(6, 8), 9, kPadding, 1);
  for (std::int64_t step = 0; step < 5; ++step) {
    stream.at(step).images.zero_();
    stream.at(step).labels.zero_();
  }
  CHECK(fingerprint(set) == before);
}

TEST_CASE("a stream without images and a batch without images are refused") {
  const ImageSet set = indexed_images(6, 6, 8);
  const ImageSet none{set.images.narrow(0, 0, 0), set.labels.narrow(0, 0, 0), {}};
  CHECK_THROWS_WITH(BatchStream(none, uneven_mean(6, 8), 4, kPadding, 1), Contains("no images"));
  CHECK_THROWS_WITH(BatchStream(set, uneven_mean(6, 8), 0, kPadding, 1), Contains("a batch of 0 images"));
  CHECK_THROWS_AS(BatchStream(set, uneven_mean(6, 8), -4, kPadding, 1), Error);
  CHECK_THROWS_WITH(mean_image(none), Contains("no images"));
}

TEST_CASE("a mean that is not of the images' size is refused") {
  const ImageSet set = indexed_images(6, 6, 8);
  const std::string expected = "expected Float 3x6x8 like the images";
  for (const at::Tensor& mean : {uneven_mean(8, 6), uneven_mean(6, 8).to(at::kDouble), at::zeros({3})}) {
    CHECK_THROWS_WITH(BatchStream(set, mean, 4, kPadding, 1), Contains(expected));
  }
}

TEST_CASE("the mean image is that of a computation in double, pixel by pixel, of 0 .. 1") {
  const ImageSet set = indexed_images(301, 3, 5);
  const at::Tensor mean = mean_image(set);
  REQUIRE(mean.sizes() == at::IntArrayRef({3, 3, 5}));
  CHECK(mean.scalar_type() == at::kFloat);
  for (std::int64_t pixel = 0; pixel < 45; ++pixel) {
    double sum = 0;
    for (std::int64_t i = 0; i < 301; ++i) sum += set.images.const_data_ptr<std::uint8_t>()[i * 45 + pixel] / 255.0;
    CHECK(std::abs(mean.view(-1)[pixel].item<double>() - sum / 301) < 1e-7);
  }
}

TEST_CASE("the mean image does not depend on the order of the images and does not overflow") {
  const ImageSet set = indexed_images(1000, 3, 5);
  const ImageSet reversed{set.images.flip({0}), set.labels, {}};
  CHECK(at::equal(mean_image(set), mean_image(reversed)));
  const ImageSet white{at::full({70'000, 3, 1, 2}, 255, at::kByte), at::zeros({70'000}, at::kLong), {}};
  CHECK(mean_image(white).eq(1).all().item<bool>());
}

TEST_CASE("a single-view batch shows the images of a range unchanged but for scale and mean (Section 4.2)") {
  const ImageSet set = indexed_images(9, 6, 8);
  const at::Tensor mean = uneven_mean(6, 8);
  const Batch batch = single_view_batch(set, subtract_mean(mean), 3, 5);
  CHECK(labels_of(batch) == std::vector<std::int64_t>{3, 4, 5, 6, 7});
  CHECK(largest_difference(batch.images, set.images.narrow(0, 3, 5).to(at::kFloat).div(255.0F).sub(mean)) < 1e-6);
}

TEST_CASE("training and testing see the same numbers, bit for bit, of an image that is neither cropped nor mirrored") {
  const ImageSet set = indexed_images(40, 6, 8);
  const at::Tensor mean = uneven_mean(6, 8);
  const BatchStream stream(set, mean, /*batch=*/40, /*padding=*/0, /*seed=*/3);
  const Batch batch = stream.at(0);
  int compared = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    const TrainingView view = stream.view(0, i);
    if (view.is_mirrored) continue;
    CHECK(at::equal(batch.images[i], single_view_batch(set, subtract_mean(mean), view.image, 1).images[0]));
    ++compared;
  }
  CHECK(compared > 5);
}

TEST_CASE("a single-view batch beyond the set is refused") {
  const ImageSet set = indexed_images(9, 6, 8);
  const Normalization by = subtract_mean(uneven_mean(6, 8));
  CHECK_NOTHROW(single_view_batch(set, by, 8, 1));
  CHECK_THROWS_WITH(single_view_batch(set, by, 5, 5), Contains("images 5 to 9 of a set of 9"));
  CHECK_THROWS_AS(single_view_batch(set, by, -1, 2), Error);
  CHECK_THROWS_AS(single_view_batch(set, by, 0, 0), Error);
}

}  // namespace
}  // namespace resnet
