// SPDX-License-Identifier: MIT
#include "train/benchmark.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/prefetch.hpp"
#include "core/median.hpp"
#include "core/stopwatch.hpp"
#include "dataset/synthetic.hpp"
#include "kernel/peak.hpp"
#include "kernel/simd.hpp"
#include "model/make_model.hpp"
#include "train/evaluate.hpp"
#include "train/photo_scores.hpp"

namespace resnet {
namespace {

constexpr int kWarmupBatches = 2;
constexpr std::size_t kFewestBatches = 3;

/// Calls it for so many seconds and at least kFewestBatches times, after a warm-up, and returns each call's duration.
template <typename Call>
std::vector<double> durations_of(double seconds, Call call) {
  for (int i = 0; i < kWarmupBatches; ++i) call();
  std::vector<double> durations;
  for (const Stopwatch total; total.seconds() < seconds || durations.size() < kFewestBatches;) {
    const Stopwatch stopwatch;
    call();
    durations.push_back(stopwatch.seconds());
  }
  return durations;
}

/// Multiply-adds of one image in one training step: forward, and a product of the same size for each of the gradients
/// of weights and of inputs. The images themselves need no gradient.
double training_multiply_adds(const ModelCost& cost) {
  return static_cast<double>(3 * cost.multiply_adds() - cost.layers.front().multiply_adds);
}

double peak_gflops(Precision precision, std::int64_t threads) {
  constexpr int kTries = 5;
  double best = 0;
  if (precision == Precision::kBFloat16 && (!simd_multiplies_bf16() || processor_has_amx())) {
    constexpr std::int64_t kSide = 1536;
    const at::Tensor matrix = at::ones({kSide, kSide}, at::kBFloat16);
    for (int i = 0; i < kTries; ++i) {
      const Stopwatch stopwatch;
      at::mm(matrix, matrix);
      best = std::max(best, 2.0 * kSide * kSide * kSide / stopwatch.seconds());
    }
    return best / 1e9;
  }
  constexpr std::int64_t kRounds = 4'000'000;
  std::vector<std::int64_t> done(static_cast<std::size_t>(threads));
  for (int i = 0; i < kTries; ++i) {
    const Stopwatch stopwatch;
    at::parallel_for(0, threads, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t t = begin; t < end; ++t) {
        done[static_cast<std::size_t>(t)] =
            precision == Precision::kFloat32 ? run_multiply_adds(kRounds) : run_bf16_multiply_adds(kRounds);
      }
    });
    const auto sum = static_cast<double>(std::accumulate(done.begin(), done.end(), std::int64_t{0}));
    best = std::max(best, 2.0 * sum / stopwatch.seconds());
  }
  return best / 1e9;
}

/// The training batches of CIFAR-10's nets: cropped and mirrored anew, and made ready while a step computes.
class AugmentedBatches {
 public:
  explicit AugmentedBatches(const BenchmarkOptions& options)
      : set_(synthetic_cifar10(10 * options.batch, 10, options.seed).train),
        mean_(mean_image(set_)),
        stream_(set_, mean_, options.batch, /*padding=*/4, options.seed),
        made_([this](std::int64_t step) { return stream_.at(step); }, 0,
              std::numeric_limits<std::int64_t>::max() / options.batch, /*threads=*/1) {}

  Batch next() { return made_.next(); }

  at::Tensor test_batch(std::int64_t batch) const { return single_view_batch(set_, input(), 0, batch).images; }
  Normalization input() const { return subtract_mean(mean_); }

 private:
  ImageSet set_;
  at::Tensor mean_;
  BatchStream stream_;
  Prefetch<Batch> made_;
};

/// Numbers as normalised images have them.
at::Tensor made_up_images(std::int64_t images, std::int64_t size) {
  return at::randn({images, 3, size, size}).contiguous(at::MemoryFormat::ChannelsLast);
}

/// A few batches of photographs, so that none is in a cache from the step before.
std::vector<Batch> made_up_batches(const BenchmarkOptions& options) {
  constexpr std::size_t kBatches = 3;
  at::manual_seed(options.seed);
  std::vector<Batch> batches;
  while (batches.size() < kBatches) {
    batches.push_back({made_up_images(options.batch, options.image_size),
                       at::randint(options.model.classes, {options.batch}, at::kLong)});
  }
  return batches;
}

void measure_training(Classifier& model, const BenchmarkOptions& options, const Runtime& runtime,
                      const std::function<Batch()>& next_batch, Throughput& throughput) {
  Sgd optimizer(model.parameters(), 0.9, 1e-4);
  std::vector<double> data;
  std::vector<StepSeconds> steps;
  const std::vector<double> durations = durations_of(options.seconds, [&] {
    const Stopwatch stopwatch;
    const Batch batch = next_batch();
    data.push_back(stopwatch.seconds());
    steps.push_back(train_step(model, optimizer, batch, /*rate=*/0.01, options.precision, runtime.device).seconds);
  });
  data.erase(data.begin(), data.begin() + kWarmupBatches);
  steps.erase(steps.begin(), steps.begin() + kWarmupBatches);
  const auto median_phase = [&](double StepSeconds::* phase) {
    std::vector<double> values;
    for (const StepSeconds& step : steps) values.push_back(step.*phase);
    return median(std::move(values));
  };

  throughput.train_images_per_second = static_cast<double>(options.batch) / median(durations);
  throughput.data_seconds = median(data);
  throughput.step_seconds = {median_phase(&StepSeconds::forward), median_phase(&StepSeconds::backward),
                             median_phase(&StepSeconds::update)};
  throughput.train_gflops = 2 * training_multiply_adds(throughput.cost) * throughput.train_images_per_second / 1e9;
}

double inference_images_per_second(Classifier& model, const BenchmarkOptions& options, const Runtime& runtime,
                                   const at::Tensor& images) {
  const EvaluationMode mode(model);
  const c10::InferenceMode no_gradient;
  const PrecisionScope precision(options.precision, runtime.device);
  const at::Tensor input = images.to(runtime.device);
  return static_cast<double>(options.batch) / median(durations_of(options.seconds / 2, [&] {
           // To the processor: that waits for a device that computes beside it.
           model.forward(input).argmax(1).cpu();
         }));
}

double evaluation_seconds(Classifier& model, const BenchmarkOptions& options, const Runtime& runtime,
                          const Normalization& input) {
  const PrecisionScope precision(options.precision, runtime.device);
  const auto evaluate_images = [&](std::int64_t images) {
    const ImageSet set = synthetic_cifar10(images, 10, options.seed).train;
    const Stopwatch stopwatch;
    evaluate(model, set, input, runtime.device, [](std::int64_t) { return true; });
    return stopwatch.seconds();
  };
  evaluate_images(250);  // a warm-up
  return evaluate_images(10'000);
}

}  // namespace

std::int64_t benchmark_batch(Design design) { return design == Design::kCifar ? 128 : 32; }

Throughput measure_throughput(const BenchmarkOptions& options, const Runtime& runtime) {
  const auto model = make_model(options.model, options.seed);
  model->to(runtime.device);
  model->recompute_blocks(options.recompute_blocks);
  Throughput throughput;
  throughput.cost = model->cost(options.image_size, options.image_size);
  throughput.peak_gflops = runtime.device.is_cpu() ? peak_gflops(options.precision, runtime.threads) : 0;

  if (options.model.design == Design::kCifar) {
    AugmentedBatches batches(options);
    measure_training(*model, options, runtime, [&] { return batches.next(); }, throughput);
    throughput.inference_images_per_second =
        inference_images_per_second(*model, options, runtime, batches.test_batch(options.batch));
    throughput.evaluate_10000_seconds = evaluation_seconds(*model, options, runtime, batches.input());
  } else {
    const std::vector<Batch> batches = made_up_batches(options);
    std::size_t taken = 0;
    measure_training(*model, options, runtime, [&] { return batches[taken++ % batches.size()]; }, throughput);
    throughput.inference_images_per_second =
        inference_images_per_second(*model, options, runtime, batches.front().images);
  }
  return throughput;
}

TenCropSpeed measure_ten_crop(const BenchmarkOptions& options, const Runtime& runtime) {
  const auto model = make_model(options.model, options.seed);
  model->to(runtime.device);
  const EvaluationMode mode(*model);
  const c10::InferenceMode no_gradient;
  const PrecisionScope precision(options.precision, runtime.device);
  const std::int64_t photos = options.batch;
  at::manual_seed(options.seed);
  const at::Tensor views = made_up_images(10 * photos, options.image_size);
  const std::vector<double> durations =
      durations_of(options.seconds, [&] { mean_view_scores(*model, views, photos, runtime.device); });
  return {static_cast<double>(photos) / median(durations), model->cost(options.image_size, options.image_size)};
}

}  // namespace resnet
