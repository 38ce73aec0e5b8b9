// SPDX-License-Identifier: MIT
#include "exchange/exported_model.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/cuda.h>
#include <torch/types.h>

#include <fstream>

#include "core/error.hpp"
#include "core/file.hpp"
#include "exchange/export_proof.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/model_state.hpp"
#include "exchange/read_net.hpp"
#include "exchange/state_dict.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/kernels_guard.hpp"
#include "support/made_up_model.hpp"
#include "support/pickle_bytes.hpp"
#include "support/skip.hpp"
#include "support/tar_bytes.hpp"
#include "support/temp_folder.hpp"
#include "tensor/runtime.hpp"

namespace fs = std::filesystem;

namespace resnet {
namespace {

using Catch::Contains;
using torch::Tensor;

bool is_empty(const TempFolder& folder) { return fs::is_empty(folder.path()); }

TEST_CASE("every kind of net is exported in every form, read again, and gives the net's scores for images") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const fs::path file = folder.path() / "new folder" / "net.pt";
  const Tensor images = torch::randint(0, 256, {3, 3, 32, 32}, torch::kByte);
  for (const ModelSpec& spec : every_kind_of_net()) {
    const TrainedModel model = made_up_model(spec);
    const Tensor expected = model.net->forward(normalized(images, model.input));
    for (const bool with_preprocessing : {false, true}) {
      for (const bool folded : {false, true}) {
        CAPTURE(name_of(spec), with_preprocessing, folded);
        export_torchscript(file, model, {.with_preprocessing = with_preprocessing, .folded = folded});
        const ExportedModel read = load_exported_model(file);
        REQUIRE(read.facts.input.has_value());
        CHECK(read.facts.input->takes_bytes == with_preprocessing);
        CHECK(torch::allclose(read.net->forward(prepare(*read.facts.input, images)), expected, 1e-4, 1e-4));
      }
    }
  }
  CHECK(std::distance(fs::directory_iterator(file.parent_path()), {}) == 1);
}

TEST_CASE("what is known of a net travels with it") {
  const TempFolder folder;
  TrainedModel model = made_up_model({.depth = 8});
  export_torchscript(folder.path() / "net.pt", model, {});
  const ExportFacts facts = load_exported_model(folder.path() / "net.pt").facts;
  CHECK(facts.class_names == model.class_names);
  CHECK(facts.recipe == model.recipe);
  CHECK(facts.input->height == 32);
  CHECK(torch::equal(facts.input->normalization.mean, model.input.mean));
  CHECK(torch::equal(facts.input->normalization.std, model.input.std));

  model.class_names.clear();
  model.recipe.clear();
  model.input = parse_normalization("imagenet", "imagenet");
  export_torchscript(folder.path() / "net.pt", model, {.with_preprocessing = true});
  const ExportFacts few = load_exported_model(folder.path() / "net.pt").facts;
  CHECK(few.class_names.empty());
  CHECK(few.recipe.empty());
  CHECK(few.input->width == 32);
  CHECK(torch::equal(few.input->normalization.mean, model.input.mean));
}

TEST_CASE(
    "a net for photographs says that it is to see the centre of 224 of an image whose shorter side is 256 (Figure 4)") {
  TrainedModel model = made_up_model({.design = Design::kImageNet, .depth = 18});
  model.input = parse_normalization("imagenet", "imagenet");
  const ExportFacts facts = facts_of(model, /*takes_bytes=*/false);
  CHECK(facts.input->height == 224);
  CHECK(facts.input->width == 224);
  CHECK(facts.input->shorter_side == 256);
  CHECK(facts_from(to_files(facts), "net.pt").input->shorter_side == 256);
  // Trained at another size, it says its own.
  model.recipe = "model = resnet18\nimage-size = 64\ntest-side = 73\n";
  const ExportFacts small = facts_of(model, /*takes_bytes=*/true);
  CHECK(small.input->height == 64);
  CHECK(small.input->width == 64);
  CHECK(small.input->shorter_side == 73);
  model.recipe = "model = resnet18\nimage-size = 4096\n";
  CHECK(facts_from(to_files(facts_of(model, /*takes_bytes=*/true)), "net.pt").input->shorter_side == 4681);
  const ExportFacts cifar = facts_of(made_up_model({.depth = 8}), /*takes_bytes=*/false);
  CHECK(cifar.input->shorter_side == 0);
  CHECK(facts_from(to_files(cifar), "net.pt").input->shorter_side == 0);
  CHECK_THAT(to_files(cifar).at("input.json"), !Contains("shorter_side"));
  auto as_a_whole = to_files(cifar);
  as_a_whole.at("input.json").insert(1, "\"shorter_side\":0,");
  CHECK(facts_from(as_a_whole, "net.pt").input->shorter_side == 0);
}

TEST_CASE("a net for photographs is to see the centre crop of testing, one for CIFAR-10 the whole image") {
  NetInput input;
  input.height = input.width = 224;
  input.shorter_side = 256;
  for (const ImageSize image : {ImageSize{375, 500}, {333, 500}, {500, 499}}) {
    const PhotoView view = view_of(input, image);
    const PhotoView expected = center_view(PhotoSizes(), image);
    CHECK(view.resized == expected.resized);
    CHECK(view.top == expected.top);
    CHECK(view.left == expected.left);
    CHECK(view.size == ImageSize{224, 224});
  }
  input.height = input.width = 32;
  input.shorter_side = 0;
  const PhotoView whole = view_of(input, {375, 500});
  CHECK(whole.resized == ImageSize{32, 32});
  CHECK(whole.size == ImageSize{32, 32});
  CHECK(whole.top + whole.left == 0);
}

TEST_CASE("a net that takes bytes is given levels rounded, another one as they are") {
  const torch::Tensor levels = torch::tensor({0.4F, 0.6F, 254.6F}).view({1, 3, 1, 1});
  NetInput input{.takes_bytes = true, .normalization = parse_normalization("none", "none")};
  CHECK(torch::equal(prepare(input, levels), torch::tensor({0, 1, 255}, torch::kByte).view({1, 3, 1, 1})));
  input.takes_bytes = false;
  CHECK(torch::allclose(prepare(input, levels), levels / 255));
}

TEST_CASE("equal nets give equal files, whatever their names") {
  const TempFolder folder;
  const TrainedModel model = made_up_model({.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded});
  for (const bool folded : {false, true}) {
    export_torchscript(folder.path() / "a.pt", model, {.with_preprocessing = true, .folded = folded});
    export_torchscript(folder.path() / "another.pt", model, {.with_preprocessing = true, .folded = folded});
    CHECK(read_file(folder.path() / "a.pt") == read_file(folder.path() / "another.pt"));
  }
}

TEST_CASE("the proof tells one changed weight, one changed statistic, and a net that does something else") {
  const TrainedModel model = made_up_model({.depth = 8});
  const NetInput input = *facts_of(model, /*takes_bytes=*/false).input;
  torch::jit::Module module = to_torchscript(*model.net);
  const auto run = [&](const Tensor& images) { return module.forward({images}).toTensor(); };
  ExportProof proof(model, input);
  CHECK_NOTHROW(proof.require_equal(run, 0));
  CHECK_THROWS_WITH(proof.require_equal([&](const Tensor& images) { return run(images).slice(1, 0, 9); }, 0),
                    Contains("gives [1, 9], expected [1, 10]"));

  const torch::NoGradGuard no_gradient;
  for (const auto& buffer : module.named_buffers()) {
    if (buffer.name != "layer2.0.bn1.running_mean") continue;
    CHECK_NOTHROW(proof.require_equal_buffer(buffer.name, buffer.value));
    buffer.value.view(-1)[3] += 0.01;
    CHECK_THROWS_WITH(proof.require_equal_buffer(buffer.name, buffer.value), Contains(buffer.name));
    CHECK_THROWS_WITH(proof.require_equal(run, 0), Contains("differs from the net by"));
    CHECK_THROWS_WITH(proof.require_equal(run, 1e-5), Contains("differs from the net by"));
    CHECK_NOTHROW(proof.require_equal(run, 1));
  }
}

/// A net whose scores round as those of a very deep one: each adds two equal features, one `times` as often as it takes
/// the other away, so that in exact arithmetic both are gone.
TrainedModel made_up_rounding_model(float times) {
  const torch::NoGradGuard no_gradient;
  TrainedModel model = made_up_model({.depth = 8});
  auto state = model.net->named_parameters();
  for (const auto& buffer : model.net->named_buffers()) state.insert(buffer.key(), buffer.value());
  for (const auto& [name, tensor] : state.pairs()) {  // 40 and 41: the shortcut adds zeros to either
    if (name.starts_with("layer3.0.conv2.") || (name.starts_with("layer3.0.bn2.") && tensor.dim() == 1)) {
      tensor[41].copy_(tensor[40]);
    }
  }
  state["fc.weight"].select(1, 40).add_(times);
  state["fc.weight"].select(1, 41).sub_(times);
  return model;
}

struct FoldedScores {
  std::string verdict;    ///< Of the proof.
  double difference = 0;  ///< Between the folded net and the net, in parts of the largest score.
  double own = 0;         ///< Between the net and itself in double precision, in the same.
};

std::shared_ptr<Classifier> in_double_precision(const TrainedModel& model) {
  auto net = make_model(model.spec, /*seed=*/0);
  TensorFile state;
  add_model_state(state, *model.net);
  load_model_state(*net, state, "a copy");
  net->to(torch::kDouble);
  net->eval();
  return net;
}

/// What becomes of a folded net of which one score was moved, by so much of the largest.
FoldedScores folded_scores(const TrainedModel& model, double moved) {
  const torch::NoGradGuard no_gradient;
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  torch::jit::Module folded = to_torchscript(model, {.folded = true});
  const auto exact = in_double_precision(model);
  FoldedScores scores;
  const auto run = [&](const Tensor& images) {
    const Tensor expected = model.net->forward(images);
    const double largest = expected.abs().max().item<double>();
    Tensor got = folded.forward({images}).toTensor().clone();
    scores.difference = std::max(scores.difference, (got - expected).abs().max().item<double>() / largest);
    scores.own = std::max(scores.own,
                          (exact->forward(images.to(torch::kDouble)) - expected).abs().max().item<double>() / largest);
    got[0][0] += moved * largest;
    return got;
  };
  ExportProof proof(model, *facts_of(model, /*takes_bytes=*/false).input);
  try {
    proof.require_equal(run, kRoundingTolerance);
    scores.verdict = "accepted";
  } catch (const Error& error) {
    scores.verdict = error.what();
  }
  return scores;
}

TEST_CASE(
    "a net whose own rounding is beyond the tolerance is proved by double precision, and never beyond a hundredth") {
  const TrainedModel model = made_up_rounding_model(1e4);
  const FoldedScores scores = folded_scores(model, 0);
  CHECK(scores.verdict == "accepted");
  CHECK(scores.difference > kRoundingTolerance);  // so it was accepted for its rounding alone
  CHECK_THAT(folded_scores(model, 0.02).verdict, Contains("differs from the net by"));
  // Nor is rounding an excuse for many times itself: before it is moved the folded net is four times as far off at
  // most.
  CHECK(16 * scores.own < kMostRounding);
  CHECK_THAT(folded_scores(model, 12 * scores.own).verdict, Contains("differs from the net by"));
  // Where rounding is all that is left of a net, an export may not be anything.
  const TrainedModel hopeless = made_up_rounding_model(1e7);
  CHECK_THAT(folded_scores(hopeless, 0.02).verdict, Contains("differs from the net by"));
}

TEST_CASE("a net that makes infinite scores is not exported, though its weights are finite") {
  const torch::NoGradGuard no_gradient;
  const TrainedModel model = made_up_model({.depth = 8});
  for (auto& parameter : model.net->parameters()) parameter.mul_(1e20);
  ExportProof proof(model, *facts_of(model, /*takes_bytes=*/false).input);
  CHECK_THROWS_WITH(proof.require_equal([](const Tensor& images) { return torch::zeros({images.size(0), 10}); }, 1e-5),
                    Contains("scores that are not finite"));
}

TEST_CASE("an export that fails leaves no file, and an old one unchanged") {
  const TrainedModel model = made_up_model({.depth = 8});
  {
    const TempFolder folder;
    const TrainedModel broken = made_up_model({.depth = 8});
    const torch::NoGradGuard no_gradient;
    broken.net->parameters().back()[0] = std::numeric_limits<float>::quiet_NaN();
    CHECK_THROWS_WITH(export_torchscript(folder.path() / "net.pt", broken, {}), Contains("not finite"));
    CHECK(is_empty(folder));
  }
  const TempFolder folder;
  {
    const FullDisk disk(20'000);
    CHECK_THROWS_WITH(export_torchscript(folder.path() / "net.pt", model, {}), Contains("cannot write"));
    CHECK(is_empty(folder));
  }
  std::ofstream(folder.path() / "file") << "precious";
  CHECK_THROWS_AS(export_torchscript(folder.path() / "file" / "net.pt", model, {}), Error);
  CHECK_THROWS_WITH(export_torchscript(folder.path(), model, {}), Contains("is a folder"));
  CHECK(read_file(folder.path() / "file") == "precious");
  CHECK(std::distance(fs::directory_iterator(folder.path()), {}) == 1);
}

TEST_CASE("a file that is no net is refused, with the reason in one line") {
  const TempFolder folder;
  const fs::path file = folder.path() / "net.pt";
  CHECK_THROWS_WITH(load_exported_model(file), Contains("net.pt: no such file"));
  for (const std::string bytes : {"", "not a zip file at all"}) {
    std::ofstream(file, std::ios::trunc) << bytes;
    CHECK_THROWS_WITH(load_exported_model(file), Contains("is not a TorchScript file") && !Contains("\n"));
  }
  export_torchscript(file, made_up_model({.depth = 8}), {});
  const std::string whole = read_file(file);
  for (const double part : {0.2, 0.5, 0.99}) {
    std::ofstream(file, std::ios::binary | std::ios::trunc)
        << whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size())));
    CHECK_THROWS_AS(load_exported_model(file), Error);
  }
  const auto check_cure = [&] {
    CHECK_THROWS_WITH(load_exported_model(file), Contains("is not a TorchScript file") &&
                                                     Contains("./run import --from " + file.string()) &&
                                                     !Contains("\n"));
  };
  save_state_dict(file, made_up_model({.depth = 8}));  // torch.save's usual name
  check_cure();
  for (const std::string& older : {tar_bytes::tar(tar_bytes::first_form(pickle_bytes::dict({}), std::string(64, 'x'))),
                                   pickle_bytes::old_file(pickle_bytes::dict({}), {})}) {
    write_atomically(file, older);
    check_cure();
  }
}

TEST_CASE("a TorchScript net of others runs, and one that is no classifier or refuses images is named") {
  const TempFolder folder;
  const std::string file = folder.path() / "net.pt";
  const auto save = [&](const std::string& result) {
    torch::jit::Module module("Foreign");
    module.define("def forward(self, x):\n    return " + result + "\n");
    module.save(file);
  };
  save("torch.flatten(x, 1)");  // without a mode, as a frozen net
  const ExportedModel model = load_exported_model(file);
  CHECK_FALSE(model.facts.input.has_value());
  CHECK(model.net->forward(torch::ones({2, 3, 4, 4})).sizes() == at::IntArrayRef({2, 48}));
  CHECK_THROWS_WITH(model.net->cost(32, 32), Contains("does not say what it costs"));
  save("x");
  CHECK_THROWS_WITH(load_exported_model(file).net->forward(torch::ones({2, 3, 4, 4})), Contains("is it a classifier"));
  save("torch.matmul(x, torch.ones([99, 2]))");
  CHECK_THROWS_WITH(load_exported_model(file).net->forward(torch::ones({2, 3, 4, 4})),
                    Contains("net.pt: the net cannot take these images") && !Contains("\n"));
}

TEST_CASE("a net whose operations are missing here is refused with their names") {
  const TempFolder folder;
  const fs::path file = folder.path() / "net.pt";
  torch::jit::Module module("Foreign");
  module.define("def forward(self, x):\n    return torch.flatten(x, 1)\n");
  module.save(file.string());
  std::string bytes = read_file(file);
  const std::string known = "torch.flatten";
  const auto at = bytes.find(known);  // the code stands in the file as it is
  REQUIRE(at != std::string::npos);
  bytes.replace(at, known.size(), "torch.flutter");
  write_atomically(file, bytes);
  CHECK_THROWS_WITH(load_exported_model(file), Contains("flutter") && !Contains("\n") && !Contains("~~~"));
}

TEST_CASE("a net may stand on a GPU when it is exported, and its file be used there, folded too", "[gpu]") {
  if (!torch::cuda::is_available()) return skip("there is no GPU");
  const TempFolder folder;
  const fs::path file = folder.path() / "net.pt";
  const torch::NoGradGuard no_gradient;
  const Tensor images = torch::randint(0, 256, {2, 3, 32, 32}, torch::kByte);
  const TrainedModel model = made_up_model({.depth = 8});
  const Tensor expected = model.net->forward(normalized(images, model.input));
  for (const bool folded : {false, true}) {
    model.net->to(torch::kCUDA);
    export_torchscript(file, model, {.with_preprocessing = true, .folded = folded});
    const ExportedModel read = load_exported_model(file);
    CHECK(torch::allclose(read.net->forward(images), expected, 1e-4, 1e-4));
    read.net->to(torch::kCUDA);
    CHECK(torch::allclose(read.net->forward(images.to(torch::kCUDA)).to(torch::kCPU), expected, 1e-2, 1e-2));
  }
}

TEST_CASE("a class's name that would move the cursor, is empty or of blanks alone, is refused among the facts too") {
  CHECK(facts_from({{"classes.txt", "cat\ndog\n"}}, "net.pt").class_names == std::vector<std::string>{"cat", "dog"});
  CHECK_THROWS_WITH(facts_from({{"classes.txt", "cat\n\x1b[2J\n"}}, "net.pt"),
                    Contains("net.pt: its classes.txt: line 2: holds the name '?[2J'") && !Contains("\x1b"));
  CHECK_THROWS_WITH(facts_from({{"classes.txt", "cat\n\ndog\n"}}, "net.pt"),
                    Contains("net.pt: its classes.txt: line 2: is empty"));
  CHECK_THROWS_WITH(facts_from({{"classes.txt", "cat\n  \ndog\n"}}, "net.pt"),
                    Contains("net.pt: its classes.txt: line 2: holds the name '  ', which is of blanks alone"));
}

#if !defined(__SANITIZE_ADDRESS__)
TEST_CASE("lack of memory in an exported net is no fault of its file") {
  set_up_runtime({.memory = GENERATE(MemorySource::kCached, MemorySource::kSystem)});
  const TempFolder folder;
  const std::string file = folder.path() / "net.pt";
  torch::jit::Module module("Net");
  module.define("def forward(self, x):\n    return torch.zeros([1125899906842624])\n");
  module.save(file);
  CHECK_THROWS_AS(load_exported_model(file).net->forward(torch::ones({2, 3, 4, 4})), std::bad_alloc);
  set_up_runtime();
}
#endif

TEST_CASE("an exported file whose images would be too small for photographs is refused with its name") {
  const TempFolder folder;
  const std::string file = folder.path() / "net.pt";
  NetInput input{.normalization = parse_normalization("none", "none"), .height = 4, .width = 4, .shorter_side = 8};
  torch::jit::Module module("Net");
  module.define("def forward(self, x):\n    return torch.flatten(x, 1)\n");
  const auto save = [&] {
    const auto files = to_files({.input = input, .class_names = {}, .recipe = ""});
    module.save(file, {files.begin(), files.end()});
  };
  save();
  CHECK_THROWS_WITH(read_net(file),
                    Contains("net.pt: its input.json is broken: a shorter side of 8 for images of 4 x 4"));
  input.height = input.width = 8;
  save();
  CHECK(read_net(file).photo_sizes->crop == 8);
}

TEST_CASE("facts that are broken are refused, and name what is wrong") {
  TrainedModel model = made_up_model({.depth = 8});
  model.input = parse_normalization("none", "none");
  const auto files = to_files(facts_of(model, false));
  for (const auto& [old_text, new_text] : std::vector<std::pair<std::string, std::string>>{
           {"normalised", "magic"},
           {"normalised", "\\u001b[2J"},
           {"\"height\":32", "\"height\":0"},
           {"\"height\":32", "\"height\":4097"},
           {"\"height\":32", "\"height\":32.9"},
           {"\"height\":32", "\"height\":true"},
           {"\"width\":32", "\"width\":\"x\""},
           {"\"height\":32", "\"shorter_side\":31,\"height\":32"},
           {"\"height\":32", "\"shorter_side\":40.5,\"height\":32"},
           {"\"height\":32", "\"shorter_side\":16385,\"height\":32"},
           {"\"height\":32", "\"shorter_side\":40,\"height\":7"},
           {"\"width\":32", "\"shorter_side\":40,\"width\":7"},
           {"[[[", "[[[9,"},
           {"\"mean\":[[[0.0", "\"mean\":[[[1e39"},
           {"\"mean\":[[[0.0", "\"mean\":[[[false"},
           {"\"mean\":[[[0.0]],[[0.0]],[[0.0]]]", "\"mean\":[[[]],[[]],[[]]]"},
           {"\"mean\":[[[0.0]],[[0.0]],[[0.0]]]", "\"mean\":[[],[],[]]"},
           {"\"std\":[[[1.0", "\"std\":[[[0.0"},
           {"\"std\":[[[1.0", "\"std\":[[[-1.0"},
           {"\"std\":[[[1.0", "\"std\":[[[1e39"},
           {"{", "["}}) {
    auto broken = files;
    std::string& input = broken.at("input.json");
    input.replace(input.find(old_text), old_text.size(), new_text);
    CAPTURE(old_text, new_text);
    CHECK_THROWS_WITH(facts_from(broken, "net.pt"), Contains("net.pt: its input.json is broken") && !Contains("\x1b"));
  }
}

}  // namespace
}  // namespace resnet
