// SPDX-License-Identifier: MIT
#pragma once

#include "exchange/onnx_model.hpp"

namespace torch::jit {
struct Module;
}

namespace resnet {

/// A TorchScript net in evaluation mode as an ONNX graph: so that a net is described once, by its script.
///
/// The code of all modules becomes one list of operations. What depends on constants alone is computed on the way, and
/// of a branch only the side that evaluation mode takes is there. Parameters keep their names.
///
/// Shapes   `input` and `output` say them.
/// Throws   Error, naming it, for an operation that has no translation here.
OnnxModel to_onnx(const torch::jit::Module& net, const OnnxModel::Port& input, const OnnxModel::Port& output);

}  // namespace resnet
