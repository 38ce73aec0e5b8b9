// SPDX-License-Identifier: MIT
#include "exchange/exported_model.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/frontend/error_report.h>
#include <torch/csrc/jit/serialization/import.h>

#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/out_of_memory.hpp"
#include "format/torch_file.hpp"

namespace resnet {
namespace {

namespace jit = torch::jit;

/// The line that says what is wrong. It is the last one, as TorchScript's messages begin with where it happened; only
/// those on code that it cannot compile end with that.
std::string reason(const std::exception& error) {
  const auto* of_torch = dynamic_cast<const c10::Error*>(&error);
  std::string_view text = of_torch != nullptr ? of_torch->what_without_backtrace() : error.what();
  while (text.starts_with('\n')) text.remove_prefix(1);
  if (dynamic_cast<const jit::ErrorReport*>(&error) != nullptr) return std::string(text.substr(0, text.find('\n')));
  while (text.ends_with('\n')) text.remove_suffix(1);
  return std::string(text.substr(text.rfind('\n') + 1));  // to the start if there is one line: npos + 1 is 0
}

/// Lack of memory is no fault of the file.
void throw_if_memory_lacks(const std::exception& error) {
  if (is_out_of_memory(error.what())) throw std::bad_alloc();
}

jit::Module read_module(const std::string& file, torch::Device device, jit::ExtraFilesMap& extra) {
  try {
    jit::Module module = jit::load(file, device, extra);
    module.eval();
    return module;
  } catch (const std::exception& error) {
    throw_if_memory_lacks(error);
    fail("{}: is not a TorchScript file, or is broken: {}{}", file, reason(error),
         is_torch_file(file)
             ? fmt::format("; if it is weights of torch.save, make a net of them with `./run import --from {}`", file)
             : "");
  }
}

class ExportedNet : public Classifier {
 public:
  ExportedNet(jit::Module module, std::string file) : module_(std::move(module)), file_(std::move(file)) {}

  torch::Tensor forward(const torch::Tensor& images) override {
    c10::IValue logits;
    try {
      logits = module_.forward({images});
    } catch (const std::exception& error) {
      throw_if_memory_lacks(error);
      fail("{}: the net cannot take these images: {}", file_, reason(error));
    }
    require(logits.isTensor() && logits.toTensor().dim() == 2 && logits.toTensor().size(0) == images.size(0),
            "{}: the net does not give one score per class to every image; is it a classifier?", file_);
    return logits.toTensor();
  }

  using Classifier::to;
  void to(torch::Device device, bool /*non_blocking*/) override {
    if (device == device_) return;
    // Read again: the weights of a folded net are constants of its code, which move in no other way.
    jit::ExtraFilesMap none;
    module_ = read_module(file_, device, none);
    device_ = device;
  }

  ModelCost cost(std::int64_t /*height*/, std::int64_t /*width*/) const override {
    fail("{}: an exported net does not say what it costs", file_);
  }

 private:
  jit::Module module_;
  std::string file_;
  torch::Device device_ = at::kCPU;
};

}  // namespace

ExportedModel load_exported_model(const std::filesystem::path& file) {
  const std::string name = file.string();
  require(std::filesystem::is_regular_file(file), "{}: no such file", name);
  jit::ExtraFilesMap extra;
  for (const std::string& fact : fact_files()) extra[fact] = "";
  jit::Module module = read_module(name, at::kCPU, extra);
  require(module.find_method("forward").has_value(), "{}: has no forward(): is it a net?", name);
  auto net = std::make_shared<ExportedNet>(std::move(module), name);
  net->eval();
  return {.net = std::move(net), .facts = facts_from({extra.begin(), extra.end()}, name)};
}

}  // namespace resnet
