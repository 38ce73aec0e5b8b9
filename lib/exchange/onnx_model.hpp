// SPDX-License-Identifier: MIT
#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace resnet {

/// The content of an ONNX file, as plain data.
struct OnnxModel {
  struct Attribute {
    std::string name;
    std::variant<std::int64_t, float, std::vector<std::int64_t>> value;
  };

  struct Node {
    std::string op;  ///< As ONNX calls it, such as "Conv".
    std::vector<std::string> inputs;
    std::string output;
    std::vector<Attribute> attributes;
  };

  /// What goes into the net or comes out: each extent is a number, or the name of one that is free.
  struct Port {
    std::string name;
    at::ScalarType type = at::kFloat;
    std::vector<std::variant<std::int64_t, std::string>> shape;
  };

  std::vector<Node> nodes;  ///< Each after those whose outputs it takes.
  std::vector<std::pair<std::string, at::Tensor>> constants;
  Port input;
  Port output;
  std::map<std::string, std::string> metadata;
};

/// The bytes of the file, in ONNX's operator set 17. Equal content gives equal bytes.
///
/// Throws Error if a tensor or a port is neither of float32, int64 nor uint8.
std::string to_bytes(const OnnxModel& model);

}  // namespace resnet
