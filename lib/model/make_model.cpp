// SPDX-License-Identifier: MIT
#include "model/make_model.hpp"

#include "model/cifar_net.hpp"
#include "model/init.hpp"

namespace resnet {

std::shared_ptr<Classifier> make_model(const ModelSpec& spec, std::uint64_t seed) {
  auto net = std::make_shared<CifarNet>(spec);
  initialise(*net, seed);
  return net;
}

}  // namespace resnet
