// SPDX-License-Identifier: MIT
#include "dataset/cifar10.hpp"

#include <ATen/ATen.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/file.hpp"
#include "dataset/split.hpp"
#include "support/black_cifar10.hpp"
#include "support/catch.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

constexpr int kRecordBytes = 3073;

void write_at(const fs::path& file, std::streamoff position, const std::string& bytes) {
  std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
  out.seekp(position);
  out << bytes;
}

void check_refusal(const fs::path& folder, const std::vector<std::string>& facts) {
  std::string refusal;
  try {
    resnet::read_cifar10(folder);
  } catch (const resnet::Error& error) {
    refusal = error.what();
  }
  for (const std::string& fact : facts) CHECK_THAT(refusal, Contains(fact));
}

std::vector<std::int64_t> values(const at::Tensor& labels) {
  const auto* data = labels.const_data_ptr<std::int64_t>();
  return {data, data + labels.numel()};
}

}  // namespace

TEST_CASE("A record of CIFAR-10 is a label and the planes R, G, B") {
  const TempFolder folder;
  make_black_cifar10(folder.path());
  std::string record(kRecordBytes, '\0');
  record[0] = 7;
  record[1] = 11;                      // red, row 0, column 0
  record[1 + 1024 + 32 * 2 + 5] = 22;  // green, row 2, column 5
  record[1 + 2048 + 1023] = '\xff';    // blue, row 31, column 31
  write_at(folder.path() / "data_batch_3.bin", 2 * kRecordBytes, record);
  write_at(folder.path() / "test_batch.bin", 9'999 * kRecordBytes, record);

  const resnet::Cifar10 set = resnet::read_cifar10(folder.path());
  CHECK(set.train.images.sizes() == at::IntArrayRef({50'000, 3, 32, 32}));
  CHECK(set.test.images.sizes() == at::IntArrayRef({10'000, 3, 32, 32}));
  CHECK(set.train.images.scalar_type() == at::kByte);
  CHECK(set.train.labels.scalar_type() == at::kLong);
  CHECK(set.train.size() == 50'000);
  CHECK(set.test.size() == 10'000);
  for (const auto& [part, index] : {std::pair(set.train, 20'002), std::pair(set.test, 9'999)}) {
    CHECK(part.labels[index].item<int>() == 7);
    CHECK(part.labels.sum().item<int>() == 7);
    CHECK(part.images[index][0][0][0].item<int>() == 11);
    CHECK(part.images[index][1][2][5].item<int>() == 22);
    CHECK(part.images[index][2][31][31].item<int>() == 255);
    CHECK(part.images.sum().item<int>() == 11 + 22 + 255);
    CHECK(part.class_names[7] == "horse");
  }
}

TEST_CASE("A CIFAR-10 file cut short by one byte is named with both sizes and the cure") {
  const TempFolder folder;
  make_black_cifar10(folder.path());
  fs::resize_file(folder.path() / "data_batch_2.bin", 30'729'999);
  check_refusal(folder.path(), {"data_batch_2.bin", "30729999 bytes", "expected 30730000", "./run prepare_cifar10"});
}

TEST_CASE("A label above 9 is named with its file and image") {
  const TempFolder folder;
  make_black_cifar10(folder.path());
  write_at(folder.path() / "data_batch_1.bin", 123 * kRecordBytes, "\x0a");
  check_refusal(folder.path(), {"data_batch_1.bin", "image 123", "the label 10", "expected 0 to 9"});
}

TEST_CASE("A missing folder, a file in its place and a missing file each say what to do") {
  const TempFolder folder;
  check_refusal(folder.path() / "nowhere", {"nowhere: no such folder", "--data", "./run prepare_cifar10"});
  std::ofstream(folder.path() / "file") << "x";
  check_refusal(folder.path() / "file", {"file: is not a folder", "--data"});
  make_black_cifar10(folder.path());
  fs::remove(folder.path() / "data_batch_1.bin");
  check_refusal(folder.path(), {"data_batch_1.bin: No such file", "./run prepare_cifar10"});
}

TEST_CASE("The real CIFAR-10 has its published labels, class sizes and pixel statistics (Section 4.2)", "[data]") {
  const fs::path folder = resnet::project_root() / "data" / "cifar-10-batches-bin";
  if (!fs::exists(folder)) {
    skip("no " + folder.string() + "; ./run prepare_cifar10 makes it");
    return;
  }
  const resnet::Cifar10 set = resnet::read_cifar10(folder);
  CHECK(values(set.train.labels.narrow(0, 0, 10)) == std::vector<std::int64_t>{6, 9, 9, 4, 1, 1, 2, 7, 8, 3});
  CHECK(values(set.train.labels.bincount()) == std::vector<std::int64_t>(10, 5'000));
  CHECK(values(set.test.labels.bincount()) == std::vector<std::int64_t>(10, 1'000));

  const double mean[3] = {.49140, .48216, .44653};
  const double deviation[3] = {.24703, .24349, .26159};
  for (int channel = 0; channel < 3; ++channel) {
    const at::Tensor pixels = set.train.images.select(1, channel).to(at::kDouble) / 255;
    CHECK(pixels.mean().item<double>() == Approx(mean[channel]).margin(5e-6));
    CHECK(pixels.std(/*unbiased=*/false).item<double>() == Approx(deviation[channel]).margin(5e-6));
  }

  const auto [train, validation] = resnet::split_train_validation(set.train, 5'000);
  const std::vector<std::int64_t> per_class = values(validation.labels.bincount());
  CHECK(per_class.size() == 10);
  for (const std::int64_t images : per_class) CHECK((images >= 460 && images <= 540));
}
