// SPDX-License-Identifier: MIT
#include "model/cifar_net.hpp"

#include "core/error.hpp"

namespace resnet {
namespace {

StageLayout layout_of(const ModelSpec& spec) {
  check_spec(spec);
  require(spec.design == Design::kCifar, "{}: is no CIFAR-10 net", model_name(spec));
  const std::int64_t n = (spec.depth - 2) / 6;
  return {.kernel = 3, .stride = 1, .width = 16, .pool = nullptr, .blocks = {n, n, n}};
}

}  // namespace

CifarNet::CifarNet(const ModelSpec& spec) : StagedNet(spec, layout_of(spec)) {}

}  // namespace resnet
