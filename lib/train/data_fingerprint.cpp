// SPDX-License-Identifier: MIT
#include "train/data_fingerprint.hpp"

#include <fmt/format.h>

namespace resnet {

std::string data_fingerprint(const ImageSet& trained, const ImageSet& evaluated) {
  return fingerprint(trained) + "-" + fingerprint(evaluated);
}

std::string data_fingerprint(const Photos& photos) {
  return fingerprint(photos.train) + "-" + fingerprint(photos.validation);
}

void require_same_data(const std::filesystem::path& file, const std::string& found, const std::string& expected) {
  if (found == expected) return;
  throw OtherData(fmt::format(
      "{}: was made with other images than those of --data (fingerprint {}, now {}); give the same data again, another "
      "--out, or move the run's folder away to start anew",
      file.string(), found, expected));
}

void require_same_data(const RunFolder& run, const std::string& expected) {
  require_same_data(run.result(), read_result(run).data_fingerprint, expected);
}

}  // namespace resnet
