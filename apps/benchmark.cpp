// SPDX-License-Identifier: MIT
// Measures how many images a second a network trains on and tests, data pipeline included; on request beside PyTorch.
#include "train/benchmark.hpp"

#include "batch/loader_speed.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "experiment/runtime_flags.hpp"
#include "kernel/simd.hpp"
#include "model/model_spec.hpp"
#include "record/provenance.hpp"
#include "train/python_peer.hpp"

namespace {

double share_of_peak(const resnet::Throughput& t) { return t.peak_gflops > 0 ? t.train_gflops / t.peak_gflops : 0; }

nlohmann::ordered_json as_json(const resnet::BenchmarkOptions& options, const resnet::Runtime& runtime,
                               const resnet::Throughput& t) {
  return {{"model", resnet::model_name(options.model)},
          {"batch", options.batch},
          {"precision", resnet::precision_name(options.precision)},
          {"device", runtime.device.str()},
          {"threads", runtime.threads},
          {"kernels", resnet::kernels_name(runtime.kernels)},
          {"simd", resnet::simd_target()},
          {"train_images_per_second", t.train_images_per_second},
          {"inference_images_per_second", t.inference_images_per_second},
          {"evaluate_10000_seconds", t.evaluate_10000_seconds},
          {"phase_seconds",
           {{"data", t.data_seconds},
            {"forward", t.step_seconds.forward},
            {"backward", t.step_seconds.backward},
            {"update", t.step_seconds.update}}},
          {"train_gflops", t.train_gflops},
          {"peak_gflops", t.peak_gflops},
          {"train_share_of_peak", share_of_peak(t)},
          {"peak_memory_bytes", resnet::peak_memory_bytes()},
          {"peak_cached_bytes", resnet::cached_memory().peak_bytes}};
}

void print_table(const resnet::BenchmarkOptions& options, const resnet::Runtime& runtime, const resnet::Throughput& t) {
  const auto& step = t.step_seconds;
  resnet::print(
      "{} at batch {} in {} on {}, {} threads, {} kernels ({})\n"
      "  training    {:.0f} images/s, {:.0f} of {:.0f} GFLOP/s ({:.2f})\n"
      "  a step      {:.2f} ms data, {:.1f} ms forward, {:.1f} ms backward, {:.2f} ms update\n"
      "  inference   {:.0f} images/s; 10,000 images evaluated in {:.2f} s\n"
      "  memory      {:.0f} MB at most\n",
      resnet::model_name(options.model), options.batch, resnet::precision_name(options.precision), runtime.device.str(),
      runtime.threads, resnet::kernels_name(runtime.kernels), resnet::simd_target(), t.train_images_per_second,
      t.train_gflops, t.peak_gflops, share_of_peak(t), 1e3 * t.data_seconds, 1e3 * step.forward, 1e3 * step.backward,
      1e3 * step.update, t.inference_images_per_second, t.evaluate_10000_seconds,
      static_cast<double>(resnet::peak_memory_bytes()) / 1e6);
}

nlohmann::ordered_json as_json(const std::vector<resnet::SpeedRatio>& ratios) {
  auto rows = nlohmann::ordered_json::array();
  for (const auto& r : ratios) {
    rows.push_back({{"what", r.what},
                    {"peer", r.peer},
                    {"ours", r.ours},
                    {"theirs", r.theirs},
                    {"ratio", r.ratio},
                    {"lowest", r.lowest},
                    {"highest", r.highest}});
  }
  return rows;
}

void print_ratios(const std::vector<resnet::SpeedRatio>& ratios) {
  for (const auto& r : ratios) {
    resnet::print("  {:<11} {:.2f} times Python {} ({:.2f} to {:.2f}): {:.4g} and {:.4g} {}\n", r.what, r.ratio, r.peer,
                  r.lowest, r.highest, r.ours, r.theirs, r.what == "evaluation" ? "s" : "images/s");
  }
}

/// How fast training views of photographs are made, beside a bare decoder, and on request beside Python.
int benchmark_loader(const resnet::Options& options, const resnet::Runtime& runtime, double seconds, int rounds) {
  const std::string folder = options.text("loader");
  const bool is_json = options.is_on("json");
  if (options.given("against")) {
    if (options.text("against") != "python") options.reject("against", "expected python");
    std::vector<std::string> ours = {"/proc/self/exe", "--json", "--loader", folder};
    for (const char* flag : {"seconds", "threads"}) {
      ours.insert(ours.end(), {fmt::format("--{}", flag), options.text(flag)});
    }
    const auto ratios = resnet::measure_loader_against_python(ours, folder, runtime.threads, seconds, rounds);
    is_json ? resnet::print_json({{"loader", folder},
                                  {"threads", runtime.threads},
                                  {"simd", resnet::simd_target()},
                                  {"commit", resnet::source_commit()},
                                  {"rounds", rounds},
                                  {"cpu", resnet::processor_name()},
                                  {"against", as_json(ratios)}})
            : print_ratios(ratios);
    return 0;
  }
  const resnet::PhotoSet set = resnet::read_photo_set(folder);
  const resnet::LoaderSpeed speed = resnet::measure_loader(set, runtime.threads, seconds);
  is_json ? resnet::print_json({{"loader", folder},
                                {"images", set.size()},
                                {"threads", runtime.threads},
                                {"simd", resnet::simd_target()},
                                {"loader_images_per_second", speed.images_per_second},
                                {"bare_decoder_images_per_second", speed.bare_images_per_second},
                                {"share_of_bare_decoder", speed.share_of_bare_decoder()}})
          : resnet::print(
                "training views of the {} photographs in {}, {} threads ({})\n"
                "  loader        {:.0f} images/s\n"
                "  bare decoder  {:.0f} images/s; the loader has {:.2f} of it\n",
                set.size(), folder, runtime.threads, resnet::simd_target(), speed.images_per_second,
                speed.bare_images_per_second, speed.share_of_bare_decoder());
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("benchmark",
                            "Measures how many images a second a network trains on and tests, data pipeline included.");
    options.add("model", "resnet20", "network: plain or resnet, and a depth of 6n + 2");
    options.add("shortcut", "A", "where dimensions grow: A zero padding, B projection there, C projections everywhere");
    options.add("seed", "0", "decides the made-up images and the initialisation");
    options.add("batch", "128", "images per step");
    options.add("precision", "fp32", "arithmetic: fp32 or bf16");
    resnet::add_runtime_flags(options);
    options.add_switch("recompute-blocks", "keep less of a step in memory for a third more time; changes no number");
    options.add("seconds", "15", "time to measure training for");
    options.add("loader", "",
                "measure how fast photographs are made ready instead: a folder with a folder for each class");
    options.add("against", "", "python: run PyTorch in Python in turn with this program, and print the ratios");
    options.add("rounds", "3", "how often each takes its turn");
    options.add_switch("json", "print one JSON object on standard output");
    options.add_config();
    if (!options.parse(argc, argv)) return 0;

    resnet::BenchmarkOptions benchmark;
    benchmark.model = options.parsed("model", resnet::parse_model_name);
    benchmark.model.shortcut = options.parsed("shortcut", [&](const std::string& text) {
      const resnet::Shortcut shortcut = resnet::parse_shortcut(text);
      resnet::ModelSpec spec = benchmark.model;
      spec.shortcut = shortcut;
      resnet::check_spec(spec);
      return shortcut;
    });
    benchmark.precision = options.parsed("precision", resnet::parse_precision);
    benchmark.batch = options.integer("batch", 1, 1'000'000);
    benchmark.seed = static_cast<std::uint64_t>(options.integer("seed", 0, 1'000'000'000));
    benchmark.recompute_blocks = options.is_on("recompute-blocks");
    benchmark.seconds = options.number("seconds", 0, 1e6);
    const auto rounds = static_cast<int>(options.integer("rounds", 1, 1000));
    const resnet::Runtime runtime = resnet::runtime_from(options);

    if (options.given("loader")) return benchmark_loader(options, runtime, benchmark.seconds, rounds);
    if (options.given("against")) {
      if (options.text("against") != "python") options.reject("against", "expected python");
      if (!runtime.device.is_cpu()) options.reject("device", "Python is measured on the cpu alone");
      if (benchmark.model.shortcut != resnet::Shortcut::kZeroPadding) options.reject("shortcut", "Python's is A alone");
      std::vector<std::string> ours = {"/proc/self/exe", "--json", "--model", resnet::model_name(benchmark.model)};
      for (const char* flag : {"batch", "seed", "precision", "seconds", "threads", "memory", "kernels"}) {
        ours.insert(ours.end(), {fmt::format("--{}", flag), options.text(flag)});
      }
      if (benchmark.recompute_blocks) ours.emplace_back("--recompute-blocks");
      const auto ratios = resnet::measure_against_python(ours, benchmark, runtime.threads, rounds);
      options.is_on("json") ? resnet::print_json({{"model", resnet::model_name(benchmark.model)},
                                                  {"batch", benchmark.batch},
                                                  {"precision", resnet::precision_name(benchmark.precision)},
                                                  {"threads", runtime.threads},
                                                  {"kernels", resnet::kernels_name(runtime.kernels)},
                                                  {"simd", resnet::simd_target()},
                                                  {"libtorch", resnet::libtorch_version()},
                                                  {"commit", resnet::source_commit()},
                                                  {"rounds", rounds},
                                                  {"cpu", resnet::processor_name()},
                                                  {"against", as_json(ratios)}})
                            : print_ratios(ratios);
      return 0;
    }

    const resnet::Throughput measured = resnet::measure_throughput(benchmark, runtime);
    if (options.is_on("json")) {
      resnet::print_json(as_json(benchmark, runtime, measured));
    } else {
      print_table(benchmark, runtime, measured);
    }
    return 0;
  });
}
