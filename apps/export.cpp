// SPDX-License-Identifier: MIT
// Writes a trained net for other programs: TorchScript, ONNX, safetensors, or a Python state_dict.
#include <string>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "exchange/export_onnx.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/state_dict.hpp"
#include "exchange/trained_model.hpp"
#include "experiment/model_flags.hpp"
#include "tensor/runtime.hpp"

namespace {

/// The format that the file's extension stands for.
std::string format_of(const std::filesystem::path& file) {
  const std::string extension = file.extension().string();
  if (extension == ".pt") return "torchscript";
  if (extension == ".onnx") return "onnx";
  if (extension == ".safetensors") return "safetensors";
  if (extension == ".pth") return "state_dict";
  throw resnet::Error(
      fmt::format("--to {}: the extension is none of .pt, .onnx, .safetensors and .pth; say the --format",
                  file.string()),
      resnet::Fault::kUsage);
}

std::string format_from(const resnet::Options& options) {
  const std::string format = options.given("format") ? options.text("format") : format_of(options.path("to"));
  const bool is_program = format == "torchscript" || format == "onnx";
  resnet::require_usage(is_program || format == "safetensors" || format == "state_dict",
                        "--format {}: expected torchscript, onnx, safetensors or state_dict", format);
  resnet::require_usage(
      is_program || !(options.is_on("with-preprocessing") || options.is_on("fold")),
      "--format {}: holds weights alone; --with-preprocessing and --fold are for torchscript and onnx", format);
  return format;
}

void write(const std::string& format, const std::filesystem::path& file, const resnet::TrainedModel& model,
           const resnet::ExportForm& form) {
  if (format == "torchscript") return resnet::export_torchscript(file, model, form);
  if (format == "onnx") return resnet::export_onnx(file, model, form);
  if (format == "safetensors") return resnet::save_trained_model(file, model);
  resnet::save_state_dict(file, model);
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options(
        "export", "Writes a trained net for other programs; TorchScript and ONNX are proved against it first.");
    options.add("run", "", "a run's folder, an imported one, or a file of weights");
    options.add("to", "", "file to write: .pt, .onnx, .safetensors, or .pth for a state_dict");
    options.add("format", "", "torchscript, onnx, safetensors or state_dict [by the file's extension]");
    options.add_switch("with-preprocessing", "the net takes bytes, uint8 [N, 3, H, W], and normalises them itself");
    options.add_switch("fold", "for serving alone: batch norm folded, parameters constant, no training mode");
    resnet::add_model_flags(options);
    if (!options.parse(argc, argv)) return 0;
    for (const char* needed : {"run", "to"}) resnet::require_usage(options.given(needed), "--{} is missing", needed);
    const std::string format = format_from(options);
    const resnet::ModelHints hints = resnet::model_hints_from(options);

    resnet::set_up_runtime();
    const resnet::TrainedModel model = resnet::load_trained_model(options.path("run"), hints);
    write(format, options.path("to"), model,
          {.with_preprocessing = options.is_on("with-preprocessing"), .folded = options.is_on("fold")});
    resnet::tell("{}: {}, shortcuts: {}, as {}\n", options.text("to"), model_name(model.spec),
                 shortcut_name(model.spec), format);
    const bool has_papers_stride =
        resnet::has_bottlenecks(model.spec) && model.spec.bottleneck_stride == resnet::BottleneckStride::k1x1;
    if (format == "state_dict" && has_papers_stride) {
      resnet::tell(
          "  a state_dict cannot say where bottlenecks have their stride: torchvision's have it in the 3x3 layer, this "
          "net in the 1x1, and would give other scores there\n");
    }
    if (format == "state_dict" && model.spec.shortcut_padding != resnet::ShortcutPadding::kEnd) {
      resnet::tell(
          "  a state_dict cannot say where option A's zero channels go: import it with --shortcut-padding {}\n",
          shortcut_padding_name(model.spec.shortcut_padding));
    }
    return 0;
  });
}
