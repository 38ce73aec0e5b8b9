// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace resnet {

/// What a file must be: its name, its size and its SHA-256.
struct FileFact {
  std::string name;
  std::uint64_t bytes;
  std::string sha256;
};

/// What CIFAR-10 must be, whatever way it comes.
struct Cifar10Facts {
  /// Images in each of the six files.
  std::int64_t images_per_file;

  /// data_batch_1.bin to data_batch_5.bin, then test_batch.bin.
  std::array<FileFact, 6> files;

  /// The University of Toronto's archive.
  FileFact archive;

  /// The npm package that holds the same pixels as PNGs.
  FileFact package;
};

/// The facts of data/README.md.
const Cifar10Facts& cifar10_facts();

}  // namespace resnet
