// SPDX-License-Identifier: MIT
// Ours to Python and back, where there is a Python with torch; without one, import_test.cpp reads what one wrote.
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/exported_model.hpp"
#include "exchange/import_model.hpp"
#include "exchange/model_state.hpp"
#include "exchange/state_dict.hpp"
#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "support/python.hpp"
#include "support/skip.hpp"
#include "support/temp_folder.hpp"

namespace {

namespace fs = std::filesystem;
using resnet::ModelSpec;
using resnet::TrainedModel;

torch::Tensor images() { return ((torch::arange(2 * 3 * 32 * 32) * 37 % 101 - 50) / 50).view({2, 3, 32, 32}); }

// A net whose every tensor has been moved by training.
TrainedModel trained(const ModelSpec& spec) {
  const torch::NoGradGuard no_gradient;
  TrainedModel model{
      spec, resnet::make_model(spec, /*seed=*/7), resnet::parse_normalization("cifar10", "none"), {}, ""};
  for (int i = 0; i < 3; ++i) model.net->forward(images());
  for (auto& item : model.net->named_parameters()) item.value().add_(0.01);
  model.net->eval();
  return model;
}

bool is_equal(const resnet::Classifier& a, const resnet::Classifier& b) {
  resnet::TensorFile left;
  resnet::TensorFile right;
  resnet::add_model_state(left, a);
  resnet::add_model_state(right, b);
  if (left.tensors.size() != right.tensors.size()) return false;
  for (std::size_t i = 0; i < left.tensors.size(); ++i) {
    if (left.tensors[i].first != right.tensors[i].first) return false;
    if (!torch::equal(left.tensors[i].second, right.tensors[i].second)) return false;
  }
  return true;
}

struct Net {
  std::string name;
  ModelSpec spec;
};

std::vector<Net> nets() {
  std::vector<Net> nets = {{"plain8", resnet::parse_model_name("plain8")}};
  for (const char* option : {"A", "B", "C"}) {
    ModelSpec spec = resnet::parse_model_name("resnet8");
    spec.shortcut = resnet::parse_shortcut(option);
    nets.push_back({std::string("resnet8_") + option, spec});
  }
  return nets;
}

}  // namespace

TEST_CASE("plain and residual nets, A, B and C, go to Python and back without a bit changed", "[golden]") {
  const std::string& python = python_with_torch();
  if (python.empty()) {
    skip("no Python with torch; RESNET_PYTHON names one");
    return;
  }
  const TempFolder folder;
  for (const Net& net : nets()) {
    const TrainedModel model = trained(net.spec);
    resnet::save_state_dict(folder.path() / (net.name + ".pth"), model);
    resnet::save_trained_model(folder.path() / (net.name + ".safetensors"), model);
    resnet::export_torchscript(folder.path() / (net.name + ".pt"), model, {});
  }
  const auto result = run_command("PYTHONDONTWRITEBYTECODE=1 " + python + " -W ignore " +
                                  quoted(fs::path(RESNET_TESTS_DIR) / "golden" / "exchange" / "round_trip.py") + " " +
                                  quoted(folder.path()));
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);

  for (const Net& net : nets()) {
    CAPTURE(net.name);
    const TrainedModel model = trained(net.spec);
    for (const char* ending : {".pth", ".safetensors", ".zip.pth", ".old.pth", ".script.pth", ".again.safetensors"}) {
      CAPTURE(ending);
      const auto imported = resnet::import_model(folder.path() / (net.name + ending), {.net = net.spec});
      CHECK(imported.spec == net.spec);
      CHECK(is_equal(*imported.net, *model.net));
    }
    const auto again = resnet::load_exported_model(folder.path() / (net.name + ".again.pt"));
    {
      const torch::NoGradGuard no_gradient;
      const KernelsGuard back;
      resnet::set_kernels(resnet::Kernels::kEager);
      CHECK(again.net->forward(images()).equal(model.net->forward(images())));
    }
    const auto theirs = nlohmann::json::parse(resnet::read_file(folder.path() / (net.name + ".logits")));
    const torch::NoGradGuard no_gradient;
    const torch::Tensor ours = model.net->forward(images()).flatten();
    for (std::int64_t i = 0; i < ours.numel(); ++i) {
      CHECK(ours[i].item<float>() == Approx(theirs[static_cast<std::size_t>(i)].get<float>()).margin(1e-4));
    }
  }
}
