// SPDX-License-Identifier: MIT
#include "batch/loader_speed.hpp"

#include <vector>

#include "batch/in_pieces.hpp"
#include "core/error.hpp"
#include "core/median.hpp"
#include "core/stopwatch.hpp"
#include "image/pixels.hpp"

namespace resnet {
namespace {

constexpr std::int64_t kPiece = 32;
constexpr int kTurns = 5;
constexpr std::int64_t kTurnSteps = 1'000'000'000;  // more than any turn takes: each has batches of its own

/// Images a second of things that have kPiece images each; the first ones warm up threads and caches.
template <typename T>
double speed_of(Prefetch<T>& things, double seconds) {
  for (int i = 0; i < 4; ++i) things.next();
  const Stopwatch stopwatch;
  std::int64_t images = 0;
  do {  // at least once, however short the time
    things.next();
    images += kPiece;
  } while (stopwatch.seconds() < seconds);
  return static_cast<double>(images) / stopwatch.seconds();
}

/// Decodes files whole, in the same order and in the same portions.
InParts<int> bare_decoding(const PhotoSet& set, const EpochOrder& order) {
  return {.begin = [](std::int64_t) { return 0; },
          .parts = [](std::int64_t) { return kPiece; },
          .make =
              [&set, &order](int&, std::int64_t index, std::int64_t i) {
                thread_local Pixels pixels;
                const EncodedImage image = read_encoded_image(set.path(order.image(index * kPiece + i)));
                decode(image, {0, 0, image.header.size.height, image.header.size.width}, pixels);
              },
          .end = {}};
}

}  // namespace

LoaderSpeed measure_loader(const PhotoSet& set, std::int64_t threads, double seconds) {
  require(threads > 0, "a loader of {} threads, expected at least 1", threads);
  const PhotoColors colors = imagenet_colors();
  PhotoTraining training;
  training.input = subtract_mean(colors);
  training.colors = colors;
  training.batch = kPiece;
  const PhotoStream stream(set, training);
  const EpochOrder order(set.size(), training.seed);
  std::vector<double> ours;
  std::vector<double> bare;
  for (int turn = 0; turn < kTurns; ++turn) {
    Prefetch pieces(in_pieces(stream, kPiece).making, turn * kTurnSteps, (turn + 1) * kTurnSteps, threads);
    ours.push_back(speed_of(pieces, seconds / kTurns));
    Prefetch decoded(bare_decoding(set, order), turn * kTurnSteps, (turn + 1) * kTurnSteps, threads);
    bare.push_back(speed_of(decoded, seconds / kTurns));
  }
  return {median(ours), median(bare)};
}

}  // namespace resnet
