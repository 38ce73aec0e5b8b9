// SPDX-License-Identifier: MIT
#include "exchange/torchscript.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/csrc/jit/api/compilation_unit.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/error.hpp"
#include "model/scripted.hpp"

namespace resnet {
namespace {

namespace jit = torch::jit;
namespace nn = torch::nn;

const std::string kClassPrefix = "__torch__.";  // where TorchScript keeps classes

std::string list_of(at::IntArrayRef numbers) { return fmt::format("[{}]", fmt::join(numbers, ", ")); }

std::string script_of(const nn::Conv2dImpl& layer) {
  const auto& options = layer.options;
  const auto* padding = std::get_if<torch::ExpandingArray<2>>(&options.padding());
  require(padding != nullptr && std::holds_alternative<torch::enumtype::kZeros>(options.padding_mode()),
          "TorchScript: a convolution whose padding is not so many zeros cannot be exported");
  return fmt::format(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "    return torch.conv2d(x, self.weight, {}, {}, {}, {}, {})\n",
      options.bias() ? "self.bias" : "None", list_of(*options.stride()), list_of(**padding),
      list_of(*options.dilation()), options.groups());
}

std::string script_of(const nn::LinearImpl& layer) {
  return fmt::format(
      "def forward(self, x: Tensor) -> Tensor:\n"
      "    return torch.linear(x, self.weight, {})\n",
      layer.options.bias() ? "self.bias" : "None");
}

std::string script_of(const nn::ModuleListImpl& layers) {
  std::string script = "def forward(self, x: Tensor) -> Tensor:\n";
  for (const auto& layer : layers.named_children()) {
    script += fmt::format("    x = getattr(self, \"{}\").forward(x)\n", layer.key());
  }
  return script + "    return x\n";
}

std::string script_of(const nn::Module& module) {
  if (const auto* scripted = dynamic_cast<const Scripted*>(&module)) return scripted->script();
  if (const auto* layer = module.as<nn::Conv2dImpl>()) return script_of(*layer);
  if (const auto* layer = module.as<nn::LinearImpl>()) return script_of(*layer);
  if (const auto* layers = module.as<nn::ModuleListImpl>()) return script_of(*layers);
  fail("TorchScript: {} has no script; derive it from Scripted", module.name());
}

/// "ResidualBlock" of resnet::ResidualBlock, "Conv2d" of torch::nn::Conv2dImpl. A list of layers is what Python calls a
/// Sequential, as it calls them one after the other.
std::string class_name(const nn::Module& module) {
  if (module.as<nn::ModuleListImpl>() != nullptr) return "Sequential";
  std::string_view name = module.name();
  name.remove_prefix(name.rfind(':') + 1);  // to the start if there is none, as npos + 1 is 0
  constexpr std::string_view kImplementation = "Impl";
  if (name.ends_with(kImplementation)) name.remove_suffix(kImplementation.size());
  return std::string(name);
}

at::Tensor copy_of(const at::Tensor& tensor) {
  // A view would be saved with all that it is a view of.
  return tensor.detach().clone().set_requires_grad(tensor.requires_grad());
}

class Scripting {
 public:
  jit::Module module_of(const nn::Module& module) {
    std::vector<std::pair<std::string, jit::Module>> children;
    for (const auto& child : module.named_children()) children.emplace_back(child.key(), module_of(*child.value()));

    const std::string script = script_of(module);
    const std::string name = class_name(module);
    c10::ClassTypePtr& type = types_[signature(module, name + "\n" + script, children)];
    const bool is_new = type == nullptr;
    jit::Module result = is_new ? jit::Module(c10::QualifiedName(kClassPrefix + name), unit_, /*shouldMangle=*/true)
                                : jit::Module(unit_, type);
    type = result.type();

    result.register_attribute("training", c10::BoolType::get(), module.is_training());
    for (const auto& parameter : module.named_parameters(/*recurse=*/false)) {
      result.register_parameter(parameter.key(), copy_of(parameter.value()), /*is_buffer=*/false);
    }
    for (const auto& buffer : module.named_buffers(/*recurse=*/false)) {
      result.register_buffer(buffer.key(), copy_of(buffer.value()));
    }
    for (const auto& [child_name, child] : children) result.register_module(child_name, child);
    if (is_new) result.define(script);
    return result;
  }

 private:
  /// Equal for modules that can share a class: the same code, and members of the same names and types.
  static std::string signature(const nn::Module& module, std::string code,
                               const std::vector<std::pair<std::string, jit::Module>>& children) {
    for (const auto& parameter : module.named_parameters(/*recurse=*/false)) code += "\n" + parameter.key();
    for (const auto& buffer : module.named_buffers(/*recurse=*/false)) code += "\n" + buffer.key();
    for (const auto& [name, child] : children) code += "\n" + name + ": " + child.type()->name()->qualifiedName();
    return code;
  }

  std::shared_ptr<jit::CompilationUnit> unit_ = std::make_shared<jit::CompilationUnit>();
  std::map<std::string, c10::ClassTypePtr> types_;
};

jit::Module with_preprocessing(const jit::Module& net, const Normalization& input) {
  jit::Module result(c10::QualifiedName(kClassPrefix + "Preprocessed"), net._ivalue()->compilation_unit(),
                     /*shouldMangle=*/true);
  result.register_attribute("training", c10::BoolType::get(), net.is_training());
  result.register_buffer("mean", copy_of(input.mean));
  result.register_buffer("std", copy_of(input.std));
  result.register_module("net", net);
  const char* const average =
      "    if images.size(2) != mean.size(1) or images.size(3) != mean.size(2):\n"
      "        mean = mean.mean([1, 2], True)\n";
  result.define(fmt::format(  // dtype 0 is uint8, 6 is float32
      "def forward(self, images: Tensor) -> Tensor:\n"
      "    assert images.dtype == 0, 'expected the bytes of RGB images: uint8 [N, 3, H, W]'\n"
      "    mean = self.mean\n"
      "{}"
      "    x = (images.to(6) / 255.0 - mean) / self.std\n"
      "    return self.net.forward(x)\n",
      input.has_mean_per_pixel() ? average : ""));
  return result;
}

jit::Module fold(const jit::Module& module) {
  jit::Module tested = module.deepcopy();
  tested.eval();
  return jit::freeze(tested);
}

}  // namespace

jit::Module to_torchscript(const nn::Module& net) {
  try {
    return Scripting().module_of(net);
  } catch (const c10::Error& error) {
    fail("TorchScript: {}", error.what_without_backtrace());
  } catch (const jit::ErrorReport& error) {
    const std::string_view what = error.what();
    fail("TorchScript: {}", what.substr(std::min(what.find_first_not_of('\n'), what.size())));
  }
}

jit::Module to_torchscript(const TrainedModel& model, const ExportForm& form) {
  jit::Module module = to_torchscript(*model.net);
  if (form.with_preprocessing) module = with_preprocessing(module, model.input);
  module.to(at::kCPU);  // where every reader of the file can have it, wherever the net stands
  return form.folded ? fold(module) : module;
}

}  // namespace resnet
