// SPDX-License-Identifier: MIT
#include "train/benchmark.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <vector>

#include "batch/prefetch.hpp"
#include "core/median.hpp"
#include "core/stopwatch.hpp"
#include "dataset/synthetic.hpp"
#include "kernel/peak.hpp"
#include "kernel/simd.hpp"
#include "model/make_model.hpp"
#include "train/evaluate.hpp"

namespace resnet {
namespace {

constexpr int kWarmupBatches = 3;
constexpr std::size_t kFewestBatches = 5;

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

/// Multiply-adds of one image in one training step: forward, and a product of the same size for each of the gradients of
/// weights and of inputs. The images themselves need no gradient.
double training_multiply_adds(const ModelCost& cost) {
  return static_cast<double>(3 * cost.multiply_adds() - cost.layers.front().multiply_adds);
}

double peak_gflops(Precision precision, std::int64_t threads) {
  constexpr int kTries = 5;
  double best = 0;
  if (precision == Precision::kBFloat16 && !simd_multiplies_bf16()) {
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

}  // namespace

Throughput measure_throughput(const BenchmarkOptions& options, const Runtime& runtime) {
  const ImageSet set = synthetic_cifar10(10 * options.batch, 10, options.seed).train;
  const at::Tensor mean = mean_image(set);
  const BatchStream stream(set, mean, options.batch, /*padding=*/4, options.seed);
  Prefetch batches([&](std::int64_t step) { return stream.at(step); }, 0,
                   std::numeric_limits<std::int64_t>::max() / options.batch, /*threads=*/1);
  const auto model = make_model(options.model, options.seed);
  model->to(runtime.device);
  model->recompute_blocks(options.recompute_blocks);
  Sgd optimizer(model->parameters(), 0.9, 1e-4);

  std::vector<double> data;
  std::vector<StepSeconds> steps;
  const std::vector<double> durations = durations_of(options.seconds, [&] {
    const Stopwatch stopwatch;
    const Batch batch = batches.next();
    data.push_back(stopwatch.seconds());
    steps.push_back(train_step(*model, optimizer, batch, /*rate=*/0.01, options.precision, runtime.device).seconds);
  });
  data.erase(data.begin(), data.begin() + kWarmupBatches);
  steps.erase(steps.begin(), steps.begin() + kWarmupBatches);
  const auto median_phase = [&](double StepSeconds::* phase) {
    std::vector<double> values;
    for (const StepSeconds& step : steps) values.push_back(step.*phase);
    return median(std::move(values));
  };

  const auto images = static_cast<double>(options.batch);
  Throughput throughput;
  throughput.train_images_per_second = images / median(durations);
  throughput.data_seconds = median(data);
  throughput.step_seconds = {median_phase(&StepSeconds::forward), median_phase(&StepSeconds::backward),
                             median_phase(&StepSeconds::update)};
  const ModelCost cost = model->cost(set.images.size(2), set.images.size(3));
  throughput.train_gflops = 2 * training_multiply_adds(cost) * throughput.train_images_per_second / 1e9;
  throughput.peak_gflops = runtime.device.is_cpu() ? peak_gflops(options.precision, runtime.threads) : 0;

  {
    model->eval();
    const c10::InferenceMode no_gradient;
    const PrecisionScope precision(options.precision, runtime.device);
    const at::Tensor input = single_view_batch(set, subtract_mean(mean), 0, options.batch).images.to(runtime.device);
    throughput.inference_images_per_second = images / median(durations_of(options.seconds / 2, [&] {
                                               // To the processor: that waits for a device that computes beside it.
                                               model->forward(input).argmax(1).cpu();
                                             }));
  }
  const ImageSet tested = synthetic_cifar10(10'000, 10, options.seed).train;
  const PrecisionScope precision(options.precision, runtime.device);
  evaluate(*model, synthetic_cifar10(250, 10, options.seed).train, subtract_mean(mean), runtime.device,
           [](std::int64_t) { return true; });  // a warm-up
  const Stopwatch stopwatch;
  evaluate(*model, tested, subtract_mean(mean), runtime.device, [](std::int64_t) { return true; });
  throughput.evaluate_10000_seconds = stopwatch.seconds();
  return throughput;
}

}  // namespace resnet
