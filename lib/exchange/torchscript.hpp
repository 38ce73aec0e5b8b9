// SPDX-License-Identifier: MIT
#pragma once

#include "exchange/trained_model.hpp"

namespace torch::nn {
class Module;
}

namespace torch::jit {
struct Module;
}

namespace resnet {

/// A net as a TorchScript module, which any LibTorch or Python program runs without this library.
///
/// It has the net's modules, parameters and buffers under their names, its mode, copies of its numbers, and in every
/// module readable code: the module's own script() (model/scripted.hpp), or for LibTorch's layers the one given here.
/// Modules that differ in their numbers alone share a class.
///
/// Shapes   As the net's, in both modes: any batch and any image size.
/// Throws   Error if a module has no script, or one that TorchScript does not understand.
torch::jit::Module to_torchscript(const torch::nn::Module& net);

/// What an exported net is made to be.
struct ExportForm {
  /// It takes the raw bytes of images, and normalises them for the net. At another size than its own a mean per pixel
  /// has no meaning, and its average per channel is subtracted.
  ///
  /// Shapes   uint8 [N, 3, H, W], planes in the order R, G, B -> what the net makes of float32 [N, 3, H, W]. Anything
  ///          but uint8 is refused when the module is run.
  bool with_preprocessing = false;

  /// It is for serving alone: evaluation mode for good, parameters turned into constants, and batch norm folded into
  /// the convolutions, which changes the numbers within rounding.
  bool folded = false;
};

/// The net in this form.
torch::jit::Module to_torchscript(const TrainedModel& model, const ExportForm& form);

}  // namespace resnet
