// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>

#include "cli/options.hpp"
#include "dataset/cifar10.hpp"
#include "model/model_spec.hpp"
#include "train/photo_data.hpp"
#include "train/training_data.hpp"

namespace resnet {

/// What a program trains on or tests with: the images of CIFAR-10, or the index of a folder of photographs.
using LoadedData = std::variant<Cifar10, PhotoSource>;

/// The flags that say which data: `--data` and `--synthetic`.
void add_data_flags(Options& options);

/// What only photographs have: `--bad-images`.
void add_bad_images_flag(Options& options);

/// The data that the flags ask for, for nets of this design.
///
/// For CIFAR-10's nets the made-up set, the folder given by --data, or the default folder, which is filled first. For
/// the others the made-up photographs, which are put below --out first, or the index of the folder given by --data,
/// without which there is Error with Fault::kUsage.
LoadedData load_data(const Options& options, Design design);

/// CIFAR-10's, as above; the made-up set has so many images.
inline constexpr std::int64_t kSyntheticTrainImages = 80;
inline constexpr std::int64_t kSyntheticTestImages = 20;
Cifar10 load_cifar10(const Options& options);

/// The index of photographs, as above.
Photos load_photo_index(const Options& options);

/// What a run on all of it says that it was on: see train/data_fingerprint.hpp.
std::string data_fingerprint(const LoadedData& data);

/// The same of a run that may hold images out of training.
std::string data_fingerprint(const Recipe& recipe, const LoadedData& data);

/// What the loop is fed with.
TrainingData training_data(const Recipe& recipe, const LoadedData& data, std::int64_t loader_threads);

/// The flag that says where runs and results go, `--out`; and what it says, by default the folder `out` of the project.
void add_out_flag(Options& options);
std::filesystem::path out_folder(const Options& options);

}  // namespace resnet
