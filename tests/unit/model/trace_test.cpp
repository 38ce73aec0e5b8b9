// SPDX-License-Identifier: MIT
// LibTorch's tracer records the operations of one forward pass as a graph.
#include <ATen/ATen.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "model/make_model.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

/// The images and the net's weights: what needs a gradient can be no constant of a graph.
torch::jit::Stack inputs(const Classifier& net, const at::Tensor& images) {
  torch::jit::Stack stack{images};
  for (const at::Tensor& parameter : net.parameters()) stack.emplace_back(parameter);
  return stack;
}

/// What the graph of the net's forward pass on the first images makes of the second ones.
at::Tensor traced(Classifier& net, const at::Tensor& first, const at::Tensor& second) {
  const auto forward = [&](torch::jit::Stack stack) {
    return torch::jit::Stack{net.forward(stack.front().toTensor())};
  };
  const auto no_name = [](const at::Tensor&) { return std::string(); };
  const auto state = torch::jit::tracer::trace(inputs(net, first), forward, no_name).first;
  torch::jit::Stack stack = inputs(net, second);
  torch::jit::GraphExecutor(state->graph, "net").run(stack);
  return stack.front().toTensor();
}

at::Tensor images(double shift) {
  return at::arange(4 * 3 * 16 * 16, at::kDouble).add(shift).sin().to(at::kFloat).view({4, 3, 16, 16});
}

TEST_CASE("a traced net makes of other images what the net makes of them") {
  const bool recomputes = GENERATE(false, true);
  const bool trains = GENERATE(false, true);
  const auto name = GENERATE("resnet8", "plain8");
  CAPTURE(recomputes, trains, name);
  const auto net = make_model(parse_model_name(name), /*seed=*/0);
  net->train(trains);
  net->recompute_blocks(recomputes);
  const at::Tensor by_graph = traced(*net, images(0), images(1));
  CHECK(at::allclose(by_graph, net->forward(images(1)), 1e-4, 1e-5));
  CHECK_FALSE(at::allclose(by_graph, net->forward(images(0)), 1e-4, 1e-5));
}

}  // namespace
}  // namespace resnet
