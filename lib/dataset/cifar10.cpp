// SPDX-License-Identifier: MIT
#include "dataset/cifar10.hpp"

#include <ATen/ops/empty.h>

#include <cstring>
#include <string_view>

#include "core/error.hpp"
#include "core/file.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kPixelBytes = 3 * 32 * 32;
constexpr std::int64_t kRecordBytes = 1 + kPixelBytes;
constexpr std::int64_t kImagesPerFile = 10'000;
constexpr std::int64_t kFileBytes = kImagesPerFile * kRecordBytes;

ImageSet make_room_for(std::int64_t images) {
  return {at::empty({images, 3, 32, 32}, at::kByte), at::empty({images}, at::kLong), cifar10_class_names()};
}

void read_batch(const fs::path& path, std::int64_t first, ImageSet& set) {
  constexpr std::string_view kCure = "./run prepare_cifar10 fetches the files anew, see data/README.md";
  std::error_code error;
  const auto size = fs::file_size(path, error);
  require(!error, "{}: {}, expected one of the six files of CIFAR-10; {}", path.string(), error.message(), kCure);
  require(size == kFileBytes, "{}: has {} bytes, expected {} (10,000 records of 3,073); {}", path.string(), size,
          kFileBytes, kCure);
  const std::string records = read_file(path);
  require(records.size() == kFileBytes, "{}: is being written while it is read; {}", path.string(), kCure);
  auto* pixels = set.images.mutable_data_ptr<std::uint8_t>() + first * kPixelBytes;
  auto* labels = set.labels.mutable_data_ptr<std::int64_t>() + first;
  for (std::int64_t i = 0; i < kImagesPerFile; ++i) {
    const char* record = records.data() + i * kRecordBytes;
    labels[i] = static_cast<unsigned char>(record[0]);
    require(labels[i] <= 9, "{}: image {} has the label {}, expected 0 to 9; {}", path.string(), i, labels[i], kCure);
    std::memcpy(pixels + i * kPixelBytes, record + 1, kPixelBytes);
  }
}

}  // namespace

const std::vector<std::string>& cifar10_class_names() {
  static const std::vector<std::string> names = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                 "dog",      "frog",       "horse", "ship", "truck"};
  return names;
}

Cifar10 read_cifar10(const fs::path& folder) {
  std::error_code error;
  require(fs::is_directory(folder, error),
          "{}: {}, expected a folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin; "
          "give another one with --data, or let ./run prepare_cifar10 fill data/cifar-10-batches-bin",
          folder.string(), fs::exists(folder, error) ? "is not a folder" : "no such folder");
  Cifar10 set{make_room_for(5 * kImagesPerFile), make_room_for(kImagesPerFile)};
  for (std::int64_t batch = 0; batch < 5; ++batch) {
    read_batch(folder / fmt::format("data_batch_{}.bin", batch + 1), batch * kImagesPerFile, set.train);
  }
  read_batch(folder / "test_batch.bin", 0, set.test);
  return set;
}

}  // namespace resnet
