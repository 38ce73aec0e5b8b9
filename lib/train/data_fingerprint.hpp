// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "core/error.hpp"
#include "dataset/image_set.hpp"
#include "dataset/photo_set.hpp"
#include "record/run_folder.hpp"

namespace resnet {

/// The data of a run: sixteen hexadecimal digits of the images trained on, a dash, sixteen of those evaluated on.
std::string data_fingerprint(const ImageSet& trained, const ImageSet& evaluated);

/// The same of photographs, of which names, sizes and labels stand for what is in them: no file is opened.
std::string data_fingerprint(const Photos& photos);

/// The data at hand is not that of a run: what is wrong is the command, and not the run alone.
class OtherData : public Error {
 public:
  using Error::Error;
};

/// Throws OtherData unless `found`, which stands in this file of a run, is the fingerprint of the data at hand.
void require_same_data(const std::filesystem::path& file, const std::string& found, const std::string& expected);

/// The same of what a finished run ended with.
void require_same_data(const RunFolder& run, const std::string& expected);

}  // namespace resnet
