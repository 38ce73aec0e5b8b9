// SPDX-License-Identifier: MIT
#include "batch/photo_stream.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <new>
#include <set>
#include <string>
#include <vector>

#include "batch/in_pieces.hpp"
#include "core/error.hpp"
#include "support/catch.hpp"
#include "unit/batch/image_sets.hpp"
#include "unit/batch/photo_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

PhotoTraining small_training() {
  return {.sizes = photo_sizes(32),
          .input = parse_normalization("0.5,0.4,0.3", "0.25,0.5,1"),
          .colors = imagenet_colors(),
          .batch = 7,
          .seed = 3};
}

/// The whole batch of a step, as training asks for it.
Batch batch_at(const PhotoStream& stream, std::int64_t step) {
  return make_now(in_pieces(stream, stream.batch()).making, step);
}

bool is_equal(const Batch& a, const Batch& b) {
  return at::equal(a.images, b.images) && at::equal(a.labels, b.labels) && a.photos == b.photos &&
         a.left_out == b.left_out;
}

TEST_CASE("a file that cannot be read may be left out; where memory lacks, its reading stops either way") {
  const auto broken = [] { fail("a.jpg: is broken"); };
  const auto large = [] { throw std::bad_alloc(); };  // as tensors do: unit/tensor/runtime_test.cpp
  CHECK(why_left_out(BadImages::kSkip, broken) == "a.jpg: is broken");
  CHECK_THROWS_AS(why_left_out(BadImages::kStop, broken), Error);
  CHECK_THROWS_AS(why_left_out(BadImages::kSkip, large), std::bad_alloc);
  CHECK_THROWS_AS(why_left_out(BadImages::kStop, large), std::bad_alloc);
}

TEST_CASE("a photograph's view, colours and mean are what Section 3.4 says, in one pass") {
  const PhotoFolder folder;
  const PhotoTraining training = small_training();
  const PhotoStream stream(folder.set(), training);
  const Batch batch = batch_at(stream, 5);
  CHECK(batch.images.sizes() == at::IntArrayRef({7, 3, 32, 32}));
  CHECK(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  for (std::int64_t i = 0; i < 7; ++i) {
    const std::int64_t k = 7 * 5 + i;
    const PhotoSet set = folder.set();
    const std::int64_t photo = EpochOrder(12, 3).image(k);
    CHECK(batch.photos[static_cast<std::size_t>(i)] == photo);
    CHECK(batch.labels[i].item<std::int64_t>() == set.labels[static_cast<std::size_t>(photo)]);
    // The same in steps: the view in levels, then 0..1, the shift, the mean, the deviation.
    const EncodedImage image = read_encoded_image(set.path(photo));
    at::Tensor levels = at::empty({32, 32, 3});
    draw_view(image, training_view(training.sizes, image.header.size, 3, k), {}, levels.data_ptr<float>());
    const Rgb shift = color_shift(*training.colors, 3, k);
    const at::Tensor shifts = at::tensor(at::ArrayRef<double>(shift.data(), 3)).to(at::kFloat);
    const at::Tensor expected =
        (levels / 255 + shifts - at::tensor({0.5F, 0.4F, 0.3F})) / at::tensor({0.25F, 0.5F, 1.0F});
    CHECK(at::allclose(batch.images[i], expected.permute({2, 0, 1}), 1e-5, 1e-5));
  }
}

TEST_CASE("without colours the channels are not shifted") {
  const PhotoFolder folder;
  PhotoTraining training = small_training();
  training.input = parse_normalization("none", "none");
  training.colors.reset();
  const Batch batch = batch_at(PhotoStream(folder.set(), training), 0);
  CHECK(batch.images.ge(0).all().item<bool>());
  CHECK(batch.images.le(1.0001).all().item<bool>());
}

TEST_CASE("every epoch shows each photograph once, in another order") {
  const PhotoFolder folder;
  const PhotoStream stream(folder.set(), small_training());
  std::vector<std::int64_t> seen;
  for (std::int64_t step = 0; step < 12; ++step) {
    const Batch batch = batch_at(stream, step);
    seen.insert(seen.end(), batch.photos.begin(), batch.photos.end());
  }
  for (std::size_t epoch = 0; epoch < 7; ++epoch) {
    const auto first = seen.begin() + static_cast<std::ptrdiff_t>(12 * epoch);
    CHECK(std::set<std::int64_t>(first, first + 12).size() == 12);
  }
  CHECK_FALSE(std::equal(seen.begin(), seen.begin() + 12, seen.begin() + 12));
}

TEST_CASE("the pieces of a step are its batch, for any number of threads and any size of piece") {
  const PhotoFolder folder;
  const PhotoStream stream(folder.set(), small_training());
  const std::int64_t most = GENERATE(1, 3, 7, 100);
  const std::int64_t threads = GENERATE(0, 1, 3);
  CAPTURE(most, threads);
  const BatchInPieces batches = in_pieces(stream, most);
  CHECK(batches.batch == 7);
  Prefetch pieces(batches.making, 2 * batches.pieces, 6 * batches.pieces, threads);
  for (std::int64_t step = 2; step < 6; ++step) {
    const Batch whole = batch_at(stream, step);
    std::vector<at::Tensor> images;
    std::vector<at::Tensor> labels;
    for (std::int64_t piece = 0; piece < batches.pieces; ++piece) {
      const Batch batch = pieces.next();
      CHECK(batch.labels.size(0) <= most);
      images.push_back(batch.images);
      labels.push_back(batch.labels);
    }
    CHECK(at::equal(at::cat(images), whole.images));
    CHECK(at::equal(at::cat(labels), whole.labels));
  }
}

TEST_CASE("CIFAR's batches come in pieces too, as equal as can be") {
  const BatchStream stream(indexed_images(10, 6, 8), uneven_mean(6, 8), /*batch=*/10, /*padding=*/4, /*seed=*/5);
  const BatchInPieces batches = in_pieces(stream, 4);
  REQUIRE(batches.pieces == 3);
  std::vector<at::Tensor> images;
  for (std::int64_t piece = 0; piece < 3; ++piece) {
    const Batch batch = make_now(batches.making, 3 * 4 + piece);
    CHECK(batch.labels.size(0) == (piece == 2 ? 4 : 3));
    images.push_back(batch.images);
  }
  CHECK(at::equal(at::cat(images), stream.at(4).images));
  CHECK_THROWS_AS(in_pieces(stream, 0), Error);
}

TEST_CASE("a file that cannot be read stops the run or is left out, and is named in one sentence either way") {
  const PhotoFolder folder;
  write_atomically(folder.path() / "class1" / "1.jpg", "no photograph");
  write_atomically(folder.path() / "class2" / "5.jpg", "");
  std::filesystem::remove(folder.path() / "class0" / "9.jpg");
  std::filesystem::create_symlink("nowhere", folder.path() / "class0" / "9.jpg");
  PhotoTraining training = small_training();
  training.batch = 12;

  const PhotoStream stopping(folder.set(), training);
  CHECK_THROWS_WITH(batch_at(stopping, 0), Contains(".jpg: "));

  training.bad_images = BadImages::kSkip;
  const PhotoStream skipping(folder.set(), training);
  const Batch batch = batch_at(skipping, 0);
  CHECK(batch.labels.size(0) == 9);
  CHECK(batch.images.sizes() == at::IntArrayRef({9, 3, 32, 32}));
  CHECK(batch.images.is_contiguous(at::MemoryFormat::ChannelsLast));
  CHECK(batch.photos.size() == 9);
  REQUIRE(batch.left_out.size() == 3);
  std::string sentences;
  for (const std::string& sentence : batch.left_out) {
    CHECK_THAT(sentence, !Contains("\n"));
    sentences += sentence + "\n";
  }
  CHECK_THAT(sentences, Contains("class1/1.jpg: is no image") && Contains("class2/5.jpg: is empty") &&
                            Contains("class0/9.jpg: no such file"));
  // Those that are left are what they would be among all: nobody takes another's place, or its view.
  const PhotoFolder sound;
  training.bad_images = BadImages::kStop;
  const Batch all = batch_at(PhotoStream(sound.set(), training), 0);
  for (std::size_t i = 0; i < 9; ++i) {
    const auto place = std::find(all.photos.begin(), all.photos.end(), batch.photos[i]) - all.photos.begin();
    CHECK(at::equal(batch.images[static_cast<std::int64_t>(i)], all.images[place]));
  }
  for (const std::int64_t threads : {1, 3}) {
    Prefetch pieces(in_pieces(skipping, 12).making, 0, 2, threads);
    CHECK(is_equal(pieces.next(), batch));
  }
}

TEST_CASE("a micro-batch of which nothing can be read has no images, and those of its step that can be are there") {
  const PhotoFolder folder;
  PhotoTraining training = small_training();
  training.bad_images = BadImages::kSkip;
  const PhotoSet set = folder.set();
  const EpochOrder order(set.size(), training.seed);
  for (const std::int64_t k : {1, 2}) {  // the second micro-batch of the first step
    write_atomically(set.path(order.image(k)), "no photograph");
  }
  const PhotoStream stream(set, training);
  const BatchInPieces batches = in_pieces(stream, 2);
  REQUIRE(batches.pieces == 4);
  Prefetch pieces(batches.making, 0, batches.pieces, GENERATE(0, 2));
  for (const std::int64_t images : {1, 0, 2, 2}) {
    const Batch piece = pieces.next();
    CHECK(piece.images.sizes() == at::IntArrayRef({images, 3, 32, 32}));
    CHECK(piece.labels.size(0) == images);
    CHECK(piece.left_out.empty() == (images > 0));
  }
}

TEST_CASE("what to do with bad images is stop or skip, and nothing else") {
  CHECK(parse_bad_images("stop") == BadImages::kStop);
  CHECK(parse_bad_images("skip") == BadImages::kSkip);
  CHECK_THROWS_WITH(parse_bad_images("ignore"), Contains("expected stop or skip"));
}

TEST_CASE("a stream of no photographs, or of batches of none, is refused") {
  const PhotoFolder folder;
  PhotoTraining training = small_training();
  CHECK_THROWS_AS(PhotoStream({}, training), Error);
  training.batch = 0;
  CHECK_THROWS_AS(PhotoStream(folder.set(), training), Error);
}

}  // namespace
}  // namespace resnet
