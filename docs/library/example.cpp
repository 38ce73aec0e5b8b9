// SPDX-License-Identifier: MIT
// A net of someone's weights tells what is in a photograph, learns it in one step, and is exported; see README.md.
#include <fmt/format.h>
#include <torch/utils.h>

#include <cstdio>
#include <exception>
#include <string>

#include "batch/normalization.hpp"
#include "batch/test_views.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/import_model.hpp"
#include "image/encoded_image.hpp"
#include "image/photo_view.hpp"
#include "model/model_spec.hpp"
#include "tensor/runtime.hpp"
#include "train/train_step.hpp"

namespace {

void run(const std::string& name, const std::string& weights, const std::string& photo, const std::string& to) {
  resnet::set_up_runtime();
  const resnet::ImportedModel imported = resnet::import_model(weights, {.net = resnet::parse_model_name(name)});
  resnet::Classifier& net = *imported.net;  // a torch::nn::Module

  const resnet::PhotoTesting testing{.sizes = resnet::photo_sizes(224),
                                     .input = resnet::parse_normalization("imagenet", "imagenet")};
  const torch::Tensor image =
      resnet::crops_of(resnet::read_encoded_image(photo), testing, resnet::TestView::kCenter);  // [1, 3, 224, 224]
  torch::Tensor label;
  {
    const torch::NoGradGuard no_gradient;  // batch norm is then folded into the convolutions
    label = net.forward(image).argmax(1);
    fmt::print("class {}\n", label.item<std::int64_t>());
  }

  net.train();
  resnet::Sgd sgd(net.parameters(), /*momentum=*/0.9, /*weight_decay=*/1e-4);
  const resnet::Batch batch{.images = image, .labels = label};
  const auto step = resnet::train_step(net, sgd, batch, /*rate=*/0.001, resnet::Precision::kFloat32, torch::kCPU);
  fmt::print("loss {:.3f}\n", step.loss_nats);

  net.eval();
  resnet::export_torchscript(to, {imported.spec, imported.net, testing.input, {}, {}}, {.with_preprocessing = true});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    fmt::print(stderr, "example NET WEIGHTS PHOTO EXPORT: example resnet18 resnet18.pth photo.jpg net.pt\n");
    return 2;
  }
  try {
    run(argv[1], argv[2], argv[3], argv[4]);
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
}
