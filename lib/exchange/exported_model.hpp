// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>

#include "exchange/export_facts.hpp"
#include "model/classifier.hpp"

namespace resnet {

/// A net read from a TorchScript file, ours or anybody's, to be tested and to classify with.
struct ExportedModel {
  std::shared_ptr<Classifier> net;  ///< On the CPU, in evaluation mode; it takes what `facts.input` says.
  ExportFacts facts;                ///< Empty where the file is not ours.
};

/// Reads a TorchScript file.
///
/// Such a file is a program, which LibTorch runs: take it only from those whom you would let run one here.
///
/// Throws   Error if it is none, or what it says beside the net is broken. Its forward() throws Error where the net in
///          the file cannot take the images, or does not give [N, classes]; cost() always does, as no file says it.
///          to(device) reads the file again, and so throws as this does.
ExportedModel load_exported_model(const std::filesystem::path& file);

}  // namespace resnet
