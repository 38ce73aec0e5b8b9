// SPDX-License-Identifier: MIT
// Measures how many images a second a network trains on and tests, data pipeline included; on request beside PyTorch.
#include "train/benchmark.hpp"

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "batch/loader_speed.hpp"
#include "batch/test_views.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "experiment/runtime_flags.hpp"
#include "kernel/simd.hpp"
#include "model/model_spec.hpp"
#include "record/provenance.hpp"
#include "train/evaluate.hpp"
#include "train/python_peer.hpp"

namespace {

using nlohmann::ordered_json;

double share_of_peak(const resnet::Throughput& t) { return t.peak_gflops > 0 ? t.train_gflops / t.peak_gflops : 0; }

bool is_for_photos(const resnet::BenchmarkOptions& options) { return options.model.design != resnet::Design::kCifar; }

/// What was measured, and on what: with this every JSON begins.
ordered_json head(const resnet::Options& options, const resnet::BenchmarkOptions& benchmark,
                  const resnet::Runtime& runtime) {
  return {{"model", resnet::model_name(benchmark.model)},
          {"shortcut", resnet::shortcut_name(benchmark.model)},
          {"image_size", benchmark.image_size},
          {"batch", benchmark.batch},
          {"precision", resnet::precision_name(benchmark.precision)},
          {"recompute_blocks", benchmark.recompute_blocks},
          {"device", runtime.device.str()},
          {"threads", runtime.threads},
          {"kernels", resnet::kernels_name(runtime.kernels)},
          {"memory", options.text("memory")},
          {"simd", resnet::simd_description()}};
}

ordered_json head(const std::string& loader, const resnet::Runtime& runtime) {
  return {{"loader", loader}, {"threads", runtime.threads}, {"simd", resnet::simd_description()}};
}

ordered_json as_json(ordered_json json, const resnet::BenchmarkOptions& options, const resnet::Throughput& t) {
  json.update({{"parameters", t.cost.parameters()},
               {"multiply_adds", t.cost.multiply_adds()},
               {"train_images_per_second", t.train_images_per_second},
               {"inference_images_per_second", t.inference_images_per_second},
               {"phase_seconds",
                {{"data", t.data_seconds},
                 {"forward", t.step_seconds.forward},
                 {"backward", t.step_seconds.backward},
                 {"update", t.step_seconds.update}}},
               {"train_gflops", t.train_gflops},
               {"peak_gflops", t.peak_gflops},
               {"train_share_of_peak", share_of_peak(t)},
               {"peak_memory_bytes", resnet::peak_memory_bytes()},
               {"peak_cached_bytes", resnet::cached_memory().peak_bytes}});
  if (!is_for_photos(options)) json["evaluate_10000_seconds"] = t.evaluate_10000_seconds;
  return json;
}

std::string described(const resnet::BenchmarkOptions& options, const resnet::Runtime& runtime) {
  return fmt::format("{}, {} pixels, {} on {}, {} threads, {} kernels ({})", resnet::model_name(options.model),
                     options.image_size, resnet::precision_name(options.precision), runtime.device.str(),
                     runtime.threads, resnet::kernels_name(runtime.kernels), resnet::simd_description());
}

void print_table(const resnet::BenchmarkOptions& options, const resnet::Runtime& runtime, const resnet::Throughput& t) {
  const auto& step = t.step_seconds;
  const std::string evaluation =
      is_for_photos(options) ? "" : fmt::format("; 10,000 images evaluated in {:.2f} s", t.evaluate_10000_seconds);
  resnet::print(
      "{}, batch {}\n"
      "  training    {:.4g} images/s, {:.0f} of {:.0f} GFLOP/s ({:.2f})\n"
      "  a step      {:.2f} ms data, {:.1f} ms forward, {:.1f} ms backward, {:.2f} ms update\n"
      "  inference   {:.4g} images/s{}\n"
      "  memory      {:.0f} MB at most\n",
      described(options, runtime), options.batch, t.train_images_per_second, t.train_gflops, t.peak_gflops,
      share_of_peak(t), 1e3 * t.data_seconds, 1e3 * step.forward, 1e3 * step.backward, 1e3 * step.update,
      t.inference_images_per_second, evaluation, static_cast<double>(resnet::peak_memory_bytes()) / 1e6);
}

ordered_json as_json(const std::vector<resnet::SpeedRatio>& ratios) {
  auto rows = ordered_json::array();
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

/// The ratios of a comparison, as JSON that begins with `head` or for a person.
void report(const resnet::Options& options, ordered_json head, int rounds,
            const std::vector<resnet::SpeedRatio>& ratios) {
  if (!options.is_on("json")) return print_ratios(ratios);
  head.update({{"libtorch", resnet::libtorch_version()},
               {"commit", resnet::source_commit()},
               {"rounds", rounds},
               {"cpu", resnet::processor_name()},
               {"against", as_json(ratios)}});
  resnet::print_json(head);
}

/// The same with Python's torch. Where it is not of our version, what LibTorch itself gained is part of the ratios.
void report(const resnet::Options& options, ordered_json head, int rounds, const resnet::SpeedComparison& comparison) {
  const std::string version = comparison.torch.substr(0, comparison.torch.find('+'));  // of "2.13.0+cpu"
  if (version != resnet::libtorch_version()) {
    resnet::tell("Python's torch is {}, and our LibTorch {}: the ratios are those of the versions too\n", version,
                 resnet::libtorch_version());
  }
  head["python_torch"] = comparison.torch;
  report(options, head, rounds, comparison.ratios);
}

/// Whether Python is to be measured beside it.
bool is_against_python(const resnet::Options& options) {
  if (options.given("against") && options.text("against") != "python") options.reject("against", "expected python");
  return options.given("against");
}

/// This program with these flags as they stand, for a process of its own.
std::vector<std::string> command_with(const resnet::Options& options, std::initializer_list<const char*> flags) {
  std::vector<std::string> command = {"/proc/self/exe", "--json"};
  for (const char* flag : flags) {
    if (!options.text(flag).empty()) command.insert(command.end(), {fmt::format("--{}", flag), options.text(flag)});
  }
  if (options.is_on("recompute-blocks")) command.emplace_back("--recompute-blocks");
  return command;
}

/// How fast training views of photographs are made, beside a bare decoder, and on request beside Python.
void benchmark_loader(const resnet::Options& options, const resnet::Runtime& runtime, double seconds, int rounds) {
  const std::string folder = options.text("loader");
  if (is_against_python(options)) {
    const auto ours = command_with(options, {"loader", "seconds", "threads", "memory"});
    return report(options, head(folder, runtime), rounds,
                  resnet::measure_loader_against_python(ours, folder, runtime.threads, seconds, rounds));
  }
  const resnet::PhotoSet set = resnet::read_photo_set(folder);
  const resnet::LoaderSpeed speed = resnet::measure_loader(set, runtime.threads, seconds);
  if (!options.is_on("json")) {
    resnet::print(
        "training views of the {} photographs in {}, {} threads ({})\n"
        "  loader        {:.0f} images/s\n"
        "  bare decoder  {:.0f} images/s; the loader has {:.2f} of it\n",
        set.size(), folder, runtime.threads, resnet::simd_description(), speed.images_per_second,
        speed.bare_images_per_second, speed.share_of_bare_decoder());
    return;
  }
  ordered_json json = head(folder, runtime);
  json.update({{"images", set.size()},
               {"loader_images_per_second", speed.images_per_second},
               {"bare_decoder_images_per_second", speed.bare_images_per_second},
               {"share_of_bare_decoder", speed.share_of_bare_decoder()}});
  resnet::print_json(json);
}

/// What a net does with the ten crops of photographs, and on request beside Python.
void benchmark_ten_crop(const resnet::Options& options, const resnet::BenchmarkOptions& benchmark,
                        const resnet::Runtime& runtime, const std::vector<std::string>& ours, int rounds) {
  ordered_json json = head(options, benchmark, runtime);
  json["test"] = resnet::test_view_name(resnet::TestView::kTenCrop);
  if (is_against_python(options)) {
    return report(options, json, rounds,
                  resnet::measure_ten_crop_against_python(ours, benchmark, runtime.threads, rounds));
  }
  const resnet::TenCropSpeed speed = resnet::measure_ten_crop(benchmark, runtime);
  if (!options.is_on("json")) {
    resnet::print("{}\n  ten-crop    {:.4g} photographs/s, ten crops each, {} photographs at once\n",
                  described(benchmark, runtime), speed.images_per_second, benchmark.batch);
    return;
  }
  json.update({{"parameters", speed.cost.parameters()},
               {"multiply_adds", speed.cost.multiply_adds()},
               {"ten_crop_images_per_second", speed.images_per_second}});
  resnet::print_json(json);
}

void benchmark_net(const resnet::Options& options, const resnet::BenchmarkOptions& benchmark,
                   const resnet::Runtime& runtime, const std::vector<std::string>& ours, int rounds) {
  if (is_against_python(options)) {
    return report(options, head(options, benchmark, runtime), rounds,
                  resnet::measure_against_python(ours, benchmark, runtime.threads, rounds));
  }
  const resnet::Throughput measured = resnet::measure_throughput(benchmark, runtime);
  if (options.is_on("json")) {
    resnet::print_json(as_json(head(options, benchmark, runtime), benchmark, measured));
  } else {
    print_table(benchmark, runtime, measured);
  }
}

/// The net as the flags say it, or as the paper has it where they are silent. Each flag is checked with the net, so
/// that the one to blame is named.
resnet::ModelSpec model_from(const resnet::Options& options) {
  resnet::ModelSpec spec = options.parsed("model", resnet::parse_model_name);
  if (options.given("shortcut")) {
    spec = options.parsed("shortcut", [spec](const std::string& text) mutable {
      spec.shortcut = resnet::parse_shortcut(text);
      resnet::check_spec(spec);
      return spec;
    });
  }
  if (options.given("bottleneck-stride")) {
    spec = options.parsed("bottleneck-stride", [spec](const std::string& text) mutable {
      spec.bottleneck_stride = resnet::parse_bottleneck_stride(text);
      resnet::check_spec(spec);
      return spec;
    });
  }
  return spec;
}

resnet::BenchmarkOptions benchmark_from(const resnet::Options& options) {
  resnet::BenchmarkOptions benchmark;
  benchmark.model = model_from(options);
  const resnet::Design design = benchmark.model.design;
  benchmark.image_size = resnet::image_size(design);
  if (options.given("image-size")) {
    if (!is_for_photos(benchmark)) options.reject("image-size", "CIFAR-10's images have 32 pixels; leave it out");
    benchmark.image_size = options.integer("image-size", resnet::kLeastImageSize, resnet::kLargestImageSize);
  }
  benchmark.batch = options.given("batch") ? options.integer("batch", 1, 1'000'000) : resnet::benchmark_batch(design);
  benchmark.precision = options.parsed("precision", resnet::parse_precision);
  benchmark.seed = static_cast<std::uint64_t>(options.integer("seed", 0, 1'000'000'000));
  benchmark.recompute_blocks = options.is_on("recompute-blocks");
  if (benchmark.recompute_blocks && design == resnet::Design::kVgg) {
    options.reject("recompute-blocks", fmt::format("{} has no blocks; leave it out", model_name(benchmark.model)));
  }
  benchmark.seconds = options.number("seconds", 0, 1e6);
  if (options.given("test")) {
    if (options.text("test") != "ten-crop") options.reject("test", "expected ten-crop");
    if (!is_for_photos(benchmark)) options.reject("test", "ten crops are for photographs; choose resnet50 or the like");
    if (options.given("batch")) options.reject("batch", "a test shows as many photographs at once as evaluate does");
    benchmark.batch = resnet::photos_at_once(resnet::TestView::kTenCrop);
  }
  return benchmark;
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("benchmark",
                            "Measures how many images a second a network trains on and tests. For CIFAR-10 the making "
                            "of its batches is part of that; photographs lie ready in memory, and --loader measures "
                            "how fast they are read.");
    options.add("model", "resnet20",
                "network: plain or resnet, and a depth of 6n + 2; or 18, 34, 50, 101 or 152 for photographs, or vgg16");
    options.add("shortcut", "",
                "where dimensions grow: A zero padding, B projection there, C projections everywhere [the paper's]");
    options.add("bottleneck-stride", "",
                "of resnet50 and deeper: on the first 1x1 as the authors', or on the 3x3 [1x1]");
    options.add("seed", "0", "decides the made-up images and the initialisation");
    options.add("batch", "", "images per step [128; of photographs 32]");
    options.add("image-size", "", "photographs: height and width [224]");
    options.add("precision", "fp32", "arithmetic: fp32 or bf16");
    resnet::add_runtime_flags(options);
    options.add_switch("recompute-blocks", "keep less of a step in memory for a third more time; changes no number");
    options.add("seconds", "15", "time to measure training for");
    options.add("test", "", "photographs: measure this test alone: ten-crop");
    options.add("loader", "",
                "measure how fast photographs are made ready instead: a folder with a folder for each class");
    options.add("against", "", "python: run PyTorch in Python in turn with this program, and print the ratios");
    options.add("rounds", "3", "how often each takes its turn");
    options.add_switch("json", "print one JSON object on standard output");
    options.add_config();
    if (!options.parse(argc, argv)) return 0;

    const resnet::BenchmarkOptions benchmark = benchmark_from(options);
    const auto rounds = static_cast<int>(options.integer("rounds", 1, 1000));
    const resnet::Runtime runtime = resnet::runtime_from(options);
    if (options.given("loader")) {
      benchmark_loader(options, runtime, benchmark.seconds, rounds);
      return 0;
    }
    if (is_against_python(options) && !runtime.device.is_cpu()) {
      options.reject("device", "Python is measured on the cpu alone");
    }
    const std::vector<std::string> ours =
        command_with(options, {"model", "shortcut", "bottleneck-stride", "batch", "image-size", "seed", "precision",
                               "seconds", "threads", "memory", "kernels", "test"});
    const auto measure = options.given("test") ? benchmark_ten_crop : benchmark_net;
    measure(options, benchmark, runtime, ours, rounds);
    return 0;
  });
}
