// SPDX-License-Identifier: MIT
#include "model/cifar_net.hpp"

#include <torch/types.h>
#include <torch/utils.h>

#include <string>

#include "core/error.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

std::shared_ptr<Classifier> make_double(const std::string& name) {
  auto net = make_model(parse_model_name(name), /*seed=*/3);
  net->to(torch::kDouble);
  return net;
}

/// Every block of the deep net that the shallow one lacks becomes the identity on what a ReLU lets through; all else is
/// copied. 1 - epsilon as the variance makes batch norm multiply by exactly 1.
void become(Classifier& deep, const Classifier& shallow) {
  const torch::NoGradGuard no_grad;
  const auto copy_or_make_identity = [](const auto& sources, auto targets) {
    for (auto& entry : targets) {
      const std::string& name = entry.key();
      torch::Tensor& tensor = entry.value();
      if (const torch::Tensor* source = sources.find(name)) {
        tensor.copy_(*source);
      } else if (tensor.dim() == 4) {
        tensor.zero_();
        tensor.select(2, 1).select(2, 1).copy_(torch::eye(tensor.size(0)));
      } else if (name.ends_with("running_var")) {
        tensor.fill_(1 - BatchNorm::kEpsilon);
      } else {
        tensor.fill_(name.ends_with("weight") ? 1 : 0);
      }
    }
  };
  copy_or_make_identity(shallow.named_parameters(), deep.named_parameters());
  copy_or_make_identity(shallow.named_buffers(), deep.named_buffers());
}

}  // namespace

TEST_CASE("plain-20 with identity layers inserted has plain-20's logits: the constructed solution (Section 1)") {
  const std::string name = GENERATE(as<std::string>(), "plain32", "plain56");
  CAPTURE(name);
  const auto shallow = make_double("plain20");
  const auto deep = make_double(name);
  const torch::Tensor images = torch::randn({4, 3, 32, 32}, torch::kDouble);
  shallow->forward(images);  // gives the running statistics values of their own
  become(*deep, *shallow);
  shallow->eval();
  deep->eval();
  CHECK(torch::equal(deep->forward(images), shallow->forward(images)));
}

TEST_CASE("a net gives one score per class to every image") {
  const auto net = make_model({.depth = 8, .classes = 7}, /*seed=*/0);
  CHECK(net->forward(torch::zeros({5, 3, 32, 32})).sizes() == at::IntArrayRef({5, 7}));
}

TEST_CASE("the memory format of the images does not matter") {
  const auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
  net->eval();
  const torch::Tensor images = torch::randn({4, 3, 32, 32});
  CHECK(torch::equal(net->forward(images), net->forward(images.contiguous(at::MemoryFormat::ChannelsLast))));
}

TEST_CASE("a new net is float32 and in training mode") {
  const auto net = make_model(parse_model_name("resnet20"), /*seed=*/0);
  CHECK(net->is_training());
  for (const auto& parameter : net->parameters()) CHECK(parameter.scalar_type() == torch::kFloat);
}

TEST_CASE("the state has torchvision's names") {
  const auto net = make_model({.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded}, /*seed=*/0);
  const auto parameters = net->named_parameters();
  for (const std::string name : {"conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv1.weight",
                                 "layer1.0.bn1.weight", "layer3.0.conv2.weight", "layer2.0.downsample.0.weight",
                                 "layer2.0.downsample.1.bias", "fc.weight", "fc.bias"}) {
    CAPTURE(name);
    CHECK(parameters.contains(name));
  }
  CHECK(net->named_buffers().contains("layer2.0.downsample.1.running_mean"));
  CHECK(make_model(parse_model_name("plain20"), 0)->named_parameters().keys() ==
        make_model(parse_model_name("resnet20"), 0)->named_parameters().keys());
}

TEST_CASE("bn_batch reaches every batch norm: two halves are two batches") {
  ModelSpec spec = parse_model_name("resnet20");
  const auto whole = make_model(spec, /*seed=*/0);
  spec.bn_batch = 4;
  const auto halves = make_model(spec, /*seed=*/0);
  whole->to(torch::kDouble);
  halves->to(torch::kDouble);
  const torch::Tensor images = torch::randn({8, 3, 32, 32}, torch::kDouble);

  const torch::Tensor ours = halves->forward(images);
  const torch::Tensor by_hand =
      torch::cat({whole->forward(images.slice(0, 0, 4)), whole->forward(images.slice(0, 4, 8))});

  CHECK(torch::allclose(ours, by_hand, 1e-10, 1e-10));
  for (const auto& buffer : whole->named_buffers()) {
    CAPTURE(buffer.key());
    CHECK(torch::allclose(halves->named_buffers()[buffer.key()], buffer.value(), 1e-10, 1e-10));
  }
}

TEST_CASE("images of another rank or number of channels are refused with what was expected") {
  const auto net = make_model({.depth = 8}, /*seed=*/0);
  CHECK_THROWS_WITH(net->forward(torch::zeros({3, 32, 32})), "net: the images are [3, 32, 32], expected [N, 3, H, W]");
  CHECK_THROWS_WITH(net->forward(torch::zeros({2, 1, 32, 32})), Catch::Contains("[2, 1, 32, 32]"));
}

TEST_CASE("a net is not made from a spec that none can have") {
  CHECK_THROWS_AS(make_model({.depth = 21}, /*seed=*/0), Error);
}
