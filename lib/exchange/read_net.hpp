// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "exchange/trained_model.hpp"
#include "image/photo_view.hpp"
#include "model/classifier.hpp"
#include "tensor/precision.hpp"

namespace resnet {

/// A net to be tested, whatever it was read from.
struct ReadNet {
  std::shared_ptr<Classifier> net;            ///< On the CPU, in evaluation mode.
  std::optional<Normalization> input = {};    ///< What its images are normalised by; nothing if it takes their bytes.
  std::optional<ModelSpec> spec = {};         ///< Nothing of an exported file.
  std::vector<std::string> class_names = {};  ///< None if they are not known.

  /// What a net for photographs is to see of them: what it was trained with, or where nobody says that the paper's.
  /// Nothing of other nets, and of an exported one that says nothing of its images.
  std::optional<PhotoSizes> photo_sizes = {};

  /// What it was trained and tested in, where it is one of ours.
  Precision precision = Precision::kFloat32;
};

/// Reads a run's folder, an imported net's, a file of weights, or an exported TorchScript file (.pt).
///
/// Throws Error as load_trained_model and load_exported_model do, and if no one says what the images are normalised by.
ReadNet read_net(const std::filesystem::path& path, const ModelHints& hints = {});

}  // namespace resnet
