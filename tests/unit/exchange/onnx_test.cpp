// SPDX-License-Identifier: MIT
#include "exchange/onnx.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <algorithm>
#include <fstream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "exchange/export_onnx.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/exported_model.hpp"
#include "image/run_onnx.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/made_up_model.hpp"
#include "support/temp_folder.hpp"

namespace fs = std::filesystem;

namespace resnet {
namespace {

using Catch::Contains;
using torch::Tensor;

const OnnxModel::Port kImages{"images", at::kFloat, {"N", 3, "height", "width"}};
const OnnxModel::Port kScores{"scores", at::kFloat, {"N", 10}};

Tensor run_with_opencv(const fs::path& file, const Tensor& images) {
  const Tensor numbers = images.to(torch::kFloat).contiguous();
  const auto scores = run_onnx(file, numbers.const_data_ptr<float>(), numbers.sizes().vec());
  return torch::tensor(scores).view({images.size(0), -1});
}

/// A net of one method without parameters.
OnnxModel onnx_of(const std::string& body, const OnnxModel::Port& input = kImages) {
  torch::jit::Module module("Made");
  module.define("def forward(self, x):\n" + body);
  return to_onnx(module, input, kScores);
}

std::vector<std::string> operations(const OnnxModel& model) {
  std::vector<std::string> names;
  for (const auto& node : model.nodes) names.push_back(node.op);
  return names;
}

bool agrees(const Tensor& got, const Tensor& expected) {
  return (got - expected).abs().max().item<float>() <= 1e-5F * expected.abs().max().item<float>();
}

/// VGG-16 at the start of this recipe, for seven classes.
TrainedModel vgg_of(const std::string& recipe) {
  ModelSpec spec = parse_model_name("vgg16");
  spec.classes = 7;
  return {.spec = spec,
          .net = make_model(spec, /*seed=*/1),
          .input = parse_normalization("imagenet", "imagenet"),
          .class_names = {},
          .recipe = recipe};
}

TEST_CASE("OpenCV gives every exported net's scores, at any batch and size") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const fs::path file = folder.path() / "net.onnx";
  for (const ModelSpec& spec : every_kind_of_net()) {
    const TrainedModel model = made_up_model(spec);
    for (const bool folded : {false, true}) {
      CAPTURE(name_of(spec), folded);
      export_onnx(file, model, {.folded = folded});
      for (const auto& sizes : {std::vector<std::int64_t>{1, 3, 32, 32}, {3, 3, 41, 28}}) {
        const Tensor images = torch::randn(sizes);
        CHECK(agrees(run_with_opencv(file, images), model.net->forward(images)));
      }
    }
  }
}

TEST_CASE("an ONNX net with preprocessing takes bytes; a mean per pixel fixes its size") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const fs::path file = folder.path() / "net.onnx";
  TrainedModel model = made_up_model({.depth = 8});
  const bool has_mean_per_pixel = GENERATE(true, false);
  if (!has_mean_per_pixel) model.input = parse_normalization("imagenet", "imagenet");
  const std::int64_t height = has_mean_per_pixel ? 32 : 25;
  const Tensor images = torch::randint(0, 256, {2, 3, height, 32}, torch::kByte);
  for (const bool folded : {false, true}) {
    export_onnx(file, model, {.with_preprocessing = true, .folded = folded});
    CHECK(agrees(run_with_opencv(file, images), model.net->forward(normalized(images, model.input))));
  }
}

TEST_CASE("VGG is exported in every form; its ONNX file has images of 224 x 224, where nothing is averaged", "[slow]") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const TrainedModel model = vgg_of("");
  model.net->eval();
  const Tensor images = torch::randint(0, 256, {2, 3, 224, 224}, torch::kByte);
  const Tensor expected = model.net->forward(normalized(images, model.input));
  for (const bool with_preprocessing : {false, true}) {
    CAPTURE(with_preprocessing);
    export_onnx(folder.path() / "net.onnx", model, {.with_preprocessing = with_preprocessing});
    const Tensor given = with_preprocessing ? images : normalized(images, model.input);
    CHECK(agrees(run_with_opencv(folder.path() / "net.onnx", given), expected));
  }
  export_torchscript(folder.path() / "net.pt", model, {});
  const auto read = load_exported_model(folder.path() / "net.pt");
  CHECK(torch::allclose(read.net->forward(normalized(images, model.input)), expected, 1e-4, 1e-4));
  const OnnxModel onnx = to_onnx(to_torchscript(*model.net), {"images", at::kFloat, {"N", 3, 224, 224}}, kScores);
  const auto names = operations(onnx);
  CHECK(std::count(names.begin(), names.end(), "MaxPool") == 5);
  CHECK(std::count(names.begin(), names.end(), "Relu") == 15);
  CHECK_THROWS_WITH(to_onnx(to_torchscript(*model.net), {"images", at::kFloat, {"N", 3, 96, 96}}, kScores),
                    Contains("adaptive_avg_pool2d has no translation"));
}

TEST_CASE("VGG trained at another size is exported as TorchScript; as ONNX it is refused, with the way out", "[slow]") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const TrainedModel model = vgg_of("image-size = 32\n");
  export_torchscript(folder.path() / "net.pt", model, {});
  CHECK_THROWS_WITH(export_onnx(folder.path() / "net.onnx", model, {}),
                    Contains("vgg16 for images of 32x32") && Contains("a .pt file"));
  CHECK_FALSE(fs::exists(folder.path() / "net.onnx"));
}

TEST_CASE("a graph has the operations of evaluation mode alone, and parameters under their names") {
  const TrainedModel model = made_up_model({.depth = 8, .bn_batch = 2});
  model.net->eval();
  const OnnxModel onnx = to_onnx(to_torchscript(*model.net), kImages, kScores);
  CHECK(operations(onnx) == std::vector<std::string>{"Conv",
                                                     "BatchNormalization",
                                                     "Relu",  // conv1
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Relu",
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Add",
                                                     "Relu",  // layer1
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Relu",
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Slice",
                                                     "Slice",
                                                     "Pad",
                                                     "Add",
                                                     "Relu",  // layer2
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Relu",
                                                     "Conv",
                                                     "BatchNormalization",
                                                     "Slice",
                                                     "Slice",
                                                     "Pad",
                                                     "Add",
                                                     "Relu",  // layer3
                                                     "GlobalAveragePool",
                                                     "Flatten",
                                                     "Gemm"});
  for (const auto& parameter : model.net->named_parameters()) {
    CAPTURE(parameter.key());
    const auto& constants = onnx.constants;
    CHECK(std::any_of(constants.begin(), constants.end(), [&](const auto& constant) {
      return constant.first == parameter.key() && torch::equal(constant.second, parameter.value());
    }));
  }
  CHECK(onnx.nodes.back().output == "scores");
}

TEST_CASE("what constants decide is decided when the graph is made") {
  CHECK(operations(onnx_of("    if 2 * 3 == 6:\n        return torch.relu(x)\n    return x + x\n")) ==
        std::vector<std::string>{"Relu"});
  const OnnxModel::Port bytes{"images", at::kByte, {"N", 3, 32, "width"}};
  CHECK(operations(onnx_of("    if x.dtype == 0 and x.size(2) == 32:\n        return x + x\n    return torch.relu(x)\n",
                           bytes)) == std::vector<std::string>{"Add"});
  CHECK_THROWS_WITH(onnx_of("    if x.size(2) == 32:\n        return x + x\n    return torch.relu(x)\n"),
                    Contains("an extent of its input that is free"));
  CHECK_THROWS_WITH(onnx_of("    assert x.dtype == 0, 'bytes'\n    return torch.relu(x)\n"),
                    Contains("refuses the images"));
}

TEST_CASE("an operation without a translation is named") {
  CHECK_THROWS_WITH(onnx_of("    return torch.gelu(x)\n"), Contains("aten::gelu has no translation"));
  CHECK_THROWS_WITH(onnx_of("    return torch.add(x, x, alpha=2)\n"), Contains("a sum with a factor"));
}

TEST_CASE("pooling, slices and padding are translated as LibTorch computes them") {
  const TempFolder folder;
  const fs::path file = folder.path() / "net.onnx";
  const Tensor images = torch::randn({2, 3, 9, 8});
  const std::string body = GENERATE(as<std::string>(), "    return torch.max_pool2d(x, [3, 3], [2, 2], [1, 1])\n",
                                    "    return torch.relu(x[:, 1:, :-1, 2::3])\n",
                                    "    return torch.constant_pad_nd(x, [1, 2, 0, 3], 0.5)\n",
                                    "    return x.mean([2, 3], True)\n", "    return (x - 0.5) / 4.0\n");
  CAPTURE(body);
  write_atomically(file, to_bytes(onnx_of(body)));
  torch::jit::Module module("Made");
  module.define("def forward(self, x):\n" + body);
  const Tensor expected = module.forward({images}).toTensor();
  CHECK(agrees(run_with_opencv(file, images).flatten(), expected.flatten()));
}

TEST_CASE("an ONNX file is this message, byte for byte") {
  OnnxModel model;
  model.nodes = {
      {"Relu", {"x"}, "y", {{"i", std::int64_t{300}}, {"f", 1.0F}, {"l", std::vector<std::int64_t>{1, -1}}}}};
  model.constants = {{"c", torch::tensor({1.0F}).view({1})}};
  model.input = {"x", at::kByte, {"N", 3}};
  model.output = {"y", at::kFloat, {}};
  model.metadata = {{"k", "v"}};
  // As protoc --encode onnx.ModelProto writes it.
  const std::string node(
      "\x0a\x01x\x12\x01y\x1a\x01y\x22\x04Relu"
      "\x2a\x09\x0a\x01i\x18\xac\x02\xa0\x01\x02"
      "\x2a\x0b\x0a\x01"
      "f\x15\x00\x00\x80\x3f\xa0\x01\x01"
      "\x2a\x13\x0a\x01l\x40\x01\x40\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\xa0\x01\x07",
      60);
  CHECK_THAT(to_bytes(model), Contains(node));
  CHECK_THAT(to_bytes(model), Catch::StartsWith(std::string("\x08\x08\x12\x06resnet\x3a", 11)));
  CHECK_THAT(to_bytes(model), Catch::EndsWith(std::string("\x42\x04\x0a\x00\x10\x11\x72\x06\x0a\x01k\x12\x01v", 14)));
  model.constants[0].second = torch::zeros({1}, torch::kDouble);
  CHECK_THROWS_WITH(to_bytes(model), Contains("Double"));
}

TEST_CASE("an ONNX export that fails leaves no file, and what OpenCV cannot read is refused") {
  const TempFolder folder;
  const FullDisk disk(20'000);
  CHECK_THROWS_WITH(export_onnx(folder.path() / "net.onnx", made_up_model({.depth = 8}), {}), Contains("cannot write"));
  CHECK(fs::is_empty(folder.path()));
  std::ofstream(folder.path() / "net.onnx") << "no net";
  CHECK_THROWS_AS(run_with_opencv(folder.path() / "net.onnx", torch::ones({1, 3, 8, 8})), Error);
}

TEST_CASE("equal nets give equal ONNX files") {
  const TempFolder folder;
  const TrainedModel model = made_up_model({.depth = 8});
  for (const bool folded : {false, true}) {
    export_onnx(folder.path() / "a.onnx", model, {.folded = folded});
    export_onnx(folder.path() / "b.onnx", model, {.folded = folded});
    CHECK(read_file(folder.path() / "a.onnx") == read_file(folder.path() / "b.onnx"));
  }
}

}  // namespace
}  // namespace resnet
