// SPDX-License-Identifier: MIT
// The CIFAR-10 nets and the optimizer against Python PyTorch: what is stored, and how it was made, is in generate.py.
#include <torch/nn/functional/loss.h>
#include <torch/types.h>

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "golden/pytorch/formula.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "train/optimizer.hpp"

using formula::check_close;
using formula::check_summary;
using formula::dots;
using formula::noise;
using resnet::Classifier;
using resnet::ModelSpec;
using resnet::Shortcut;

namespace {

constexpr double kSingleTolerance = 1e-5;

torch::Tensor images(int step) { return noise("images " + std::to_string(step), {4, 3, 32, 32}); }

torch::Tensor labels() { return torch::tensor({1, 4, 7, 0}, torch::kLong); }

torch::Tensor loss_of(const torch::Tensor& logits) { return torch::nn::functional::cross_entropy(logits, labels()); }

struct Golden {
  ModelSpec spec;
  nlohmann::json stored;

  std::shared_ptr<Classifier> net(torch::Dtype dtype) const {
    auto net = make_model(spec, /*seed=*/0);
    net->to(dtype);
    formula::set_by_formula(*net);
    return net;
  }
};

Golden load(const std::string& name) {
  ModelSpec spec = resnet::parse_model_name(name.substr(0, name.find('_')));
  if (name.ends_with("_b")) spec.shortcut = Shortcut::kProjectionWhereNeeded;
  if (name.ends_with("_c")) spec.shortcut = Shortcut::kProjectionEverywhere;
  const std::string file = std::string(RESNET_TESTS_DIR) + "/golden/pytorch/" + name + ".json";
  return {spec, nlohmann::json::parse(resnet::read_file(file))};
}

}  // namespace

TEST_CASE("logits, loss and every gradient are PyTorch's to 1e-9 in double precision", "[golden]") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet20", "resnet20_b", "resnet20_c");
  CAPTURE(name);
  const Golden golden = load(name);
  const auto net = golden.net(torch::kDouble);

  const torch::Tensor logits = net->forward(images(0));
  const torch::Tensor loss = loss_of(logits);
  loss.backward();

  check_close(logits, golden.stored["logits"]);
  check_close(loss.item<double>(), golden.stored["loss"].get<double>());
  const auto& gradients = golden.stored["gradients"];
  REQUIRE(net->named_parameters().size() == gradients.size());
  for (const auto& entry : net->named_parameters()) {
    CAPTURE(entry.key());
    check_summary(entry.value().grad(), gradients.at(entry.key()));
  }
}

TEST_CASE("one training pass moves the running statistics as PyTorch's BatchNorm2d does", "[golden]") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet20", "resnet20_b", "resnet20_c");
  CAPTURE(name);
  const Golden golden = load(name);
  const auto net = golden.net(torch::kDouble);

  net->forward(images(0));

  std::size_t compared = 0;
  for (const auto& entry : net->named_buffers()) {
    CAPTURE(entry.key());
    if (entry.key().ends_with("num_batches_tracked")) {
      CHECK(entry.value().item<std::int64_t>() == 1);
    } else {
      check_close(dots(entry.value()), golden.stored["running_statistics"].at(entry.key()));
      ++compared;
    }
  }
  CHECK(compared == golden.stored["running_statistics"].size());
}

TEST_CASE("logits are PyTorch's in evaluation mode", "[golden]") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet20", "resnet20_b", "resnet20_c");
  CAPTURE(name);
  const Golden golden = load(name);
  const auto net = golden.net(torch::kDouble);
  net->eval();

  check_close(net->forward(images(0)), golden.stored["eval_logits"]);
}

TEST_CASE("logits and loss are PyTorch's to 1e-5 in single precision", "[golden]") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet20", "resnet20_b", "resnet20_c");
  CAPTURE(name);
  const Golden golden = load(name);
  const auto net = golden.net(torch::kFloat);

  const torch::Tensor logits = net->forward(images(0).to(torch::kFloat));

  check_close(logits, golden.stored["float32"]["logits"], kSingleTolerance);
  check_close(loss_of(logits).item<double>(), golden.stored["float32"]["loss"].get<double>(), kSingleTolerance);
}

TEST_CASE("ten steps of SGD across a drop of the rate have PyTorch's losses to 1e-9", "[golden]") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet20", "resnet20_b", "resnet20_c");
  CAPTURE(name);
  const Golden golden = load(name);
  const auto net = golden.net(torch::kDouble);
  resnet::Sgd optimizer(net->parameters(), /*momentum=*/0.9, /*weight_decay=*/1e-4);

  for (int step = 0; step < 10; ++step) {
    CAPTURE(step);
    const torch::Tensor loss = loss_of(net->forward(images(step)));
    check_close(loss.item<double>(), golden.stored["sgd_losses"][static_cast<std::size_t>(step)].get<double>());
    net->zero_grad();
    loss.backward();
    optimizer.step(step < 5 ? 0.1 : 0.01);
  }
}
