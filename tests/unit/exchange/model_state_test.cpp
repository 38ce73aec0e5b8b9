// SPDX-License-Identifier: MIT
#include "exchange/model_state.hpp"

#include <limits>

#include "core/error.hpp"
#include "core/file.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

std::shared_ptr<Classifier> net(const char* name, std::uint64_t seed) {
  return make_model(parse_model_name(name), seed);
}

TensorFile state(const Classifier& model, const std::string& prefix = "") {
  TensorFile file;
  add_model_state(file, model, prefix);
  for (auto& item : file.tensors) item.second = item.second.detach().clone();
  return file;
}

bool is_equal(const TensorFile& a, const TensorFile& b) {
  if (a.tensors.size() != b.tensors.size()) return false;
  for (std::size_t i = 0; i < a.tensors.size(); ++i) {
    if (a.tensors[i].first != b.tensors[i].first || !torch::equal(a.tensors[i].second, b.tensors[i].second)) {
      return false;
    }
  }
  return true;
}

// The message, if the net refuses the file and is then in every tensor what it was.
std::string refusal(const TensorFile& file, const std::string& prefix = "") {
  const auto model = net("resnet8", 2);
  const TensorFile before = state(*model);
  try {
    load_model_state(*model, file, "a.safetensors", prefix);
  } catch (const Error& error) {
    return is_equal(state(*model), before) ? error.what() : std::string("the net was changed, then: ") + error.what();
  }
  return "accepted";
}

TEST_CASE("one weight or one BN statistic that is not finite makes a net not finite") {
  const torch::NoGradGuard no_gradient;
  CHECK(is_finite(*net("resnet8", 1)));
  const auto weights = net("resnet8", 1);
  weights->named_parameters()["fc.weight"][3][7] = std::numeric_limits<float>::infinity();
  CHECK_FALSE(is_finite(*weights));
  const auto statistics = net("resnet8", 1);
  statistics->named_buffers()["bn1.running_var"][3] = std::numeric_limits<float>::quiet_NaN();
  CHECK_FALSE(is_finite(*statistics));
}

TEST_CASE("a net's state is its parameters and BN statistics under PyTorch's names") {
  const TensorFile file = state(*net("resnet8", 1));
  // Convolution, three BN tensors beside running ones, per weighted layer but the last; fc has weight and bias.
  CHECK(file.tensors.size() == 7 * 6 + 2);
  for (const char* name :
       {"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
        "layer1.0.conv1.weight", "layer3.0.bn2.running_var", "fc.weight", "fc.bias"}) {
    CAPTURE(name);
    CHECK(file.find(name) != nullptr);
  }
  CHECK(state(*net("resnet8", 1), "model.").find("model.fc.bias") != nullptr);
}

TEST_CASE("a net that was trained and saved computes the same when loaded into another") {
  const auto trained = net("resnet8", 1);
  const torch::Tensor images = torch::arange(4 * 3 * 32 * 32, torch::kFloat).sin().view({4, 3, 32, 32});
  {
    const torch::NoGradGuard no_gradient;
    for (int i = 0; i < 3; ++i) trained->forward(images);  // moves the BN statistics
  }
  const TempFolder folder;
  TensorFile file;
  add_model_state(file, *trained);
  save_safetensors(folder.path() / "w", file);

  const auto loaded = net("resnet8", 2);
  const torch::Tensor weight = loaded->named_parameters()["conv1.weight"];
  load_model_state(*loaded, load_safetensors(folder.path() / "w"), "w");
  CHECK(is_equal(state(*loaded), state(*trained)));
  CHECK(state(*loaded).find("bn1.num_batches_tracked")->item<std::int64_t>() == 3);
  trained->eval();
  loaded->eval();
  CHECK(torch::equal(loaded->forward(images), trained->forward(images)));
  // Into the tensors that an optimizer already knows, which still want gradients and keep their layout.
  CHECK(weight.is_same(loaded->named_parameters()["conv1.weight"]));
  CHECK(weight.requires_grad());
  CHECK(weight.is_contiguous(at::MemoryFormat::ChannelsLast));
}

TEST_CASE("a net is found under its prefix, among other tensors") {
  TensorFile file = state(*net("resnet8", 1), "model.");
  file.tensors.emplace_back("momentum.fc.bias", torch::zeros({10}));
  const auto model = net("resnet8", 2);
  load_model_state(*model, file, "checkpoint", "model.");
  CHECK(is_equal(state(*model), state(*net("resnet8", 1))));
}

TEST_CASE("a tensor that is missing or left over is refused, and the net stays as it was") {
  const TensorFile whole = state(*net("resnet8", 1));
  for (std::size_t i = 0; i < whole.tensors.size(); ++i) {
    TensorFile file = whole;
    file.tensors.erase(file.tensors.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(refusal(file) == "a.safetensors: '" + whole.tensors[i].first + "' is missing; is this file of another net?");
  }
  TensorFile file = whole;
  file.tensors.emplace_back("layer4.conv1.weight", torch::zeros({1}));
  CHECK_THAT(refusal(file), Catch::StartsWith("a.safetensors: has 45 tensors, this net has 44"));
  CHECK_THAT(refusal(whole, "model."), Catch::StartsWith("a.safetensors: 'model.conv1.weight' is missing"));
}

TEST_CASE("a tensor of another shape or dtype is refused, even the last, and the net stays as it was") {
  TensorFile file = state(*net("resnet8", 1));
  torch::Tensor& last = file.tensors.back().second;
  const std::string name = file.tensors.back().first;
  const torch::Tensor right = last;
  last = right.to(torch::kFloat64);
  CHECK_THAT(refusal(file), Catch::StartsWith("a.safetensors: '" + name + "' is Double"));
  last = torch::cat({right.view(-1), right.view(-1)});
  CHECK_THAT(refusal(file), Catch::StartsWith("a.safetensors: '" + name + "' is "));
  last = right.unsqueeze(0);
  CHECK_THAT(refusal(file), Catch::StartsWith("a.safetensors: '" + name + "' is "));
  last = right;
  CHECK(refusal(file) == "accepted");
}

TEST_CASE("the file of a deeper, a shallower, or a projecting net is refused; a plain twin's fits") {
  CHECK_THAT(refusal(state(*net("resnet14", 1))), Contains("has 80 tensors, this net has 44"));
  const auto deeper = net("resnet14", 2);
  CHECK_THROWS_WITH(load_model_state(*deeper, state(*net("resnet8", 1)), "a"), Contains("is missing"));
  ModelSpec projecting = parse_model_name("resnet8");
  projecting.shortcut = Shortcut::kProjectionWhereNeeded;
  CHECK_THAT(refusal(state(*make_model(projecting, 1))), Contains("this net has 44"));
  ModelSpec hundred_classes = parse_model_name("resnet8");
  hundred_classes.classes = 100;
  CHECK_THAT(refusal(state(*make_model(hundred_classes, 1))),
             Contains("'fc.weight' is Float 100x64, expected Float 10x64"));
  CHECK(refusal(state(*net("plain8", 1))) == "accepted");
}

}  // namespace
}  // namespace resnet
