// SPDX-License-Identifier: MIT
#include "exchange/onnx.hpp"

#include <ATen/Functions.h>
#include <fmt/format.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/inliner.h>

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"

namespace resnet {
namespace {

namespace jit = torch::jit;

/// A value that is known before the net runs. A tensor that is a parameter has its name in the net.
struct Known {
  c10::IValue value;
  std::string name;
};

/// A tensor that is computed when the net runs, by its name in the ONNX graph.
struct Computed {
  std::string name;
  bool has_input_size = false;  // the height and width of what goes into the net
};

class Translation {
 public:
  Translation(const jit::Module& net, const OnnxModel::Port& input, const OnnxModel::Port& output) {
    model_.input = input;
    model_.output = output;
    const auto graph = net.get_method("forward").graph()->copy();
    jit::Inline(*graph);
    require(graph->inputs().size() == 2 && graph->outputs().size() == 1,
            "ONNX: the net has {} inputs and {} outputs, expected one of each", graph->inputs().size() - 1,
            graph->outputs().size());
    set(graph->inputs()[0], Known{net._ivalue(), ""});
    set(graph->inputs()[1], Computed{input.name, /*has_input_size=*/true});
    translate(*graph->block());
    name_output(tensor(graph->outputs()[0]));
  }

  OnnxModel model() && { return std::move(model_); }

 private:
  using Translator = void (Translation::*)(const jit::Node&);

  static const std::unordered_map<std::string, Translator>& translators() {
    static const std::unordered_map<std::string, Translator> table = {
        {"prim::GetAttr", &Translation::get_attribute},
        {"prim::Constant", &Translation::constant},
        {"prim::ListConstruct", &Translation::list},
        {"prim::If", &Translation::branch},
        {"prim::RaiseException", &Translation::exception},
        {"prim::dtype", &Translation::type_of_input},
        {"aten::size", &Translation::size_of_input},
        {"aten::contiguous", &Translation::same},
        {"aten::to", &Translation::cast},
        {"aten::conv2d", &Translation::convolution},
        {"aten::batch_norm", &Translation::batch_norm},
        {"aten::relu", &Translation::relu},
        {"aten::add", &Translation::add},
        {"aten::sub", &Translation::subtract},
        {"aten::div", &Translation::divide},
        {"aten::mean", &Translation::mean},
        {"aten::max_pool2d", &Translation::max_pool},
        {"aten::flatten", &Translation::flatten},
        {"aten::linear", &Translation::linear},
        {"aten::slice", &Translation::slice},
        {"aten::constant_pad_nd", &Translation::pad},
    };
    return table;
  }

  void translate(const jit::Block& block) {
    for (const jit::Node* node : block.nodes()) translate(*node);
  }

  void translate(const jit::Node& node) {
    const std::string kind = node.kind().toQualString();
    const bool is_of_aten = node.kind().is_aten();
    if ((is_of_aten || kind == "prim::dtype") && has_known_inputs(node)) return compute(node);
    const auto found = translators().find(kind);
    require(found != translators().end(), "ONNX: the operation {} has no translation; see exchange/onnx.cpp", kind);
    (this->*found->second)(node);
  }

  // What is known before the net runs.

  bool has_known_inputs(const jit::Node& node) const {
    return std::all_of(node.inputs().begin(), node.inputs().end(),
                       [&](const jit::Value* value) { return is_known(value); });
  }

  void compute(const jit::Node& node) {
    jit::Stack stack;
    for (const jit::Value* input : node.inputs()) stack.push_back(known(input));
    node.getOperation()(stack);
    for (std::size_t i = 0; i < node.outputs().size(); ++i) set(node.outputs()[i], Known{stack[i], ""});
  }

  void get_attribute(const jit::Node& node) {
    const auto& object = std::get<Known>(meaning(node.input(0)));
    const std::string& name = node.s(c10::attr::name);
    set(node.output(),
        Known{object.value.toObject()->getAttr(name), object.name.empty() ? name : object.name + "." + name});
  }

  void constant(const jit::Node& node) { set(node.output(), Known{*jit::toIValue(node.output()), ""}); }

  void list(const jit::Node& node) {
    c10::List<std::int64_t> numbers;
    for (const jit::Value* input : node.inputs()) numbers.push_back(known(input).toInt());
    set(node.output(), Known{numbers, ""});
  }

  void branch(const jit::Node& node) {
    require(is_known(node.input(0)), "ONNX: the net branches by what is known only when it runs");
    const jit::Block& taken = *node.blocks()[known(node.input(0)).toBool() ? 0 : 1];
    translate(taken);
    for (std::size_t i = 0; i < node.outputs().size(); ++i) set(node.outputs()[i], meaning(taken.outputs()[i]));
  }

  void exception(const jit::Node& /*node*/) { fail("ONNX: the net refuses the images that it is to be exported for"); }

  void type_of_input(const jit::Node& node) {
    require(computed(node.input(0)).name == model_.input.name, "ONNX: the net asks for the type of a map inside");
    set(node.output(), Known{static_cast<std::int64_t>(model_.input.type), ""});
  }

  void size_of_input(const jit::Node& node) {
    require(computed(node.input(0)).has_input_size, "ONNX: the net asks for the size of a map inside");
    const auto& extent = model_.input.shape.at(static_cast<std::size_t>(integer(node, 1)));
    require(std::holds_alternative<std::int64_t>(extent), "ONNX: the net asks for an extent of its input that is free");
    set(node.output(), Known{std::get<std::int64_t>(extent), ""});
  }

  // What the net computes.

  void same(const jit::Node& node) { set(node.output(), meaning(node.input(0))); }

  void cast(const jit::Node& node) {
    require(integer(node, 1) == static_cast<std::int64_t>(at::kFloat), "ONNX: a cast to a type other than float32");
    add_node(node, "Cast", {tensor(node.input(0))}, {{"to", std::int64_t{1}}});
    keep_size(node);
  }

  void convolution(const jit::Node& node) {
    std::vector<std::string> inputs = {tensor(node.input(0)), tensor(node.input(1))};
    if (!known(node.input(2)).isNone()) inputs.push_back(tensor(node.input(2)));
    add_node(node, "Conv", inputs,
             {{"kernel_shape", known(node.input(1)).toTensor().sizes().slice(2).vec()},
              {"strides", integers(node, 3)},
              {"pads", twice(integers(node, 4))},
              {"dilations", integers(node, 5)},
              {"group", integer(node, 6)}});
  }

  void batch_norm(const jit::Node& node) {
    require(!known(node.input(5)).toBool(), "ONNX: batch norm in training mode");
    add_node(node, "BatchNormalization",
             {tensor(node.input(0)), tensor(node.input(1)), tensor(node.input(2)), tensor(node.input(3)),
              tensor(node.input(4))},
             {{"epsilon", static_cast<float>(known(node.input(7)).toDouble())}});
  }

  void relu(const jit::Node& node) { add_node(node, "Relu", {tensor(node.input(0))}); }

  void add(const jit::Node& node) {
    require(known(node.input(2)).toScalar().toDouble() == 1, "ONNX: a sum with a factor");
    add_node(node, "Add", {tensor(node.input(0)), tensor(node.input(1))});
  }

  void subtract(const jit::Node& node) {
    require(known(node.input(2)).toScalar().toDouble() == 1, "ONNX: a difference with a factor");
    add_node(node, "Sub", {tensor(node.input(0)), tensor(node.input(1))});
    keep_size(node);
  }

  void divide(const jit::Node& node) {
    require(node.inputs().size() == 2, "ONNX: a division that rounds");
    add_node(node, "Div", {tensor(node.input(0)), tensor(node.input(1))});
    keep_size(node);
  }

  void mean(const jit::Node& node) {
    require(integers(node, 1) == std::vector<std::int64_t>({2, 3}), "ONNX: a mean that is not that of a map's pixels");
    const bool keeps_extents = known(node.input(2)).toBool();
    const std::string pooled = add_node(node, "GlobalAveragePool", {tensor(node.input(0))});
    if (!keeps_extents) add_node(node, "Flatten", {pooled}, {{"axis", std::int64_t{1}}});
  }

  void max_pool(const jit::Node& node) {
    add_node(node, "MaxPool", {tensor(node.input(0))},
             {{"kernel_shape", integers(node, 1)},
              {"strides", integers(node, 2)},
              {"pads", twice(integers(node, 3))},
              {"dilations", integers(node, 4)},
              {"ceil_mode", static_cast<std::int64_t>(known(node.input(5)).toBool())}});
  }

  void flatten(const jit::Node& node) {
    require(integer(node, 1) == 1 && integer(node, 2) == -1, "ONNX: a map that does not become one row for each image");
    add_node(node, "Flatten", {tensor(node.input(0))}, {{"axis", std::int64_t{1}}});
  }

  void linear(const jit::Node& node) {
    std::vector<std::string> inputs = {tensor(node.input(0)), tensor(node.input(1))};
    if (!known(node.input(2)).isNone()) inputs.push_back(tensor(node.input(2)));
    add_node(node, "Gemm", inputs, {{"transB", std::int64_t{1}}});
  }

  void slice(const jit::Node& node) {
    constexpr auto kEnd = std::numeric_limits<std::int64_t>::max();
    const auto or_default = [&](std::size_t i, std::int64_t value) {
      return known(node.input(i)).isNone() ? value : integer(node, i);
    };
    const std::int64_t start = or_default(2, 0);
    const std::int64_t end = or_default(3, kEnd);
    const std::int64_t step = integer(node, 4);
    if (start == 0 && end == kEnd && step == 1) return same(node);
    add_node(node, "Slice",
             {tensor(node.input(0)), numbers({start}), numbers({end}), numbers({integer(node, 1)}), numbers({step})});
  }

  void pad(const jit::Node& node) {
    // LibTorch names the last dimension first, and only those that grow; ONNX wants all beginnings, then all ends.
    constexpr std::size_t kRank = 4;
    const std::vector<std::int64_t> pads = integers(node, 1);
    std::vector<std::int64_t> all(2 * kRank, 0);
    for (std::size_t i = 0; i < pads.size(); ++i) all.at((i % 2) * kRank + kRank - 1 - i / 2) = pads[i];
    add_node(node, "Pad", {tensor(node.input(0)), numbers(all), scalar(known(node.input(2)).toScalar().toDouble())});
  }

  // The graph.

  /// Adds a node whose output is now the value of `of`, and returns the output's name.
  std::string add_node(const jit::Node& of, const std::string& op, const std::vector<std::string>& inputs,
                       const std::vector<OnnxModel::Attribute>& attributes = {}) {
    const std::string output = fmt::format("{}_{}", op, model_.nodes.size());
    model_.nodes.push_back({op, inputs, output, attributes});
    set(of.output(), Computed{output});
    return output;
  }

  /// Of an operation pixel by pixel: what comes out is as large as what goes in.
  void keep_size(const jit::Node& of) {
    if (!is_known(of.input(0)))
      std::get<Computed>(values_.at(of.output())).has_input_size = computed(of.input(0)).has_input_size;
  }

  void name_output(const std::string& name) {
    require(!model_.nodes.empty() && model_.nodes.back().output == name, "ONNX: the net computes nothing");
    model_.nodes.back().output = model_.output.name;
  }

  /// The name that the value has in the graph, which a known one gets here.
  std::string tensor(const jit::Value* value) {
    if (!is_known(value)) return std::get<Computed>(meaning(value)).name;
    Known& known_value = std::get<Known>(values_.at(value));
    if (!known_value.value.isTensor()) return scalar(known_value.value.toScalar().toDouble());
    if (known_value.name.empty()) known_value.name = fmt::format("constant_{}", model_.constants.size());
    const auto& constants = model_.constants;
    const bool is_new = std::none_of(constants.begin(), constants.end(),
                                     [&](const auto& constant) { return constant.first == known_value.name; });
    if (is_new) model_.constants.emplace_back(known_value.name, known_value.value.toTensor());
    return known_value.name;
  }

  std::string numbers(const std::vector<std::int64_t>& values) { return add_constant(at::tensor(values, at::kLong)); }
  std::string scalar(double value) { return add_constant(at::scalar_tensor(value, at::kFloat)); }

  std::string add_constant(const at::Tensor& value) {
    return model_.constants.emplace_back(fmt::format("constant_{}", model_.constants.size()), value).first;
  }

  // The values of the TorchScript graph.

  using Value = std::variant<Known, Computed>;

  void set(const jit::Value* value, Value meaning) { values_[value] = std::move(meaning); }
  const Value& meaning(const jit::Value* value) const { return values_.at(value); }
  bool is_known(const jit::Value* value) const { return std::holds_alternative<Known>(meaning(value)); }

  const Computed& computed(const jit::Value* value) const {
    require(!is_known(value), "ONNX: the net asks for what its constants are");
    return std::get<Computed>(meaning(value));
  }

  const c10::IValue& known(const jit::Value* value) const {
    require(is_known(value), "ONNX: an option of an operation is known only when the net runs");
    return std::get<Known>(meaning(value)).value;
  }

  std::int64_t integer(const jit::Node& node, std::size_t i) const { return known(node.input(i)).toInt(); }
  std::vector<std::int64_t> integers(const jit::Node& node, std::size_t i) const {
    return known(node.input(i)).toIntVector();
  }
  static std::vector<std::int64_t> twice(std::vector<std::int64_t> padding) {  // before a map and after it
    padding.insert(padding.end(), {padding.at(0), padding.at(1)});
    return padding;
  }

  OnnxModel model_;
  std::unordered_map<const jit::Value*, Value> values_;
};

}  // namespace

OnnxModel to_onnx(const jit::Module& net, const OnnxModel::Port& input, const OnnxModel::Port& output) {
  return Translation(net, input, output).model();
}

}  // namespace resnet
