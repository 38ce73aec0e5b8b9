// SPDX-License-Identifier: MIT
// Measures how many images a second a network trains on and tests, data pipeline included.
#include "train/benchmark.hpp"

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "model/model_spec.hpp"
#include "record/provenance.hpp"
#include "tensor/runtime.hpp"
#include "train/recipe.hpp"

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("benchmark",
                            "Measures how many images a second a network trains on and tests, data pipeline included.");
    options.add("model", "resnet20", "network: plain or resnet, and a depth of 6n + 2");
    options.add("shortcut", "A", "where dimensions grow: A zero padding, B projection there, C projections everywhere");
    options.add("batch", "128", "images per step");
    options.add("precision", "fp32", "arithmetic");
    options.add("threads", "0", "threads that compute; 0: all cores");
    options.add("device", "cpu", "cpu or cuda");
    options.add("seconds", "15", "time to measure training for");
    options.add_switch("json", "print one JSON object on standard output");
    if (!options.parse(argc, argv)) return 0;

    resnet::ModelSpec spec = options.parsed("model", resnet::parse_model_name);
    spec.shortcut = options.parsed("shortcut", resnet::parse_shortcut);
    resnet::check_spec(spec);
    const auto precision = options.parsed("precision", resnet::parse_precision);
    const auto batch = options.integer("batch", 1, 1'000'000);
    const auto seconds = options.number("seconds", 0, 1e6);
    const auto runtime = resnet::set_up_runtime(options.integer("threads", 0, 1024), options.text("device"));

    const resnet::Throughput measured = resnet::measure_throughput(spec, batch, seconds, runtime);
    const nlohmann::ordered_json result = {{"model", resnet::model_name(spec)},
                                           {"batch", batch},
                                           {"precision", resnet::precision_name(precision)},
                                           {"device", runtime.device.str()},
                                           {"threads", runtime.threads},
                                           {"train_images_per_second", measured.train_images_per_second},
                                           {"inference_images_per_second", measured.inference_images_per_second},
                                           {"peak_memory_bytes", resnet::peak_memory_bytes()}};
    if (options.is_on("json")) {
      resnet::print_json(result);
    } else {
      resnet::print(
          "{} at batch {} in {} on {} with {} threads: {:.0f} images/s in training, {:.0f} in inference, {:.0f} MB\n",
          resnet::model_name(spec), batch, resnet::precision_name(precision), runtime.device.str(), runtime.threads,
          measured.train_images_per_second, measured.inference_images_per_second,
          static_cast<double>(resnet::peak_memory_bytes()) / 1e6);
    }
    return 0;
  });
}
