// SPDX-License-Identifier: MIT
// A ResNet-20 that someone else trained in Python, if it is in ../shared/data/akamaster beside the project: in the old
// form of torch.save, a training checkpoint, names behind `module.`, option A with symmetric padding.
#include <torch/types.h>

#include <algorithm>
#include <sstream>
#include <string>

#include "batch/normalization.hpp"
#include "core/file.hpp"
#include "dataset/cifar10.hpp"
#include "exchange/export_onnx.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/import_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "support/python.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"
#include "train/evaluate.hpp"

namespace {

namespace fs = std::filesystem;

fs::path folder() { return resnet::project_root().parent_path() / "shared" / "data" / "akamaster"; }

bool is_there(const fs::path& path) {
  if (fs::exists(path)) return true;
  skip("no " + path.string());
  return false;
}

fs::path cifar10() { return resnet::project_root() / "data" / "cifar-10-batches-bin"; }

/// His own program's counts for this file.
constexpr std::int64_t kErrors = 827;
constexpr std::int64_t kTop5Errors = 10'000 - 9966;
constexpr double kLossNats = 0.37266;

resnet::ImportedModel import() { return resnet::import_model(folder() / "resnet20-12fca82f.th", {}); }

torch::Tensor stored_logits() {
  std::string text = resnet::read_file(folder() / "ref_logits_first100_resnet20.csv");
  std::replace(text.begin(), text.end(), ',', ' ');
  std::istringstream numbers(text);
  std::vector<float> logits;
  for (float number = 0; numbers >> number;) logits.push_back(number);
  REQUIRE(logits.size() == 1000);
  return torch::tensor(logits).view({100, 10});
}

}  // namespace

TEST_CASE("akamaster's ResNet-20 is imported: its scheme, its padding, its 269,722 parameters (Table 6)", "[golden]") {
  if (!is_there(folder())) return;
  const auto imported = import();
  CHECK(imported.format == "torch.save");
  CHECK(imported.naming == "akamaster");
  CHECK(imported.prefix == "module.");
  CHECK(imported.spec.shortcut == resnet::Shortcut::kZeroPadding);
  CHECK(imported.spec.shortcut_padding == resnet::ShortcutPadding::kSymmetric);
  CHECK(imported.spec.classes == 10);
  CHECK(imported.counts_missing == 19);
  std::int64_t parameters = 0;
  for (const torch::Tensor& parameter : imported.net->parameters()) parameters += parameter.numel();
  CHECK(parameters == 269'722);
}

TEST_CASE("akamaster's ResNet-20 computes its stored logits on the first 100 test images, to 1e-4", "[golden][data]") {
  if (!is_there(folder()) || !is_there(cifar10())) return;
  const auto imported = import();
  const torch::Tensor bytes = resnet::read_cifar10(cifar10()).test.images.narrow(0, 0, 100);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor logits =
      imported.net->forward(resnet::normalized(bytes, resnet::parse_normalization("imagenet", "imagenet")));
  CHECK((logits - stored_logits()).abs().max().item<double>() < 1e-4);
}

TEST_CASE("akamaster's ResNet-20 makes its 827 errors on the 10,000 test images, by either kernels", "[golden][data]") {
  if (!is_there(folder()) || !is_there(cifar10())) return;
  const KernelsGuard guard;
  resnet::set_kernels(GENERATE(resnet::Kernels::kFast, resnet::Kernels::kEager));
  const auto result = resnet::evaluate(*import().net, resnet::read_cifar10(cifar10()).test,
                                       resnet::parse_normalization("imagenet", "imagenet"), torch::kCPU,
                                       [](std::int64_t) { return true; });
  REQUIRE(result);
  CHECK(result->errors == kErrors);
  CHECK(result->top5_errors == kTop5Errors);
  CHECK(result->loss_nats == Approx(kLossNats).margin(5e-6));
}

TEST_CASE("exported, it makes the same 827 errors in Python: as TorchScript, and as ONNX in onnxruntime",
          "[golden][data]") {
  const std::string& python = python_with_torch();
  if (!is_there(folder()) || !is_there(cifar10())) return;
  if (python.empty()) {
    skip("no Python with torch");
    return;
  }
  const TempFolder files;
  const auto imported = import();
  const resnet::TrainedModel model{imported.spec, imported.net, resnet::parse_normalization("imagenet", "imagenet"),
                                   resnet::cifar10_class_names(), ""};
  resnet::export_torchscript(files.path() / "net.pt", model, {.with_preprocessing = true});
  resnet::export_onnx(files.path() / "net.onnx", model, {.with_preprocessing = true});
  for (const char* name : {"net.pt", "net.onnx"}) {
    const ProgramResult result =
        run_command(python + " -W ignore " + quoted(fs::path(RESNET_TESTS_DIR) / "golden/exchange/count_errors.py") +
                    " " + quoted(files.path() / name) + " " + quoted(cifar10() / "test_batch.bin"));
    INFO(name << ": " << result.standard_output << result.standard_error);
    if (result.exit_code == 77) {
      skip(result.standard_output);
      continue;
    }
    CHECK(result.exit_code == 0);
    CHECK(result.standard_output == std::to_string(kErrors) + "\n");
  }
}
