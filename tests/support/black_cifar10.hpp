// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <fstream>

/// CIFAR-10's six files of zeros, sparse on the disk: 60,000 black airplanes.
inline void make_black_cifar10(const std::filesystem::path& folder) {
  for (const char* name : {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
                           "data_batch_5.bin", "test_batch.bin"}) {
    std::ofstream(folder / name).close();
    std::filesystem::resize_file(folder / name, 30'730'000);
  }
}
