// SPDX-License-Identifier: MIT
#include "train/data_fingerprint.hpp"

#include "core/error.hpp"

namespace resnet {

std::string data_fingerprint(const ImageSet& trained, const ImageSet& evaluated) {
  return fingerprint(trained) + "-" + fingerprint(evaluated);
}

void require_same_data(const std::filesystem::path& file, const std::string& found, const std::string& expected) {
  require(expected.starts_with(found),
          "{}: was made with other images than those of --data (fingerprint {}, now {}); give the same data again, or "
          "move the run's folder away to start anew",
          file.string(), found, expected);
}

}  // namespace resnet
