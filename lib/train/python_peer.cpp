// SPDX-License-Identifier: MIT
#include "train/python_peer.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/json.hpp"
#include "core/median.hpp"
#include "core/process.hpp"

namespace resnet {
namespace {

using Json = nlohmann::ordered_json;

/// The first Python that can import this module, but for one that lies in the current folder: that may be anybody's.
std::string python_with(const std::string& module) {
  std::vector<std::string> candidates = {(project_root() / ".deps" / "venv" / "bin" / "python").string(), "python3"};
  if (const char* chosen = std::getenv("RESNET_PYTHON")) candidates = {chosen};
  for (const std::string& python : candidates) {
    const std::string script = fmt::format("import sys; sys.path = [p for p in sys.path if p]; import {}", module);
    if (run_process({python, "-c", script}).exit_code == 0) return python;
  }
  fail("--against python: no Python with {} among {}; set RESNET_PYTHON to one", module, fmt::join(candidates, ", "));
}

/// The JSON object that ends what a process printed: it begins with a line of its own.
Json measure(const std::vector<std::string>& command) {
  const ProcessResult result = run_process(command);
  const std::string output = "\n" + result.output;
  const std::size_t start = std::min(output.find("\n{"), output.size());
  Json measured = parse_json(std::string_view(output).substr(start));
  require(result.exit_code == 0 && measured.is_object(), "--against python: {} ended with {}:\n{}", command[0],
          result.exit_code, result.output);
  return measured;
}

struct Peer {
  std::string name;
  std::vector<std::string> command;
};

std::vector<Peer> peers(const BenchmarkOptions& options, std::int64_t threads) {
  const ModelSpec& model = options.model;
  require_usage(model.design != Design::kVgg, "{}: is not among Python's networks here; leave out --against",
                model_name(model));
  const std::vector<std::string> plain = {python_with("torch"),
                                          (project_root() / "apps" / "benchmark_peer.py").string(),
                                          model.design == Design::kCifar ? "--design=cifar" : "--design=imagenet",
                                          "--depth=" + std::to_string(model.depth),
                                          "--shortcut=" + shortcut_name(model),
                                          "--bottleneck-stride=" + bottleneck_stride_name(model.bottleneck_stride),
                                          "--image-size=" + std::to_string(options.image_size),
                                          "--batch=" + std::to_string(options.batch),
                                          "--threads=" + std::to_string(threads),
                                          "--precision=" + precision_name(options.precision),
                                          "--seconds=" + std::to_string(options.seconds)};
  std::vector<std::string> tuned = {"env", "MALLOC_MMAP_THRESHOLD_=1073741824", "MALLOC_TRIM_THRESHOLD_=2000000000",
                                    "MALLOC_TOP_PAD_=268435456", "THP_MEM_ALLOC_ENABLE=1"};
  tuned.insert(tuned.end(), plain.begin(), plain.end());
  tuned.emplace_back("--tuned");
  return {{"as it comes", plain}, {"best tuned", tuned}};
}

/// By the peer's best way of doing it, where it has two.
void take_faster(std::vector<Json>& rounds, const char* key, const char* frozen_key) {
  for (Json& round : rounds) round[key] = std::max(round.at(key).get<double>(), round.value(frozen_key, 0.0));
}

SpeedRatio compare(const std::string& what, const Peer& peer, const std::vector<double>& ours,
                   const std::vector<double>& theirs, bool is_time) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < ours.size(); ++i) ratios.push_back(is_time ? theirs[i] / ours[i] : ours[i] / theirs[i]);
  return {what,
          peer.name,
          median(ours),
          median(theirs),
          median(ratios),
          *std::min_element(ratios.begin(), ratios.end()),
          *std::max_element(ratios.begin(), ratios.end())};
}

std::vector<double> column(const std::vector<Json>& rounds, const char* key) {
  std::vector<double> values;
  for (const Json& round : rounds) values.push_back(round.at(key).get<double>());
  return values;
}

/// What our program and each peer measured, in turns.
struct Rounds {
  std::vector<Json> ours;
  std::vector<std::vector<Json>> theirs;  // for each peer
};

Rounds measure_in_turns(const std::vector<std::string>& ours, const std::vector<Peer>& all, int rounds) {
  Rounds measured{{}, std::vector<std::vector<Json>>(all.size())};
  for (int round = 0; round < rounds; ++round) {
    measured.ours.push_back(measure(ours));
    for (std::size_t i = 0; i < all.size(); ++i) measured.theirs[i].push_back(measure(all[i].command));
  }
  return measured;
}

/// A ratio between different networks would say nothing.
void require_same_network(const Rounds& measured) {
  for (const std::vector<Json>& peer : measured.theirs) {
    for (const char* key : {"parameters", "multiply_adds"}) {
      const auto our_count = measured.ours.front().at(key).get<std::int64_t>();
      const auto their_count = peer.front().at(key).get<std::int64_t>();
      require(our_count == their_count,
              "--against python: the networks differ: ours has {} {}, Python's {}; see apps/benchmark_peer.py",
              our_count, key, their_count);
    }
  }
}

/// All peers are of one Python.
std::string torch_of(const Rounds& measured) { return measured.theirs.front().front().at("torch"); }

}  // namespace

SpeedComparison measure_against_python(const std::vector<std::string>& ours, const BenchmarkOptions& options,
                                       std::int64_t threads, int rounds) {
  const std::vector<Peer> all = peers(options, threads);
  Rounds measured = measure_in_turns(ours, all, rounds);
  require_same_network(measured);
  std::vector<SpeedRatio> ratios;
  for (std::size_t i = 0; i < all.size(); ++i) {
    take_faster(measured.theirs[i], "inference_images_per_second", "frozen_images_per_second");
    const auto add = [&](const char* what, const char* key, bool is_time) {
      ratios.push_back(compare(what, all[i], column(measured.ours, key), column(measured.theirs[i], key), is_time));
    };
    add("training", "train_images_per_second", false);
    add("inference", "inference_images_per_second", false);
    if (options.model.design == Design::kCifar) add("evaluation", "evaluate_10000_seconds", true);
  }
  return {torch_of(measured), ratios};
}

SpeedComparison measure_ten_crop_against_python(const std::vector<std::string>& ours, const BenchmarkOptions& options,
                                                std::int64_t threads, int rounds) {
  std::vector<Peer> all = peers(options, threads);
  for (Peer& peer : all) peer.command.emplace_back("--test=ten-crop");
  Rounds measured = measure_in_turns(ours, all, rounds);
  require_same_network(measured);
  constexpr const char* kSpeed = "ten_crop_images_per_second";
  constexpr const char* kFrozenSpeed = "frozen_ten_crop_images_per_second";
  const std::vector<double> frozen = column(measured.theirs.back(), kFrozenSpeed);
  const std::vector<double> our_speeds = column(measured.ours, kSpeed);
  std::vector<SpeedRatio> ratios;
  for (std::size_t i = 0; i < all.size(); ++i) {
    take_faster(measured.theirs[i], kSpeed, kFrozenSpeed);
    ratios.push_back(compare("ten-crop", all[i], our_speeds, column(measured.theirs[i], kSpeed), /*is_time=*/false));
  }
  ratios.push_back(compare("ten-crop", {"torch.jit.freeze", {}}, our_speeds, frozen, /*is_time=*/false));
  return {torch_of(measured), ratios};
}

std::vector<SpeedRatio> measure_loader_against_python(const std::vector<std::string>& ours, const std::string& folder,
                                                      std::int64_t threads, double seconds, int rounds) {
  const std::string python = python_with("torchvision");
  const auto peer = [&](const std::string& name, const std::string& reader) {
    return Peer{name,
                {python, (project_root() / "apps" / "loader_peer.py").string(), "--folder=" + folder,
                 "--reader=" + reader, "--workers=" + std::to_string(threads), "--seconds=" + std::to_string(seconds)}};
  };
  const std::vector<Peer> all = {peer("ImageFolder and Pillow", "pillow"),
                                 peer("torchvision.io and transforms.v2", "torchvision")};
  const Rounds measured = measure_in_turns(ours, all, rounds);
  constexpr const char* kSpeed = "loader_images_per_second";
  std::vector<SpeedRatio> ratios;
  for (std::size_t i = 0; i < all.size(); ++i) {
    ratios.push_back(compare("loader", all[i], column(measured.ours, kSpeed), column(measured.theirs[i], kSpeed),
                             /*is_time=*/false));
  }
  return ratios;
}

}  // namespace resnet
