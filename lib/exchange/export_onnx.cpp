// SPDX-License-Identifier: MIT
#include "exchange/export_onnx.hpp"

#include <ATen/Functions.h>
#include <torch/csrc/jit/api/module.h>

#include "core/checked_file.hpp"
#include "core/error.hpp"
#include "exchange/export_facts.hpp"
#include "exchange/export_proof.hpp"
#include "exchange/onnx.hpp"
#include "image/run_onnx.hpp"

namespace resnet {
namespace {

/// A mean per pixel has one size; and ONNX has no averaging to a given size, which VGG does at another than its own.
bool has_one_size(const TrainedModel& model, const NetInput& input) {
  const bool subtracts_pixels = input.takes_bytes && input.normalization.has_mean_per_pixel();
  return subtracts_pixels || model.spec.design == Design::kVgg;
}

OnnxModel onnx_of(const TrainedModel& model, const ExportForm& form, const ExportFacts& facts) {
  OnnxModel::Port images{"images", form.with_preprocessing ? at::kByte : at::kFloat, {"N", 3, "height", "width"}};
  if (has_one_size(model, *facts.input)) {
    images.shape[2] = facts.input->height;
    images.shape[3] = facts.input->width;
  }
  torch::jit::Module net = to_torchscript(model, form);
  OnnxModel onnx = to_onnx(net, images, {"scores", at::kFloat, {"N", model.spec.classes}});
  onnx.metadata = to_files(facts);
  return onnx;
}

void prove(const std::filesystem::path& file, const TrainedModel& model, const NetInput& input) {
  ExportProof proof(model, input, has_one_size(model, input) ? ExportProof::Sizes::kOwn : ExportProof::Sizes::kAny);
  proof.require_equal(
      [&](const at::Tensor& images) {
        const at::Tensor numbers = images.to(at::kFloat).contiguous();
        const auto scores = run_onnx(file, numbers.const_data_ptr<float>(), numbers.sizes().vec());
        return at::tensor(scores).view({images.size(0), -1});
      },
      kRoundingTolerance);
}

}  // namespace

void export_onnx(const std::filesystem::path& file, const TrainedModel& model, const ExportForm& form) {
  const ExportFacts facts = facts_of(model, form.with_preprocessing);
  const std::int64_t own = image_size(model.spec.design);
  const bool averages = model.spec.design == Design::kVgg && (facts.input->height != own || facts.input->width != own);
  require(!averages,
          "export: {} for images of {}x{} brings its last map to the size for {}x{} by averaging, which ONNX has not; "
          "write it as TorchScript, a .pt file",
          model_name(model.spec), facts.input->width, facts.input->height, own, own);
  write_checked(file, to_bytes(onnx_of(model, form, facts)),
                [&](const std::filesystem::path& candidate) { prove(candidate, model, *facts.input); });
}

}  // namespace resnet
