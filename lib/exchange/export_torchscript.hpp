// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "exchange/torchscript.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {

/// Writes a net as a TorchScript file, with the files of export_facts.hpp in it, once it is proved.
///
/// The file is written under another name, read again, and given random images of several sizes, in evaluation and in
/// training mode: its numbers and its running statistics must be, bit for bit, those of the net under Kernels::kEager.
/// A folded one knows only evaluation mode, and must come as near as exchange/export_proof.hpp says of rounding.
///
/// Equal nets give equal files. Throws Error, and leaves no file, if a number of the net is not finite, the file cannot
/// be written, or the proof fails.
void export_torchscript(const std::filesystem::path& file, const TrainedModel& model, const ExportForm& form);

}  // namespace resnet
