// SPDX-License-Identifier: MIT
#include "exchange/import_model.hpp"

#include <torch/types.h>

#include <functional>
#include <limits>
#include <optional>

#include "core/error.hpp"
#include "exchange/match_by_order.hpp"
#include "exchange/model_state.hpp"
#include "exchange/state_dict.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

const ImportChoice kResnet8{.net = {.depth = 8}};
const ImportChoice kPlain8{.net = {.family = Family::kPlain, .depth = 8}};

std::shared_ptr<Classifier> net(const char* option, std::int64_t classes = 10) {
  ModelSpec spec = parse_model_name("resnet8");
  spec.shortcut = parse_shortcut(option);
  spec.classes = classes;
  return make_model(spec, /*seed=*/3);
}

TensorFile state(const char* option, std::int64_t classes = 10) {
  TensorFile file;
  add_model_state(file, *net(option, classes));
  return file;
}

using Rename = std::function<std::string(std::string)>;

TensorFile renamed(TensorFile file, const Rename& rename) {
  for (auto& item : file.tensors) item.first = rename(item.first);
  return file;
}

std::string replaced(std::string name, const std::string& from, const std::string& to) {
  const auto at = name.find(from);
  return at == std::string::npos ? name : name.replace(at, from.size(), to);
}

ImportedModel import(const TensorFile& file, const ImportChoice& choice = kResnet8) {
  const TempFolder folder;
  save_safetensors(folder.path() / "net.safetensors", file);
  return import_model(folder.path() / "net.safetensors", choice);
}

std::string refusal(const TensorFile& file, const ImportChoice& choice = kResnet8) {
  try {
    import(file, choice);
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.find("net.safetensors: ") == std::string::npos ? "does not name the file: " + text : text;
  }
  return "accepted";
}

// Who is to blame for the file; nothing if it is accepted.
std::optional<Fault> blamed(const TensorFile& file, const ImportChoice& choice = kResnet8) {
  try {
    import(file, choice);
  } catch (const Error& error) {
    return error.fault();
  }
  return std::nullopt;
}

void check_equal(const ImportedModel& imported, const TensorFile& file) {
  TensorFile ours;
  add_model_state(ours, *imported.net);
  for (const auto& [name, tensor] : ours.tensors) {
    CAPTURE(name);
    CHECK(torch::equal(tensor, *file.find(name)));
  }
}

TEST_CASE("every scheme's names lead to the same net, behind any prefix") {
  struct Scheme {
    Rename rename;
    std::string naming;
    std::string prefix;
  };
  const auto akamaster = [](const std::string& name) {
    return replaced(replaced(name, "fc.", "linear."), "downsample", "shortcut");
  };
  const std::vector<Scheme> schemes = {
      {[](const std::string& name) { return name; }, "torchvision", ""},
      {akamaster, "akamaster", ""},
      {[&](const std::string& name) { return "module." + akamaster(name); }, "akamaster", "module."},
      {[](const std::string& name) { return "model." + name; }, "torchvision", "model."},
      {[](const std::string& name) { return "net._orig_mod." + name; }, "torchvision", "net._orig_mod."},
      {[](const std::string& name) { return "anything.at.all." + name; }, "torchvision", "anything.at.all."},
      {[](const std::string& name) { return replaced(name, "fc.", "classifier."); }, "torchvision with classifier",
       ""}};
  for (const char* option : {"A", "B", "C"}) {
    for (const Scheme& scheme : schemes) {
      CAPTURE(option, scheme.naming, scheme.prefix);
      const TensorFile file = state(option);
      const ImportedModel imported = import(renamed(file, scheme.rename));
      check_equal(imported, file);
      CHECK(imported.naming == scheme.naming);
      CHECK(imported.prefix == scheme.prefix);
      CHECK(imported.tensors == file.tensors.size());
      CHECK(shortcut_name(imported.spec.shortcut) == option);
      const bool is_symmetric = scheme.naming == "akamaster" && option == std::string("A");
      CHECK(imported.spec.shortcut_padding == (is_symmetric ? ShortcutPadding::kSymmetric : ShortcutPadding::kEnd));
      CHECK_FALSE(imported.net->is_training());
    }
  }
}

// Another scheme's names: "stage.7.weight", a number for each module.
TensorFile numbered(const TensorFile& state) {
  TensorFile file;
  std::map<std::string, std::size_t> modules;
  for (const auto& [name, tensor] : state.tensors) {
    const std::size_t dot = name.rfind('.');
    const std::size_t number = modules.emplace(name.substr(0, dot), modules.size()).first->second;
    file.tensors.emplace_back("stage." + std::to_string(number) + name.substr(dot), tensor);
  }
  return file;
}

TEST_CASE("under names of no known scheme the tensors are found by their order and shapes") {
  for (const char* option : {"A", "B", "C"}) {
    for (const bool has_counts : {true, false}) {
      CAPTURE(option, has_counts);
      const TensorFile state = state_dict(*net(option, 7));
      TensorFile file = numbered(state);
      if (!has_counts) std::erase_if(file.tensors, [](const auto& item) { return is_batch_count(item.first); });
      const ImportedModel imported = import(file);
      CHECK(imported.naming == "order and shapes");
      CHECK(shortcut_name(imported.spec.shortcut) == option);
      CHECK(imported.spec.classes == 7);
      CHECK((imported.counts_missing == 0) == has_counts);
      if (has_counts) check_equal(imported, state);
      ImportChoice choice = kResnet8;
      choice.shortcut = Shortcut::kProjectionWhereNeeded;
      CHECK((refusal(file, choice) == "accepted") == (option == std::string("B")));
    }
  }
}

TEST_CASE("an order that would give a bias for a weight, and the shapes of another net, are no net's") {
  TensorFile file = numbered(state_dict(*net("A")));
  std::swap(file.tensors[1], file.tensors[2]);  // bn1's weight and bias have one shape
  CHECK_THAT(refusal(file), Contains("in their order its tensors have not the shapes of resnet8") &&
                                Contains("it has stage.0.weight, stage.1.bias, stage.1.weight"));
  file = numbered(state_dict(*net("A")));
  file.tensors.pop_back();
  CHECK_THAT(refusal(file), Contains("have not the shapes of resnet8"));
  file = numbered(state_dict(*net("A")));
  file.tensors.emplace_back("stage.99.weight", torch::zeros({3}));
  CHECK_THAT(refusal(file), Contains("have not the shapes of resnet8"));
  CHECK_THAT(refusal(numbered(state_dict(*make_model(parse_model_name("resnet14"), 1)))),
             Contains("have not the shapes of resnet8"));
}

TEST_CASE("what the user says of the padding wins over what the names imply") {
  ImportChoice choice = kResnet8;
  choice.padding = ShortcutPadding::kSymmetric;
  CHECK(import(state("A"), choice).spec.shortcut_padding == ShortcutPadding::kSymmetric);
  const auto akamaster = renamed(state("A"), [](const std::string& name) { return replaced(name, "fc.", "linear."); });
  choice.padding = ShortcutPadding::kEnd;
  CHECK(import(akamaster, choice).spec.shortcut_padding == ShortcutPadding::kEnd);
}

TEST_CASE("the padding decides what option A computes") {
  ImportChoice choice = kResnet8;
  const torch::Tensor images = torch::arange(3 * 32 * 32, torch::kFloat).sin().view({1, 3, 32, 32});
  const torch::NoGradGuard no_gradient;
  const torch::Tensor at_end = import(state("A"), choice).net->forward(images);
  choice.padding = ShortcutPadding::kSymmetric;
  CHECK_FALSE(torch::allclose(import(state("A"), choice).net->forward(images), at_end));
}

TEST_CASE("a plain net is imported as one, and has no padding to choose") {
  TensorFile file;
  add_model_state(file, *make_model(parse_model_name("plain8"), 3));
  const auto akamaster = renamed(file, [](const std::string& name) { return replaced(name, "fc.", "linear."); });
  const ImportedModel imported = import(akamaster, kPlain8);
  CHECK(imported.spec == parse_model_name("plain8"));
  check_equal(imported, file);
}

TEST_CASE("ImageNet nets and VGG are imported by torchvision's names, with the stride on the 3x3 unless it is said") {
  const auto imported = [](const char* name, std::optional<BottleneckStride> stride = {}) {
    ModelSpec spec = parse_model_name(name);
    spec.classes = 3;
    if (spec.family == Family::kResidual) spec.shortcut = Shortcut::kProjectionWhereNeeded;
    TensorFile file;
    add_model_state(file, *make_unset_model(spec));
    const auto behind_a_prefix = renamed(file, [](const std::string& of) { return "module." + of; });
    const ImportedModel model = import(behind_a_prefix, {.net = parse_model_name(name), .bottleneck_stride = stride});
    check_equal(model, file);
    CHECK(model.naming == "torchvision");
    CHECK(model.prefix == "module.");
    CHECK(model.spec.classes == 3);
    CHECK(model.spec.shortcut == spec.shortcut);
    CHECK(model_name(model.spec) == name);
    return model.spec.bottleneck_stride;
  };
  CHECK(imported("plain18") == BottleneckStride::k1x1);
  CHECK(imported("resnet18") == BottleneckStride::k1x1);
  CHECK(imported("resnet50") == BottleneckStride::k3x3);
  CHECK(imported("resnet50", BottleneckStride::k1x1) == BottleneckStride::k1x1);
  CHECK(imported("vgg16") == BottleneckStride::k1x1);
}

TEST_CASE("what a file of this project says of the stride is believed") {
  ModelSpec spec = parse_model_name("resnet50");
  TensorFile file;
  add_model_state(file, *make_unset_model(spec));
  file.metadata["bottleneck_stride"] = "1x1";
  const ImportedModel read = import(file, {.net = spec});
  CHECK(read.spec.bottleneck_stride == BottleneckStride::k1x1);
  CHECK(read.stride_source == StrideSource::kFile);
  const ImportedModel chosen = import(file, {.net = spec, .bottleneck_stride = BottleneckStride::k3x3});
  CHECK(chosen.spec.bottleneck_stride == BottleneckStride::k3x3);
  CHECK(chosen.stride_source == StrideSource::kChoice);
  file.metadata.clear();
  CHECK(import(file, {.net = spec}).stride_source == StrideSource::kAssumed);
}

TEST_CASE("a file that says it is of another net is refused: a plain net has the tensors of one with option A") {
  TensorFile file;
  add_model_state(file, *make_model(parse_model_name("plain8"), 3));
  CHECK(refusal(file) == "accepted");
  file.metadata["model"] = "plain8";
  CHECK_THAT(refusal(file), Contains("is of plain8, and --model says resnet8; give --model plain8"));
  CHECK(refusal(file, kPlain8) == "accepted");
  file.metadata["model"] = "a net of mine";  // of a program that uses the same key
  CHECK(refusal(file) == "accepted");
}

TEST_CASE("the names of its classes and its recipe come with a net of this project, and with no other") {
  TensorFile file = state("A", 2);
  file.metadata = {{"classes", "cat\ndog"}, {"recipe", "image-size = 64\n"}};
  const ImportedModel of_others = import(file);
  CHECK(of_others.class_names.empty());
  CHECK(of_others.recipe.empty());
  file.metadata["model"] = "resnet8";
  const ImportedModel ours = import(file);
  CHECK(ours.class_names == std::vector<std::string>{"cat", "dog"});
  CHECK(ours.recipe == "image-size = 64\n");
  file.metadata["classes"] = "cat";  // before it got another last layer
  CHECK(import(file).class_names.empty());
}

TEST_CASE("a word of the file that cannot be read is the file's fault, is shown harmless, and a flag makes up for it") {
  TensorFile file = state("A");
  file.metadata["shortcut_padding"] = "\x1b[2Jx";
  CHECK_THAT(refusal(file),
             Contains("its 'shortcut_padding' cannot be read: ") && Contains("?[2Jx") && !Contains("\x1b"));
  CHECK(blamed(file) == Fault::kWorld);
  ImportChoice choice = kResnet8;
  choice.padding = ShortcutPadding::kEnd;
  CHECK(refusal(file, choice) == "accepted");

  file.metadata = {{"bottleneck_stride", "\x1b[2Jx"}};
  CHECK_THAT(refusal(file), Contains("its 'bottleneck_stride' cannot be read: ") && !Contains("\x1b"));
  CHECK(blamed(file) == Fault::kWorld);
  choice = kResnet8;
  choice.bottleneck_stride = BottleneckStride::k1x1;
  CHECK(refusal(file, choice) == "accepted");
}

TEST_CASE("a file that makes no net is to blame itself, and the command line only where a flag does not go with it") {
  TensorFile file = state("B");
  ImportChoice choice = kResnet8;
  choice.padding = ShortcutPadding::kSymmetric;
  CHECK(blamed(file, choice) == Fault::kUsage);
  file.metadata["shortcut_padding"] = "symmetric";
  CHECK_THAT(refusal(file), Contains("net.safetensors: resnet8: only option A's shortcuts are padded with zeros"));
  CHECK(blamed(file) == Fault::kWorld);

  file = state("A");
  file.metadata["bottleneck_stride"] = "3x3";
  choice = kResnet8;
  choice.shortcut = Shortcut::kZeroPadding;
  CHECK_THAT(refusal(file, choice), Contains("net.safetensors: resnet8: has no bottleneck blocks"));
  CHECK(blamed(file, choice) == Fault::kWorld);

  file = state("A");
  for (auto& [name, tensor] : file.tensors) {
    if (name == "fc.weight") tensor = torch::zeros({0, 64});
  }
  CHECK_THAT(refusal(file), Contains("net.safetensors: resnet8: 0 classes, expected at least 1"));
  CHECK(blamed(file) == Fault::kWorld);
}

TEST_CASE("the number of classes is that of the last layer's rows") {
  const TensorFile file = state("A", 7);
  const ImportedModel imported = import(file);
  CHECK(imported.spec.classes == 7);
  check_equal(imported, file);
}

TEST_CASE("a last layer of another width makes no net of its size, whatever its rows") {
  TensorFile file = state("A");
  for (auto& [name, tensor] : file.tensors) {
    if (name == "fc.weight") tensor = torch::zeros({std::int64_t{1} << 40, 0});
  }
  CHECK_THAT(refusal(file), Contains("different: fc.weight (float32 1099511627776x0, expected float32 10x64)"));
}

TEST_CASE("floats of every size become float32, and are counted") {
  for (const auto type : {torch::kDouble, torch::kHalf, torch::kBFloat16}) {
    TensorFile file = state("B");
    for (auto& [name, tensor] : file.tensors) {
      if (tensor.is_floating_point()) tensor = tensor.detach().to(type);
    }
    const ImportedModel imported = import(file);
    CHECK(imported.converted.size() == 1);
    CHECK(imported.converted.begin()->second == file.tensors.size() - 9);
    for (auto& [name, tensor] : file.tensors) {
      if (tensor.is_floating_point()) tensor = tensor.to(torch::kFloat);
    }
    check_equal(imported, file);
  }
}

TEST_CASE("a double that float32 has no room for, and a weight that is not a number, are refused") {
  for (const double number : {1e300, std::numeric_limits<double>::quiet_NaN()}) {
    TensorFile file = state("A");
    file.tensors[0].second = torch::full_like(file.tensors[0].second, number, torch::kDouble);
    CHECK_THAT(refusal(file), Contains("has weights that are not finite numbers in float32"));
  }
}

TEST_CASE("counts of batches, which old files lack, may be missing and begin at 0; they may be of any whole kind") {
  TensorFile file = state("A");
  for (auto& [name, tensor] : file.tensors) {
    if (name == "bn1.num_batches_tracked") tensor = torch::tensor(5, torch::kInt);
  }
  std::erase_if(file.tensors, [](const auto& item) {
    return item.first.ends_with("num_batches_tracked") && item.first != "bn1.num_batches_tracked";
  });
  const ImportedModel imported = import(file);
  CHECK(imported.counts_missing == 6);
  CHECK(imported.net->named_buffers()["bn1.num_batches_tracked"].item<std::int64_t>() == 5);
  CHECK(imported.net->named_buffers()["layer1.0.bn1.num_batches_tracked"].item<std::int64_t>() == 0);
}

TEST_CASE("counts of batches may be floats, as in a net that was made half or averaged; what is no count begins at 0") {
  TensorFile file = state("A");
  std::size_t place = 0;
  const std::vector<torch::Tensor> counts = {torch::tensor(5.0).to(torch::kHalf), torch::tensor(7.5),
                                             torch::tensor(70'000.0).to(torch::kHalf),  // infinite
                                             torch::tensor(-1.0), torch::tensor(std::nan(""))};
  for (auto& [name, tensor] : file.tensors) {
    if (is_batch_count(name) && place < counts.size()) tensor = counts[place++];
  }
  const ImportedModel imported = import(file);
  CHECK(imported.counts_missing == 3);
  std::vector<std::int64_t> ours;
  for (const auto& buffer : imported.net->named_buffers()) {
    if (is_batch_count(buffer.key())) ours.push_back(buffer.value().item<std::int64_t>());
  }
  ours.resize(counts.size());
  CHECK(ours == std::vector<std::int64_t>{5, 7, 0, 0, 0});
}

TEST_CASE("what stands beside a net that has a prefix is left out, unless it is another net") {
  const Rename behind_module = [](std::string name) { return "module." + std::move(name); };
  TensorFile averaged = renamed(state("B"), behind_module);  // of torch.optim.swa_utils.AveragedModel
  const TensorFile alone = averaged;
  averaged.tensors.insert(averaged.tensors.begin(), {"n_averaged", torch::tensor(std::int64_t{3})});
  averaged.tensors.emplace_back("criterion.weight", torch::ones({10}));
  const ImportedModel imported = import(averaged);
  CHECK(imported.left_out == std::vector<std::string>{"criterion.weight", "n_averaged"});
  CHECK(imported.tensors == import(alone).tensors);
  CHECK(import(alone).left_out.empty());

  // What is the net's may stand before the prefix: a trunk of its own, and the last layer beside it.
  const TensorFile trunk = renamed(
      state("B"), [](std::string name) { return name.starts_with("fc.") ? name : "encoder." + std::move(name); });
  check_equal(import(trunk), state("B"));
  CHECK(import(trunk).left_out.empty());

  TensorFile two = alone;
  for (const auto& [name, tensor] : state("B").tensors) two.tensors.emplace_back("teacher." + name, tensor);
  CHECK_THAT(refusal(two), Contains("left over: teacher."));
  TensorFile none = state("B");
  none.tensors.emplace_back("criterion.weight", torch::ones({10}));
  CHECK_THAT(refusal(none), Contains("left over: criterion.weight"));
}

TEST_CASE("what is missing, left over or different is listed by name") {
  TensorFile file = state("A");
  std::erase_if(file.tensors, [](const auto& item) { return item.first == "bn1.bias" || item.first == "fc.bias"; });
  CHECK_THAT(refusal(file), Contains("is not resnet8, shortcuts: A; missing: bn1.bias, fc.bias"));
  file = state("A");
  file.tensors.emplace_back("normalize.mean", torch::zeros({3}));
  CHECK_THAT(refusal(file), Catch::EndsWith("is not resnet8, shortcuts: A; left over: normalize.mean"));
  file = state("A");
  for (auto& [name, tensor] : file.tensors) {
    if (name == "bn1.bias") tensor = torch::zeros({17});
    if (name == "conv1.weight") tensor = torch::zeros({16, 3, 3, 3}, torch::kInt);
    if (name == "bn1.num_batches_tracked") tensor = torch::zeros({1});
  }
  CHECK_THAT(refusal(file), Contains("different: conv1.weight (int32 16x3x3x3, expected float32 16x3x3x3)") &&
                                Contains("bn1.bias (float32 17, expected float32 16)") &&
                                Contains("bn1.num_batches_tracked (float32 1, expected int64 a single"));
}

TEST_CASE("the file of another net is refused by the name of that net") {
  TensorFile deeper;
  add_model_state(deeper, *make_model(parse_model_name("resnet20"), 1));
  CHECK_THAT(refusal(deeper), Contains("left over: layer1.1.bn1.bias") && Contains("and 66 more") &&
                                  Contains("its names say resnet20, shortcuts: A"));
  ImportChoice choice = kResnet8;
  choice.shortcut = Shortcut::kZeroPadding;
  CHECK_THAT(refusal(state("B"), choice),
             Contains("is not resnet8, shortcuts: A") && Contains("its names say resnet8, shortcuts: B"));
  CHECK_THAT(refusal(state("C"), kPlain8), Contains("its names say resnet8, shortcuts: C"));
  CHECK_THAT(refusal(state("A"), {.net = parse_model_name("resnet18")}), Contains("its names say resnet8"));
  TensorFile bottlenecks;
  add_model_state(bottlenecks, *make_unset_model(parse_model_name("resnet50")));
  CHECK_THAT(refusal(bottlenecks, {.net = parse_model_name("resnet34")}),
             Contains("is not resnet34") && Contains("its names say resnet50, shortcuts: B"));
}

TEST_CASE("a net of this project whose class has a name that would move the cursor is refused") {
  TensorFile file = state("A", 2);
  file.metadata = {{"model", "resnet8"}, {"classes", "cat\n\x1b[2Jx"}};
  CHECK_THAT(refusal(file), Contains("holds the name '?[2Jx'") && !Contains("\x1b"));
}

TEST_CASE("two tensors that would be one, and a file of something else, are refused") {
  TensorFile file = state("A");
  file.tensors.emplace_back("linear.weight", torch::zeros({10, 64}));
  CHECK_THAT(refusal(file), Contains("both 'fc.weight' and 'linear.weight' would be fc.weight"));
  CHECK_THAT(refusal({{{"features.0.weight", torch::zeros({1})}}, {}}),
             Contains("no name in it ends in layer1.0.conv1.weight") && Contains("it has features.0.weight"));
  CHECK_THAT(refusal({}), Contains("it has no tensors"));
}

}  // namespace
}  // namespace resnet
