// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "exchange/torchscript.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {

/// Writes a net in evaluation mode as an ONNX file, with the texts of export_facts.hpp as its metadata, once it is
/// proved.
///
/// Batch, height and width are free. Where preprocessing subtracts a mean per pixel, height and width are the mean's;
/// those of a VGG net are 224, and one that was trained at another size cannot be written.
/// The file is written under another name, read by OpenCV, and given random images of several sizes: its scores must
/// come as near to those of the net under Kernels::kEager as exchange/export_proof.hpp says of rounding.
///
/// Equal nets give equal files. Throws Error, and leaves no file, if a number of the net is not finite, it is a VGG net
/// of another size than 224, the file cannot be written, or the proof fails.
void export_onnx(const std::filesystem::path& file, const TrainedModel& model, const ExportForm& form);

}  // namespace resnet
