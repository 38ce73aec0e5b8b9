// SPDX-License-Identifier: MIT
#include "exchange/trained_model.hpp"

#include <ATen/ATen.h>

#include <functional>

#include "core/error.hpp"
#include "exchange/safetensors.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

TrainedModel made_up(const ModelSpec& spec) {
  TrainedModel model;
  model.spec = spec;
  model.net = make_model(spec, /*seed=*/3);
  model.net->forward(at::arange(4 * 3 * 8 * 8, at::kFloat).sin().view({4, 3, 8, 8}));  // moves the BN statistics
  model.net->eval();
  model.input = subtract_mean(at::arange(3 * 8 * 8, at::kFloat).cos().view({3, 8, 8}).div(3));
  for (std::int64_t i = 0; i < spec.classes; ++i) model.class_names.push_back("class, the " + std::to_string(i) + "th");
  model.recipe = "# a comment\nmodel = resnet8\n";
  return model;
}

ModelSpec made_up_resnet50(BottleneckStride stride) {
  return {.design = Design::kImageNet,
          .depth = 50,
          .shortcut = Shortcut::kProjectionWhereNeeded,
          .classes = 3,
          .bottleneck_stride = stride};
}

// The message with which a file is refused whose metadata was changed.
std::string refusal(const std::function<void(std::map<std::string, std::string>&)>& change,
                    const ModelHints& hints = {}) {
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  save_trained_model(file, made_up({.depth = 8}));
  TensorFile content = load_safetensors(file);
  change(content.metadata);
  save_safetensors(file, content);
  try {
    load_trained_model(file, hints);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("a trained model comes back with all that belongs to it, bit for bit") {
  const ModelSpec spec = GENERATE(ModelSpec{.depth = 8}, ModelSpec{.family = Family::kPlain, .depth = 8},
                                  ModelSpec{.depth = 14, .shortcut = Shortcut::kProjectionEverywhere, .classes = 3},
                                  ModelSpec{.depth = 8, .shortcut_padding = ShortcutPadding::kSymmetric},
                                  ModelSpec{.design = Design::kImageNet, .family = Family::kPlain, .depth = 18},
                                  made_up_resnet50(BottleneckStride::k1x1), made_up_resnet50(BottleneckStride::k3x3));
  CAPTURE(model_name(spec), shortcut_name(spec));
  const TempFolder folder;
  const TrainedModel saved = made_up(spec);
  save_trained_model(folder.path() / "weights.safetensors", saved);
  for (const auto& path : {folder.path(), folder.path() / "weights.safetensors"}) {
    const TrainedModel loaded = load_trained_model(path);
    CHECK(loaded.spec == spec);
    CHECK_FALSE(loaded.net->is_training());
    CHECK(at::equal(loaded.input.mean, saved.input.mean));
    CHECK(at::equal(loaded.input.std, saved.input.std));
    CHECK(loaded.class_names == saved.class_names);
    CHECK(loaded.recipe == saved.recipe);
    const at::Tensor images = at::arange(2 * 3 * 8 * 8, at::kFloat).cos().view({2, 3, 8, 8});
    CHECK(at::equal(loaded.net->forward(images), saved.net->forward(images)));
  }
}

TEST_CASE("a file of tensors alone is understood with hints, and refused without them with the flag that is missing") {
  const auto clear = [](auto& metadata) { metadata.clear(); };
  const Normalization none = parse_normalization("none", "none");
  CHECK_THAT(refusal(clear), Contains("does not say which net it is of; give --model"));
  CHECK_THAT(refusal(clear, {.net = ModelSpec{.depth = 8}}), Contains("give --mean and --std"));
  CHECK(refusal(clear, {.net = ModelSpec{.depth = 8}, .input = none}) == "accepted");
  CHECK_THAT(refusal(clear, {.net = ModelSpec{.depth = 14}, .input = none}), Contains("is missing"));
}

TEST_CASE("a hint adds to what the file says and replaces nothing else of it; one that contradicts it is refused") {
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  const ModelSpec spec{.depth = 8, .classes = 3, .shortcut_padding = ShortcutPadding::kSymmetric};
  save_trained_model(file, made_up(spec));
  CHECK(load_trained_model(file, {.net = ModelSpec{.depth = 8}}).spec == spec);
  CHECK(load_trained_model(file, {.shortcut_padding = ShortcutPadding::kEnd}).spec.shortcut_padding ==
        ShortcutPadding::kEnd);
  CHECK_THROWS_WITH(load_trained_model(file, {.net = ModelSpec{.depth = 14}}),
                    Contains("is of resnet8, and --model says resnet14"));
}

TEST_CASE("the shortcuts of a file of tensors alone are found by its names") {
  const Shortcut shortcut =
      GENERATE(Shortcut::kZeroPadding, Shortcut::kProjectionWhereNeeded, Shortcut::kProjectionEverywhere);
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  const ModelSpec spec{.depth = 8, .shortcut = shortcut, .classes = 7};
  save_trained_model(file, made_up(spec));
  TensorFile content = load_safetensors(file);
  content.metadata.clear();
  save_safetensors(file, content);
  const ModelHints hints{.net = ModelSpec{.depth = 8}, .input = parse_normalization("none", "none")};
  CHECK(load_trained_model(file, hints).spec == spec);
}

TEST_CASE("a file of tensors alone of a bottleneck net has the stride of other programs, unless a hint says it") {
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  save_trained_model(file, made_up(made_up_resnet50(BottleneckStride::k1x1)));
  ModelHints hints{.net = parse_model_name("resnet50"), .input = parse_normalization("none", "none")};
  CHECK(load_trained_model(file, hints).spec == made_up_resnet50(BottleneckStride::k1x1));
  TensorFile content = load_safetensors(file);
  content.metadata.clear();
  save_safetensors(file, content);
  CHECK(load_trained_model(file, hints).spec == made_up_resnet50(BottleneckStride::k3x3));
  hints.bottleneck_stride = BottleneckStride::k1x1;
  CHECK(load_trained_model(file, hints).spec == made_up_resnet50(BottleneckStride::k1x1));
}

TEST_CASE("metadata that is broken is refused with its name") {
  const auto set = [](const char* key, const char* value) {
    return [=](std::map<std::string, std::string>& metadata) { metadata[key] = value; };
  };
  CHECK_THAT(refusal(set("model", "resnet9")), Contains("its 'model' cannot be read: resnet9"));
  CHECK_THAT(refusal(set("model", "resnet14")), Contains("is missing"));
  CHECK_THAT(refusal(set("shortcut", "D")), Contains("its 'shortcut' cannot be read"));
  CHECK_THAT(refusal(set("shortcut_padding", "x")), Contains("its 'shortcut_padding' cannot be read"));
  CHECK_THAT(refusal(set("bottleneck_stride", "2x2")), Contains("its 'bottleneck_stride' cannot be read"));
  CHECK_THAT(refusal(set("bottleneck_stride", "3x3")), Contains("has no bottleneck blocks"));
  CHECK_THAT(refusal(set("classes", "cat\ndog")), Contains("the names of 2 classes, and the net has 10"));
  for (const char* text : {"", "3x1x1", "3x1x1:", "3x1x1: 0 0", "3x1x1: 0 0 0 0", "3x1x1: 0 0 nan", "1x1x1: 0",
                           "3x4096x4096: 0 0 0", "3x-1x1: 0", "3x99999999999999999999x1: 0", "3x1x1: 0 0 0 "}) {
    CAPTURE(text);
    CHECK_THAT(refusal(set("mean", text)), Contains("normalisation is broken"));
  }
  CHECK_THAT(refusal(set("std", "3x1x1: 1 0 1")), Contains("normalisation is broken"));
}

TEST_CASE("what is not there is said to be missing, and what would be right") {
  const TempFolder folder;
  CHECK_THROWS_WITH(load_trained_model(folder.path()), Contains("is not there; expected a finished run"));
}

}  // namespace
}  // namespace resnet
