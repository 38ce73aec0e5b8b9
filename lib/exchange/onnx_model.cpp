// SPDX-License-Identifier: MIT
#include "exchange/onnx_model.hpp"

#include <bit>
#include <string_view>

#include "core/error.hpp"

// An ONNX file is a protobuf message: fields one after the other, each a tag (field number and wire type) and a number,
// or a length and so many bytes, which may be a message again. The field numbers are those of onnx.proto.

namespace resnet {
namespace {

static_assert(std::endian::native == std::endian::little, "ONNX keeps tensors little-endian");

constexpr std::int64_t kIrVersion = 8;
constexpr std::int64_t kOperatorSet = 17;

class Message {
 public:
  Message& add_integer(std::uint64_t field, std::int64_t value) {
    add_varint(field << 3 | kVarint);
    add_varint(static_cast<std::uint64_t>(value));
    return *this;
  }

  Message& add_float(std::uint64_t field, float value) {
    add_varint(field << 3 | kFourBytes);
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }

  Message& add_bytes(std::uint64_t field, std::string_view bytes) {
    add_varint(field << 3 | kLength);
    add_varint(bytes.size());
    bytes_ += bytes;
    return *this;
  }

  Message& add(std::uint64_t field, const Message& message) { return add_bytes(field, message.bytes_); }

  const std::string& bytes() const { return bytes_; }

 private:
  enum WireType : std::uint64_t { kVarint = 0, kLength = 2, kFourBytes = 5 };

  // Seven bits a byte, the lowest first; the eighth says that more follow.
  void add_varint(std::uint64_t value) {
    for (; value > 0x7f; value >>= 7) bytes_ += static_cast<char>((value & 0x7f) | 0x80);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

std::int64_t data_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return 1;
    case at::kByte:
      return 2;
    case at::kLong:
      return 7;
    default:
      fail("ONNX: a tensor of type {}, expected float32, int64 or uint8", c10::toString(type));
  }
}

Message message_of(const OnnxModel::Attribute& attribute) {
  enum AttributeType : std::int64_t { kFloat = 1, kInteger = 2, kIntegers = 7 };
  Message message;
  message.add_bytes(1, attribute.name);
  if (const auto* number = std::get_if<float>(&attribute.value)) {
    return message.add_float(2, *number).add_integer(20, kFloat);
  }
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    return message.add_integer(3, *integer).add_integer(20, kInteger);
  }
  for (const std::int64_t integer : std::get<std::vector<std::int64_t>>(attribute.value)) {
    message.add_integer(8, integer);
  }
  return message.add_integer(20, kIntegers);
}

Message message_of(const OnnxModel::Node& node) {
  Message message;
  for (const std::string& input : node.inputs) message.add_bytes(1, input);
  message.add_bytes(2, node.output).add_bytes(3, node.output).add_bytes(4, node.op);
  for (const auto& attribute : node.attributes) message.add(5, message_of(attribute));
  return message;
}

Message message_of(const std::string& name, const at::Tensor& tensor) {
  const at::Tensor plain = tensor.detach().cpu().contiguous();
  Message message;
  for (const std::int64_t extent : plain.sizes()) message.add_integer(1, extent);
  return message.add_integer(2, data_type(plain.scalar_type()))
      .add_bytes(8, name)
      .add_bytes(9, {static_cast<const char*>(plain.const_data_ptr()), plain.nbytes()});
}

Message message_of(const OnnxModel::Port& port) {
  Message shape;
  for (const auto& extent : port.shape) {
    const auto* number = std::get_if<std::int64_t>(&extent);
    shape.add(1, number != nullptr ? Message().add_integer(1, *number)
                                   : Message().add_bytes(2, std::get<std::string>(extent)));
  }
  const Message tensor = Message().add_integer(1, data_type(port.type)).add(2, shape);
  return Message().add_bytes(1, port.name).add(2, Message().add(1, tensor));
}

Message graph_of(const OnnxModel& model) {
  Message graph;
  for (const auto& node : model.nodes) graph.add(1, message_of(node));
  graph.add_bytes(2, "net");
  for (const auto& [name, tensor] : model.constants) graph.add(5, message_of(name, tensor));
  return graph.add(11, message_of(model.input)).add(12, message_of(model.output));
}

}  // namespace

std::string to_bytes(const OnnxModel& model) {
  Message file;
  file.add_integer(1, kIrVersion).add_bytes(2, "resnet").add(7, graph_of(model));
  file.add(8, Message().add_bytes(1, "").add_integer(2, kOperatorSet));
  for (const auto& [key, value] : model.metadata) file.add(14, Message().add_bytes(1, key).add_bytes(2, value));
  return file.bytes();
}

}  // namespace resnet
