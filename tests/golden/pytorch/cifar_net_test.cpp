// SPDX-License-Identifier: MIT
// The CIFAR-10 nets and the optimizer against Python PyTorch: what is stored, and how it was made, is in generate.py.
#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "train/optimizer.hpp"

using resnet::Classifier;
using resnet::ModelSpec;
using resnet::Shortcut;

namespace {

/// Half absolute, half relative: |ours - theirs| <= 1e-9 max(1, |theirs|). So every gradient in these nets agrees to
/// 1e-9.
constexpr double kDoubleTolerance = 1e-9;
constexpr double kSingleTolerance = 1e-5;

std::uint32_t mix(std::uint32_t x) {
  x = (x ^ (x >> 16)) * 0x7feb352dU;
  x = (x ^ (x >> 15)) * 0x846ca68bU;
  return x ^ (x >> 16);
}

torch::Tensor noise(const std::string& name, at::IntArrayRef sizes) {
  std::uint32_t key = 0x811c9dc5U;
  for (const char c : name) key = (key ^ static_cast<unsigned char>(c)) * 0x01000193U;
  torch::Tensor values = torch::empty(sizes, torch::kDouble);
  for (std::int64_t i = 0; i < values.numel(); ++i) {
    values.data_ptr<double>()[i] = (2.0 * mix(key ^ mix(static_cast<std::uint32_t>(i))) + 1) / 0x1p32 - 1;
  }
  return values;
}

void set_by_formula(Classifier& net) {
  const torch::NoGradGuard no_grad;
  const auto set = [](const std::string& name, torch::Tensor& tensor) {
    torch::Tensor u = noise(name, tensor.sizes());
    if (tensor.dim() > 1) {
      u *= std::sqrt(6.0 / static_cast<double>(tensor.numel() / tensor.size(0)));
    } else {
      const bool around_one = name.ends_with("weight") || name.ends_with("running_var");
      const double centre = around_one ? 1 : name.ends_with("bias") ? 0.75 : 0;
      u = centre + 0.25 * u;
    }
    tensor.copy_(u);
  };
  for (auto& entry : net.named_parameters()) set(entry.key(), entry.value());
  for (auto& entry : net.named_buffers()) {
    if (!entry.key().ends_with("num_batches_tracked")) set(entry.key(), entry.value());
  }
}

torch::Tensor images(int step) { return noise("images " + std::to_string(step), {4, 3, 32, 32}); }

torch::Tensor labels() { return torch::tensor({1, 4, 7, 0}, torch::kLong); }

torch::Tensor loss_of(const torch::Tensor& logits) { return torch::nn::functional::cross_entropy(logits, labels()); }

void check_close(double ours, double theirs, double tolerance = kDoubleTolerance) {
  CHECK(ours == Approx(theirs).epsilon(0).margin(tolerance * std::max(1.0, std::abs(theirs))));
}

void check_close(const torch::Tensor& ours, const nlohmann::json& theirs, double tolerance = kDoubleTolerance) {
  const torch::Tensor flat = ours.detach().to(torch::kDouble).contiguous().flatten();
  REQUIRE(flat.numel() == static_cast<std::int64_t>(theirs.size()));
  for (std::int64_t i = 0; i < flat.numel(); ++i) {
    check_close(flat.data_ptr<double>()[i], theirs[static_cast<std::size_t>(i)].get<double>(), tolerance);
  }
}

torch::Tensor dots(const torch::Tensor& tensor) {
  const torch::Tensor flat = tensor.detach().contiguous().flatten();
  std::vector<torch::Tensor> products;
  for (int k = 0; k < 3; ++k) products.push_back(flat.dot(noise("probe " + std::to_string(k), flat.sizes())));
  return torch::stack(products);
}

void check_gradient(const torch::Tensor& gradient, const nlohmann::json& stored) {
  if (stored.contains("values")) {
    check_close(gradient, stored["values"]);
  } else {
    check_close(gradient.norm().item<double>(), stored["norm"].get<double>());
    check_close(gradient.sum().item<double>(), stored["sum"].get<double>());
    check_close(dots(gradient), stored["dots"]);
  }
}

struct Golden {
  ModelSpec spec;
  nlohmann::json stored;

  std::shared_ptr<Classifier> net(torch::Dtype dtype) const {
    auto net = make_model(spec, /*seed=*/0);
    net->to(dtype);
    set_by_formula(*net);
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
    check_gradient(entry.value().grad(), gradients.at(entry.key()));
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
