// SPDX-License-Identifier: MIT
#include "model/recompute.hpp"

#include <ATen/core/ivalue.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/custom_class.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/precision.hpp"
#include "tensor/two_outputs.hpp"

namespace resnet {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

bool is_training_whole(const Block& block) {
  return std::ranges::all_of(block.modules(), [](const auto& module) { return module->is_training(); });
}

/// What autograd keeps of a block between the two runs.
struct BlockRun : torch::CustomClassHolder {
  BlockRun(std::shared_ptr<Block> run_block, Precision run_precision)
      : block(std::move(run_block)), precision(run_precision) {}

  // The second run must see what the first one saw.
  void require_unchanged() const {
    require(is_training_whole(*block) && kernels() == used_kernels && versions_of(*block) == versions,
            "recomputed block: the net's mode, its weights or the choice of kernels changed between the forward and "
            "the backward pass; call backward() before");
  }

  // Autograd counts how often a tensor was written to.
  static std::vector<std::int64_t> versions_of(const Block& block) {
    std::vector<std::int64_t> counts;
    for (const Tensor& parameter : block.parameters()) counts.push_back(parameter._version());
    return counts;
  }

  std::shared_ptr<Block> block;
  Precision precision;
  std::vector<std::int64_t> versions = versions_of(*block);
  Kernels used_kernels = kernels();
};

/// Puts a module's buffers back when it goes: after the second run, as the first run left them.
class BuffersKept {
 public:
  explicit BuffersKept(const Block& block) : buffers_(block.buffers()) {
    for (const Tensor& buffer : buffers_) values_.push_back(buffer.clone());
  }
  ~BuffersKept() {
    const at::NoGradGuard no_gradient;
    for (std::size_t i = 0; i < buffers_.size(); ++i) buffers_[i].copy_(values_[i]);
  }
  BuffersKept(const BuffersKept&) = delete;
  BuffersKept& operator=(const BuffersKept&) = delete;

 private:
  std::vector<Tensor> buffers_;
  std::vector<Tensor> values_;
};

class Recompute : public torch::autograd::Function<Recompute> {
 public:
  static variable_list forward(AutogradContext* ctx, const Tensor& to_layers, const Tensor& to_shortcut,
                               const c10::intrusive_ptr<BlockRun>& run) {
    ctx->save_for_backward({to_layers, to_shortcut});
    ctx->saved_data["run"] = c10::IValue::make_capsule(run);
    ctx->set_materialize_grads(false);
    return two_outputs(run->block->forward({to_layers, to_shortcut}).to_layers);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    require(!at::GradMode::is_enabled(),
            "recomputed block: its gradient cannot be differentiated again; train without --recompute-blocks");
    const auto run = c10::static_intrusive_pointer_cast<BlockRun>(ctx->saved_data["run"].toCapsule());
    run->require_unchanged();
    const variable_list saved = ctx->get_saved_variables();
    const Tensor to_layers = saved[0].detach().requires_grad_();
    const Tensor to_shortcut = saved[1].detach().requires_grad_();

    const BuffersKept kept(*run->block);
    variable_list outputs;
    variable_list output_gradients;
    {
      const at::AutoGradMode with_graph(true);
      const PrecisionScope precision(run->precision, to_layers.device());
      const Activation y = run->block->forward({to_layers, to_shortcut});
      const variable_list readers = {y.to_layers, y.to_shortcut};
      for (std::size_t i = 0; i < readers.size(); ++i) {
        if (!gradients[i].defined()) continue;
        outputs.push_back(readers[i]);
        output_gradients.push_back(gradients[i]);
      }
    }
    if (!outputs.empty()) torch::autograd::backward(outputs, output_gradients);
    return {to_layers.grad(), to_shortcut.grad(), Tensor()};
  }
};

}  // namespace

Activation forward_recomputed(const std::shared_ptr<Block>& block, const Activation& x) {
  if (!at::GradMode::is_enabled() || !x.to_layers.requires_grad()) return block->forward(x);
  if (is_tracing()) return block->forward(x);
  // A batch norm in evaluation mode is folded into its convolution in the first run, which has no graph, and would not
  // be in the second.
  if (!is_training_whole(*block)) return block->forward(x);
  const auto run = c10::make_intrusive<BlockRun>(block, current_precision(x.to_layers.device()));
  const variable_list y = Recompute::apply(x.to_layers, x.to_shortcut, run);
  return {y[0], y[1]};
}

}  // namespace resnet
