// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "train/benchmark.hpp"

namespace resnet {

/// One number of ours over Python's, a round each; `lowest` and `highest` are of single rounds.
struct SpeedRatio {
  std::string what;  ///< "training", "inference", "evaluation", "ten-crop" or "loader".
  std::string peer;  ///< "as it comes", "best tuned" or "torch.jit.freeze"; for the loader what it reads images with.
  double ours = 0;   ///< Medians over the rounds: images per second; for the evaluation seconds.
  double theirs = 0;
  double ratio = 0;  ///< Above 1: ours is faster, by this factor.
  double lowest = 0;
  double highest = 0;
};

/// What all rounds came to, and which torch Python had: "2.13.0+cpu".
struct SpeedComparison {
  std::string torch;
  std::vector<SpeedRatio> ratios;
};

/// Measures this program and PyTorch in Python in turn on this machine, each time in a process of its own, on the same
/// network.
///
/// `ours` is the command line of a benchmark that prints its JSON. Python is $RESNET_PYTHON, the one that `run`
/// installed LibTorch with, or python3. "As it comes" is PyTorch's default layout and memory; "best tuned" is
/// channels-last, a malloc that keeps what is freed, and for inference the better of eager and `torch.jit.freeze`. For
/// CIFAR-10 both augment whole batches in memory; photographs lie ready in memory there as here.
///
/// Throws Error if no Python with torch is there, a process fails, or Python's network has other parameters or
/// multiply-adds; with Fault::kUsage for VGG, which Python does not have there.
SpeedComparison measure_against_python(const std::vector<std::string>& ours, const BenchmarkOptions& options,
                                       std::int64_t threads, int rounds);

/// The same for `measure_ten_crop`; `torch.jit.freeze` is there once more as a peer of its own.
SpeedComparison measure_ten_crop_against_python(const std::vector<std::string>& ours, const BenchmarkOptions& options,
                                                std::int64_t threads, int rounds);

/// The same for the loader of photographs: `ours` is a benchmark with --loader and --json; Python is ImageFolder with
/// Pillow, and torchvision.io with transforms.v2, each with as many worker processes as there are `threads` of ours.
///
/// Throws Error if no Python with torchvision is there, or a process fails.
std::vector<SpeedRatio> measure_loader_against_python(const std::vector<std::string>& ours, const std::string& folder,
                                                      std::int64_t threads, double seconds, int rounds);

}  // namespace resnet
