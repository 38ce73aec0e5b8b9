// SPDX-License-Identifier: MIT
// The ImageNet nets and VGG against torchvision's: what is stored, and how it was made, is in generate_imagenet.py.
#include "model/imagenet_net.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <torch/nn/functional/loss.h>
#include <torch/types.h>
#include <torch/utils.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "golden/pytorch/formula.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"

using namespace resnet;
using formula::check_close;
using formula::check_summary;
using formula::dots;

namespace {

nlohmann::json stored(const std::string& name) {
  return nlohmann::json::parse(read_file(std::string(RESNET_TESTS_DIR) + "/golden/pytorch/" + name + ".json"));
}

/// Torchvision's net of this name is ours with option B and the stride on the 3x3.
ModelSpec torchvision_spec(const std::string& name) {
  ModelSpec spec = parse_model_name(name);
  if (spec.family == Family::kResidual) spec.shortcut = Shortcut::kProjectionWhereNeeded;
  if (has_bottlenecks(spec)) spec.bottleneck_stride = BottleneckStride::k3x3;
  return spec;
}

std::shared_ptr<Classifier> net_of_ten(const std::string& name) {
  ModelSpec spec = torchvision_spec(name);
  spec.classes = 10;
  auto net = make_unset_model(spec);
  net->to(torch::kDouble);
  formula::set_by_formula(*net);
  return net;
}

torch::Tensor images(std::int64_t count, std::int64_t height, std::int64_t width) {
  return formula::noise("images " + std::to_string(height), {count, 3, height, width});
}

/// The larger of a gradient's own size and 1e-3 has to be met to 1e-9: gradients here are small numbers.
void check_gradient(const torch::Tensor& gradient, const nlohmann::json& summary) {
  check_summary(gradient, summary, 1e-9 * std::clamp(gradient.norm().item<double>(), 1e-3, 1.0));
}

/// Logits, loss and gradients of one pass, which moves running statistics where there are any.
void check_step(const std::string& name, std::int64_t count) {
  CAPTURE(name);
  const nlohmann::json golden = stored(name);
  const auto net = net_of_ten(name);
  const torch::Tensor logits = net->forward(images(count, 96, 80));
  const torch::Tensor labels = torch::arange(count, torch::kLong).mul(3).add(1).remainder(10);
  const torch::Tensor loss = torch::nn::functional::cross_entropy(logits, labels);
  loss.backward();

  check_close(logits, golden["logits"]);
  check_close(loss.item<double>(), golden["loss"].get<double>());
  REQUIRE(net->named_parameters().size() == golden["gradients"].size());
  for (const auto& entry : net->named_parameters()) {
    CAPTURE(entry.key());
    check_gradient(entry.value().grad(), golden["gradients"].at(entry.key()));
  }
  std::size_t compared = 0;
  for (const auto& entry : net->named_buffers()) {
    if (entry.key().ends_with("num_batches_tracked")) continue;
    CAPTURE(entry.key());
    check_close(dots(entry.value()), golden["running_statistics"].at(entry.key()));
    ++compared;
  }
  CHECK(compared == golden["running_statistics"].size());
}

void check_evaluation(const std::string& name) {
  CAPTURE(name);
  const auto net = net_of_ten(name);
  net->eval();
  const torch::NoGradGuard no_gradient;
  check_close(net->forward(images(1, 224, 224)), stored(name)["eval_logits"]);
}

}  // namespace

TEST_CASE("ResNet-18's and ResNet-50's logits, gradients and running statistics are torchvision's to 1e-9 in double",
          "[golden]") {
  check_step(GENERATE(as<std::string>(), "resnet18", "resnet50"), 4);
}

TEST_CASE("ResNet-18's and ResNet-50's logits in evaluation mode are torchvision's to 1e-9 in double", "[golden]") {
  check_evaluation(GENERATE(as<std::string>(), "resnet18", "resnet50"));
}

TEST_CASE("VGG-16's logits and gradients are torchvision's to 1e-9 in double", "[golden][slow]") {
  check_step("vgg16", 2);
  check_evaluation("vgg16");
}

TEST_CASE("every net's tensors have torchvision's names and shapes, so that its files load strictly", "[golden]") {
  const nlohmann::json known = stored("torchvision_names");
  CHECK(known.size() == 7);
  for (const auto& [name, net] : known.items()) {
    CAPTURE(name);
    const auto model = make_unset_model(torchvision_spec(name));
    std::vector<std::string> lines;
    const auto add = [&](const std::string& tensor, const torch::Tensor& value) {
      lines.push_back(fmt::format("{} {}\n", tensor, fmt::join(value.sizes().vec(), "x")));
    };
    for (const auto& entry : model->named_parameters()) add(entry.key(), entry.value());
    for (const auto& entry : model->named_buffers()) add(entry.key(), entry.value());
    std::ranges::sort(lines);
    CHECK(lines.size() == net["tensors"].get<std::size_t>());
    CHECK(formula::key_of(fmt::format("{}", fmt::join(lines, ""))) == net["hash"].get<std::uint32_t>());
  }
}
