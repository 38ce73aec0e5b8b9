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
#include "exchange/import_model.hpp"
#include "support/catch.hpp"

namespace {

namespace fs = std::filesystem;

fs::path folder() { return resnet::project_root().parent_path() / "shared" / "data" / "akamaster"; }

bool is_there(const fs::path& path) {
  if (fs::exists(path)) return true;
  WARN("skipped: no " << path.string());
  return false;
}

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
  const fs::path data = resnet::project_root() / "data" / "cifar-10-batches-bin";
  if (!is_there(folder()) || !is_there(data)) return;
  const auto imported = import();
  const torch::Tensor bytes = resnet::read_cifar10(data).test.images.narrow(0, 0, 100);
  const torch::NoGradGuard no_gradient;
  const torch::Tensor logits =
      imported.net->forward(resnet::normalized(bytes, resnet::parse_normalization("imagenet", "imagenet")));
  CHECK((logits - stored_logits()).abs().max().item<double>() < 1e-4);
}
