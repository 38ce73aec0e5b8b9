// SPDX-License-Identifier: MIT
#pragma once

#include <torch/nn/module.h>

#include <memory>
#include <utility>
#include <vector>

namespace resnet {

/// While it lives, a net may be put into any mode; then each of its modules is in the mode it was in, also where they
/// differ, as where some batch norms are frozen.
class KeptModes {
 public:
  explicit KeptModes(torch::nn::Module& net) : net_(net), was_training_(net.is_training()) {
    for (const auto& module : net.modules(/*include_self=*/false)) modules_.emplace_back(module, module->is_training());
  }
  ~KeptModes() {
    net_.train(was_training_);  // and all below it: those are set after it, the outer ones first
    for (const auto& [module, was_training] : modules_) module->train(was_training);
  }
  KeptModes(const KeptModes&) = delete;
  KeptModes& operator=(const KeptModes&) = delete;

 private:
  torch::nn::Module& net_;
  bool was_training_;
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> modules_;
};

}  // namespace resnet
