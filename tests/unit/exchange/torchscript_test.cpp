// SPDX-License-Identifier: MIT
#include "exchange/torchscript.hpp"

#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/nn/modules/dropout.h>
#include <torch/types.h>

#include <set>
#include <sstream>
#include <string>

#include "core/error.hpp"
#include "model/residual_block.hpp"
#include "model/vgg.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "support/made_up_model.hpp"

namespace resnet {
namespace {

using Catch::Contains;
using torch::Tensor;

Tensor run(torch::jit::Module& module, const Tensor& images) { return module.forward({images}).toTensor(); }

std::string code_of(const torch::jit::Module& module) { return module.dump_to_str(true, false, false); }

/// The text that a saved module has as its code.
std::string saved_code(const torch::jit::Module& module) {
  std::stringstream file;
  module.save(file);
  caffe2::serialize::PyTorchStreamReader reader(&file);
  const auto [bytes, size] = reader.getRecord("code/__torch__.py");
  return {static_cast<const char*>(bytes.get()), size};
}

TEST_CASE("a scripted net computes bit for bit what the net computes, in both modes and at every size") {
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  for (const ModelSpec& spec : every_kind_of_net()) {
    CAPTURE(name_of(spec));
    const TrainedModel model = made_up_model(spec);
    torch::jit::Module scripted = to_torchscript(*model.net);
    for (const bool is_training : {false, true}) {
      CAPTURE(is_training);
      model.net->train(is_training);
      scripted.train(is_training);
      for (const auto& sizes : {std::vector<std::int64_t>{4, 3, 32, 32}, {2, 3, 45, 20}, {6, 3, 9, 64}}) {
        const Tensor images = torch::randn(sizes);
        for (int i = 0; i < 3; ++i) {  // TorchScript looks on for two runs, and then optimises
          CHECK(torch::equal(run(scripted, images), model.net->forward(images)));
        }
      }
    }
    for (const auto& buffer : scripted.named_buffers()) {
      CAPTURE(buffer.name);
      CHECK(torch::equal(buffer.value, *model.net->named_buffers().find(buffer.name)));
    }
  }
}

TEST_CASE("VGG's convolutions and fully-connected layers, ReLU between them, are in TorchScript what they are here") {
  const torch::NoGradGuard no_gradient;
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  const VggFeatures features({1, 2});
  torch::jit::Module scripted_features = to_torchscript(features);
  const Tensor images = torch::randn({2, 3, 12, 9}).contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(torch::equal(run(scripted_features, images), features.forward(images)));
  const VggClassifier classifier(/*classes=*/3);
  torch::jit::Module scripted_classifier = to_torchscript(classifier);
  const Tensor map = torch::randn({2, 25'088});  // with numbers below 0, as no ReLU lets them pass
  CHECK(torch::equal(run(scripted_classifier, map), classifier.forward(map)));
}

TEST_CASE("a scripted net gives the gradients of the net") {
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  const TrainedModel model = made_up_model({.depth = 8});
  model.net->train();
  torch::jit::Module scripted = to_torchscript(*model.net);
  const Tensor images = torch::randn({4, 3, 32, 32});
  run(scripted, images).square().sum().backward();
  model.net->forward(images).square().sum().backward();
  for (const auto& parameter : scripted.named_parameters()) {
    CAPTURE(parameter.name);
    CHECK(torch::allclose(parameter.value.grad(), model.net->named_parameters().find(parameter.name)->grad(), 1e-5,
                          1e-6));
  }
}

TEST_CASE("a scripted net has the net's names, in PyTorch's order, and numbers of its own") {
  const TrainedModel model = made_up_model({.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded});
  const torch::jit::Module scripted = to_torchscript(*model.net);
  std::vector<std::string> names;
  for (const auto& parameter : scripted.named_parameters()) {
    names.push_back(parameter.name);
    CHECK(parameter.value.requires_grad());
    const Tensor own = *model.net->named_parameters().find(parameter.name);
    CHECK(torch::equal(parameter.value, own));
    CHECK_FALSE(parameter.value.is_alias_of(own));
  }
  CHECK(names == model.net->named_parameters().keys());
  names.clear();
  for (const auto& buffer : scripted.named_buffers()) names.push_back(buffer.name);
  CHECK(names == model.net->named_buffers().keys());
}

TEST_CASE("the code of a block in the file reads as the paper's Figure 2: F(x) + x, and then ReLU") {
  CHECK_THAT(saved_code(to_torchscript(ResidualBlock(16, 16, /*stride=*/1, {}))),
             Catch::StartsWith(R"(class ResidualBlock(Module):
  __parameters__ = []
  __buffers__ = []
  training : bool
  conv1 : __torch__.Conv2d
  bn1 : __torch__.BatchNorm
  conv2 : __torch__.Conv2d
  bn2 : __torch__.BatchNorm
  downsample : __torch__.ShortcutPath
  def forward(self: __torch__.ResidualBlock,
    x: Tensor) -> Tensor:
    bn1 = self.bn1
    conv1 = self.conv1
    _0 = (bn1).forward((conv1).forward(x, ), )
    y = torch.relu(_0)
    bn2 = self.bn2
    conv2 = self.conv2
    y0 = (bn2).forward((conv2).forward(y, ), )
    downsample = self.downsample
    _1 = torch.add(y0, (downsample).forward(x, ))
    return torch.relu(_1)
)"));
}

TEST_CASE("modules that differ in their numbers alone share a class, which has a name that says what it is") {
  std::set<std::string> names;
  for (const auto& module : to_torchscript(*made_up_model({.depth = 20}).net).modules()) {
    names.insert(module.type()->name()->name());
  }
  CHECK(names == std::set<std::string>{"CifarNet", "Conv2d", "BatchNorm", "Sequential", "ResidualBlock", "ShortcutPath",
                                       "Linear"});
  const auto count_classes = [](std::int64_t depth) {
    std::set<std::string> classes;
    for (const auto& module : to_torchscript(*made_up_model({.depth = depth}).net).modules()) {
      classes.insert(module.type()->name()->qualifiedName());
    }
    return classes.size();
  };
  CHECK(count_classes(20) == count_classes(32));
}

TEST_CASE("a module that does not say what it computes is refused by name") {
  CHECK_THROWS_WITH(to_torchscript(torch::nn::DropoutImpl()), Contains("torch::nn::DropoutImpl has no script"));
}

class Mistaken : public torch::nn::Module, public Scripted {
 public:
  std::string script() const override {
    return "def forward(self, x: Tensor) -> Tensor:\n    return torch.no_such(x)\n";
  }
};

TEST_CASE("a script that TorchScript does not understand is refused with what it says of it") {
  CHECK_THROWS_MATCHES(to_torchscript(Mistaken()), Error, Catch::Matchers::Predicate<Error>([](const Error& error) {
                         return Contains("no_such").match(error.what());
                       }));
}

TEST_CASE("with preprocessing a net takes the bytes of images") {
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  TrainedModel model = made_up_model({.depth = 8});
  const bool has_mean_per_pixel = GENERATE(true, false);
  if (!has_mean_per_pixel) model.input = parse_normalization("imagenet", "imagenet");
  torch::jit::Module serving = to_torchscript(model, {.with_preprocessing = true});
  const Tensor own_size = torch::randint(0, 256, {3, 3, 32, 32}, torch::kByte);
  const Tensor expected = model.net->forward((own_size / 255.0F - model.input.mean) / model.input.std);
  CHECK(torch::equal(run(serving, own_size), expected));

  // A mean per pixel has no meaning at another size: its average per channel is left.
  const Tensor larger = torch::randint(0, 256, {3, 3, 40, 32}, torch::kByte);
  const Tensor mean = model.input.mean.mean({1, 2}).view({3, 1, 1});
  CHECK(torch::allclose(run(serving, larger), model.net->forward((larger / 255.0F - mean) / model.input.std)));

  CHECK_THROWS_WITH(run(serving, own_size.to(torch::kFloat)), Contains("uint8 [N, 3, H, W]"));
}

TEST_CASE("a folded net has no batch norm left, and the same numbers within rounding") {
  const torch::NoGradGuard no_gradient;
  for (const ModelSpec& spec : every_kind_of_net()) {
    CAPTURE(name_of(spec));
    TrainedModel model = made_up_model(spec);
    model.net->train();  // fold() turns to evaluation mode by itself
    torch::jit::Module folded = to_torchscript(model, {.folded = true});
    model.net->eval();
    CHECK_THAT(code_of(folded), !Contains("batch_norm"));
    const Tensor images = torch::randn({4, 3, 32, 32});
    const Tensor expected = model.net->forward(images);
    CHECK((run(folded, images) - expected).abs().max().item<float>() < 1e-5F * expected.abs().max().item<float>());
  }
}

}  // namespace
}  // namespace resnet
