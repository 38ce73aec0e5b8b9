// SPDX-License-Identifier: MIT
#include "train/benchmark.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "core/stopwatch.hpp"
#include "dataset/synthetic.hpp"
#include "model/make_model.hpp"
#include "train/train_step.hpp"

namespace resnet {
namespace {

constexpr int kWarmupBatches = 3;
constexpr std::size_t kFewestBatches = 5;

/// The median duration of a call, over `seconds` and at least kFewestBatches calls.
template <typename Call>
double median_seconds(double seconds, Call call) {
  for (int i = 0; i < kWarmupBatches; ++i) call();
  std::vector<double> durations;
  for (const Stopwatch total; total.seconds() < seconds || durations.size() < kFewestBatches;) {
    const Stopwatch stopwatch;
    call();
    durations.push_back(stopwatch.seconds());
  }
  const auto middle = durations.begin() + static_cast<std::ptrdiff_t>(durations.size() / 2);
  std::nth_element(durations.begin(), middle, durations.end());
  return *middle;
}

}  // namespace

Throughput measure_throughput(const ModelSpec& spec, std::int64_t batch, double seconds, const Runtime& runtime) {
  const ImageSet set = synthetic_cifar10(10 * batch, 10, /*seed=*/0).train;
  const torch::Tensor mean = mean_image(set);
  const BatchStream stream(set, mean, batch, /*padding=*/4, /*seed=*/0);
  Prefetch batches(stream, 0, std::numeric_limits<std::int64_t>::max() / batch, /*threads=*/1);
  const auto model = make_model(spec, /*seed=*/0);
  model->to(runtime.device);
  Sgd optimizer(model->parameters(), 0.9, 1e-4);

  const auto images = static_cast<double>(batch);
  Throughput throughput;
  throughput.train_images_per_second = images / median_seconds(seconds, [&] {
                                         train_step(*model, optimizer, batches.next(), /*rate=*/0.01, runtime.device);
                                       });

  model->eval();
  const c10::InferenceMode no_gradient;
  const torch::Tensor input = plain_batch(set, mean, 0, batch).images.to(runtime.device);
  throughput.inference_images_per_second =
      images / median_seconds(seconds / 2, [&] {
        model->forward(input).argmax(1).cpu();  // to the processor: it waits for a device that computes beside it
      });
  return throughput;
}

}  // namespace resnet
