// SPDX-License-Identifier: MIT
#include "exchange/trained_model.hpp"

#include <ATen/ATen.h>

#include <functional>
#include <optional>

#include "core/error.hpp"
#include "exchange/safetensors.hpp"
#include "exchange/state_dict.hpp"
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

TEST_CASE("a net that was of another type for a while is saved, and comes back, as ever") {
  const TempFolder folder;
  const auto file = folder.path() / "weights.safetensors";
  const TrainedModel saved = made_up({.depth = 8});
  const at::Tensor images = at::arange(2 * 3 * 8 * 8, at::kFloat).cos().view({2, 3, 8, 8});
  const at::Tensor before = saved.net->forward(images);
  saved.net->to(torch::kDouble);
  saved.net->to(torch::kFloat);
  save_trained_model(file, saved);
  CHECK(at::equal(load_trained_model(file).net->forward(images), before));
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
  // Programs that have no such flags take the net that `import` makes.
  CHECK_THAT(refusal(clear), Contains("does not say which net it is of") && Contains("give --model") &&
                                 Contains("`./run import --from ") && Contains(" --model"));
  CHECK_THAT(refusal(clear, {.net = ModelSpec{.depth = 8}}),
             Contains("give --mean and --std") && Contains("`./run import --from ") && Contains(" --mean"));
  CHECK(refusal(clear, {.net = ModelSpec{.depth = 8}, .input = none}) == "accepted");
  CHECK_THAT(refusal(clear, {.net = ModelSpec{.depth = 14}, .input = none}),
             Contains("is missing") && Contains("`./run import --from "));
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
  CHECK_THAT(refusal(set("model", "\x1b[2Jx")),
             Contains("its 'model' cannot be read: ") && Contains("?[2Jx") && !Contains("\x1b"));
  CHECK_THAT(refusal(set("shortcut", "D")), Contains("its 'shortcut' cannot be read"));
  CHECK_THAT(refusal(set("shortcut_padding", "x")), Contains("its 'shortcut_padding' cannot be read"));
  CHECK_THAT(refusal(set("bottleneck_stride", "2x2")), Contains("its 'bottleneck_stride' cannot be read"));
  CHECK_THAT(refusal(set("bottleneck_stride", "3x3")), Contains("has no bottleneck blocks"));
  CHECK_THAT(refusal(set("classes", "cat\ndog")), Contains("the names of 2 classes, and the net has 10"));
  CHECK_THAT(refusal(set("classes", "cat\n\x1b[2Jx")),
             Contains("net.safetensors: its 'classes': line 2: holds the name '?[2Jx'") && !Contains("\x1b"));
  CHECK_THAT(refusal(set("classes", "cat\n\ndog")), Contains("net.safetensors: its 'classes': line 2: is empty"));
  for (const char* text : {"", "3x1x1", "3x1x1:", "3x1x1: 0 0", "3x1x1: 0 0 0 0", "3x1x1: 0 0 nan", "1x1x1: 0",
                           "3x4096x4096: 0 0 0", "3x-1x1: 0", "3x99999999999999999999x1: 0", "3x1x1: 0 0 0 "}) {
    CAPTURE(text);
    CHECK_THAT(refusal(set("mean", text)), Contains("normalisation is broken"));
  }
  CHECK_THAT(refusal(set("std", "3x1x1: 1 0 1")), Contains("normalisation is broken"));
}

TEST_CASE("a file that makes no net is to blame itself, and a hint only where it does not go with a sound file") {
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  save_trained_model(file, made_up({.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded}));
  const TensorFile sound = load_safetensors(file);
  const auto blamed = [&](const char* key, const char* text, const ModelHints& hints = {}) {
    TensorFile content = sound;
    content.metadata[key] = text;
    save_safetensors(file, content);
    std::optional<Fault> fault;
    try {
      load_trained_model(file, hints);
    } catch (const Error& error) {
      fault = error.fault();
      const std::string what = error.what();
      CHECK((fault == Fault::kUsage || what.starts_with(file.string() + ": ")));
    }
    return fault;
  };
  CHECK(blamed("model", "plain8") == Fault::kWorld);
  CHECK(blamed("shortcut_padding", "symmetric") == Fault::kWorld);
  CHECK(blamed("bottleneck_stride", "3x3", {.shortcut = Shortcut::kProjectionWhereNeeded}) == Fault::kWorld);
  CHECK(blamed("format", "pt", {.shortcut_padding = ShortcutPadding::kSymmetric}) == Fault::kUsage);
  // A hint is taken instead of a word that cannot be read.
  CHECK(blamed("shortcut", "x") == Fault::kWorld);
  CHECK_FALSE(blamed("shortcut", "x", {.shortcut = Shortcut::kProjectionWhereNeeded}).has_value());
  CHECK(blamed("shortcut_padding", "x") == Fault::kWorld);
  CHECK_FALSE(blamed("shortcut_padding", "x", {.shortcut_padding = ShortcutPadding::kEnd}).has_value());
  CHECK(blamed("bottleneck_stride", "x") == Fault::kWorld);
  CHECK_FALSE(blamed("bottleneck_stride", "x", {.bottleneck_stride = BottleneckStride::k1x1}).has_value());

  TensorFile content = sound;
  content.metadata.erase("classes");
  for (auto& [name, tensor] : content.tensors) {
    if (name == "fc.weight") tensor = at::zeros({0, 64});
  }
  save_safetensors(file, content);
  CHECK_THROWS_WITH(load_trained_model(file), Contains("net.safetensors: resnet8: 0 classes, expected at least 1"));
}

TEST_CASE("a path in the recipe may be any bytes, the name of a class must be UTF-8") {
  const TempFolder folder;
  const auto file = folder.path() / "net.safetensors";
  TrainedModel model = made_up({.depth = 8});
  model.recipe = "initial-weights = caf\xe9\n";
  save_trained_model(file, model);
  CHECK(load_trained_model(file).recipe == "initial-weights = caf\xef\xbf\xbd\n");
  model.class_names[0] = "caf\xe9";
  CHECK_THROWS_WITH(save_trained_model(file, model), Contains("net.safetensors: ") && Contains("UTF-8"));
}

TEST_CASE("what is not there is said to be missing, and what would be right") {
  const TempFolder folder;
  CHECK_THROWS_WITH(load_trained_model(folder.path()), Contains("is not there; expected a finished run"));
  save_state_dict(folder.path() / "net.pth", made_up({.depth = 8}));
  CHECK_THROWS_WITH(load_trained_model(folder.path() / "net.pth"), Contains("`./run import --from "));
}

}  // namespace
}  // namespace resnet
