// SPDX-License-Identifier: MIT
#include "model/make_model.hpp"

#include "core/error.hpp"
#include "model/cifar_net.hpp"
#include "model/imagenet_net.hpp"
#include "model/init.hpp"
#include "model/vgg.hpp"

namespace resnet {

namespace {

std::shared_ptr<Classifier> new_net(const ModelSpec& spec) {
  switch (spec.design) {
    case Design::kCifar:
      return std::make_shared<CifarNet>(spec);
    case Design::kImageNet:
      return std::make_shared<ImageNetNet>(spec);
    case Design::kVgg:
      return std::make_shared<Vgg>(spec);
  }
  fail("net: {} is no design", static_cast<int>(spec.design));
}

}  // namespace

std::shared_ptr<Classifier> make_unset_model(const ModelSpec& spec) {
  auto net = new_net(spec);
  for (torch::Tensor& parameter : net->parameters()) {
    if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }
  return net;
}

std::shared_ptr<Classifier> make_model(const ModelSpec& spec, std::uint64_t seed) {
  auto net = make_unset_model(spec);
  initialise(*net, seed);
  return net;
}

}  // namespace resnet
