// SPDX-License-Identifier: MIT
// `./run import`, as a person uses it; what it makes of a file is tested in
// tests/unit/exchange and tests/golden/exchange.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "exchange/model_state.hpp"
#include "exchange/state_dict.hpp"
#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"

namespace {

namespace fs = std::filesystem;
using Catch::Contains;

std::string stored(const char* name) { return quoted(fs::path(RESNET_TESTS_DIR) / "golden" / "exchange" / name); }

const std::string kImport = "import --mean imagenet --std imagenet --model resnet8 ";

void check_refused(const std::string& command, int exit_code, const std::string& part) {
  const auto result = run_program(command);
  INFO(result.standard_error);
  CHECK(result.exit_code == exit_code);
  CHECK_THAT(result.standard_error, Catch::StartsWith("error: ") && Contains(part));
  CHECK(result.standard_output.empty());
}

}  // namespace

TEST_CASE("a net from Python is imported into a folder, with all that is needed to use it") {
  const TempFolder folder;
  const fs::path to = folder.path() / "made" / "net";
  const std::string command = kImport + "--from " + stored("resnet8_a_checkpoint.pth") + " --to " + quoted(to);
  const auto result = run_program(command);
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.standard_error, Contains("named as akamaster's nets behind 'module.'") &&
                                        Contains("resnet8, shortcuts: A (zero channels: symmetric)") &&
                                        Contains("imported to " + to.string()));
  const resnet::TrainedModel model = resnet::load_trained_model(to);
  CHECK(model.spec.depth == 8);
  CHECK(model.spec.shortcut_padding == resnet::ShortcutPadding::kSymmetric);
  CHECK(model.class_names.at(3) == "cat");
  CHECK(model.input.mean.view({3})[0].item<float>() == Approx(0.485));
  CHECK(model.input.std.view({3})[2].item<float>() == Approx(0.225));
  // Once more: the same bytes.
  const std::string before = resnet::read_file(to / "weights.safetensors");
  CHECK(run_program(command).exit_code == 0);
  CHECK(resnet::read_file(to / "weights.safetensors") == before);
  // A folder is one whatever its name.
  const fs::path named = folder.path() / "net.pt";
  fs::rename(to, named);
  CHECK(run_program("evaluate --synthetic " + quoted(named)).exit_code == 0);
}

TEST_CASE("import says in JSON what it found and changed; flags win over what it finds") {
  const TempFolder folder;
  resnet::write_atomically(folder.path() / "names", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj");
  const auto result =
      run_program(kImport + "--from " + stored("resnet8_b_half.pth") + " --to " + quoted(folder.path() / "net") +
                  " --classes " + quoted(folder.path() / "names") + " --shortcut B --json");
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  const auto json = nlohmann::json::parse(result.standard_output);
  CHECK(json["format"] == "torch.save");
  CHECK(json["naming"] == "torchvision");
  CHECK(json["prefix"] == "_orig_mod.");
  CHECK(json["shortcut"] == "B");
  CHECK(json["shortcut_padding"] == "end");
  CHECK(json["classes"] == 10);
  CHECK(json["class_names"][9] == "j");
  CHECK(json["converted"]["float16"] == json["tensors"].get<int>() - 9);
  CHECK(resnet::load_trained_model(folder.path() / "net").class_names.at(0) == "a");
}

TEST_CASE("a bottleneck net from others has its stride on the 3x3, as torchvision's, unless the flag says 1x1") {
  const TempFolder folder;
  resnet::ModelSpec spec = resnet::parse_model_name("resnet50");
  spec.classes = 3;
  resnet::TensorFile file;
  add_model_state(file, *resnet::make_unset_model(spec));
  save_safetensors(folder.path() / "net.safetensors", file);
  const std::string command = "import --json --mean imagenet --std imagenet --model resnet50 --from " +
                              quoted(folder.path() / "net.safetensors") + " --to " + quoted(folder.path() / "net");
  const auto stride = [&](const std::string& flags) {
    const auto result = run_program(command + flags);
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    const auto json = nlohmann::json::parse(result.standard_output);
    CHECK(json["shortcut"] == "B");
    CHECK(json["class_names"].empty());
    CHECK(bottleneck_stride_name(resnet::load_trained_model(folder.path() / "net").spec.bottleneck_stride) ==
          json["bottleneck_stride"]);
    CHECK(json["bottleneck_stride_from"] == (flags.empty() ? "assumed" : "flag"));
    CHECK(count_of(result.standard_error, "nobody says where its bottlenecks have their stride") ==
          (flags.empty() ? 1 : 0));
    return json["bottleneck_stride"].get<std::string>();
  };
  CHECK(stride("") == "3x3");
  CHECK(stride(" --bottleneck-stride 1x1") == "1x1");
  check_refused(command + " --bottleneck-stride 2x2", 2, "--bottleneck-stride");
}

TEST_CASE("a net found by order and shapes alone is imported with a warning") {
  const TempFolder folder;
  const resnet::TensorFile known = resnet::state_dict(*resnet::make_model({.depth = 8}, /*seed=*/1));
  resnet::TensorFile unknown = known;
  for (auto& item : unknown.tensors) item.first = "net_" + item.first;
  save_safetensors(folder.path() / "known.safetensors", known);
  save_safetensors(folder.path() / "unknown.safetensors", unknown);
  for (const std::string name : {"known", "unknown"}) {
    const auto result = run_program(kImport + "--from " + quoted(folder.path() / (name + ".safetensors")) + " --to " +
                                    quoted(folder.path() / "net"));
    INFO(result.standard_error);
    CHECK(result.exit_code == 0);
    CHECK(count_of(result.standard_error, "check the net's error before you use it") == (name == "unknown" ? 1 : 0));
  }
}

TEST_CASE("a net of this project keeps its classes and its recipe, and is imported as no other net") {
  const TempFolder folder;
  const fs::path file = folder.path() / "ours.safetensors";
  const fs::path to = folder.path() / "net";
  std::vector<std::string> names;
  for (char name = 'a'; name < 'k'; ++name) names.emplace_back(1, name);
  const resnet::ModelSpec spec = resnet::parse_model_name("plain8");
  const std::string recipe = "model = plain8\nimage-size = 64\n";
  resnet::save_trained_model(
      file, {spec, resnet::make_model(spec, /*seed=*/1), resnet::parse_normalization("none", "none"), names, recipe});
  const std::string from = "--from " + quoted(file) + " --to " + quoted(to);
  const std::string command = "import --mean none --std none --model plain8 " + from;
  REQUIRE(run_program(command).exit_code == 0);
  const resnet::TrainedModel kept = resnet::load_trained_model(to);
  CHECK(kept.spec == spec);
  CHECK(kept.class_names == names);
  CHECK(kept.recipe == recipe);
  resnet::write_atomically(folder.path() / "names", "k\nl\nm\nn\no\np\nq\nr\ns\nt\n");
  REQUIRE(run_program(command + " --classes " + quoted(folder.path() / "names")).exit_code == 0);
  CHECK(resnet::load_trained_model(to).class_names.at(0) == "k");
  check_refused(kImport + from, 1, "is of plain8, and --model says resnet8; give --model plain8");
}

TEST_CASE("what a file says cannot reach the terminal, nor blame the command line") {
  const TempFolder folder;
  const fs::path file = folder.path() / "theirs.safetensors";
  resnet::TensorFile content = resnet::state_dict(*resnet::make_model({.depth = 8}, /*seed=*/1));
  for (auto& item : content.tensors) item.first = "\x1b[31mnet." + item.first;
  save_safetensors(file, content);
  const std::string command = kImport + "--from " + quoted(file) + " --to " + quoted(folder.path() / "net");
  const auto result = run_program(command);
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.standard_error, Contains("behind '?[31mnet.'") && !Contains("\x1b"));

  content.metadata["shortcut_padding"] = "\x1b[31mx";
  save_safetensors(file, content);
  const auto broken = run_program(command);
  CHECK(broken.exit_code == 1);
  CHECK_THAT(broken.standard_error, Contains("theirs.safetensors: its 'shortcut_padding'") && !Contains("\x1b"));
  CHECK(run_program(command + " --shortcut-padding end").exit_code == 0);
}

TEST_CASE("import refuses what it cannot do, and then leaves no folder") {
  const TempFolder folder;
  const fs::path to = folder.path() / "net";
  const std::string from = "--from " + stored("resnet8_c_bfloat16.pth") + " --to " + quoted(to);
  check_refused("import --model resnet8 --mean none " + from, 2, "--std is missing");
  check_refused("import --model resnet8 --mean 1,2 --std none " + from, 2, "'1,2' is no normalisation");
  check_refused(kImport + from + " --shortcut D", 2, "--shortcut");
  check_refused(kImport + from + " --shortcut A", 1, "left over");
  check_refused(kImport + from + " --shortcut-padding symmetric", 2, "only option A's shortcuts are padded");
  resnet::write_atomically(folder.path() / "two", "cat\r\ndog\r\n");
  resnet::write_atomically(folder.path() / "gap", "cat\n\n");
  resnet::write_atomically(folder.path() / "latin1",
                           "cat\nh\xe4"
                           "her\n");
  check_refused(kImport + from + " --classes " + quoted(folder.path() / "latin1"), 1,
                "latin1: line 2: holds the name 'h?her'");
  check_refused(kImport + from + " --classes " + quoted(folder.path() / "gap"), 1, "gap: line 2: is empty");
  check_refused(kImport + from + " --classes " + quoted(folder.path() / "two"), 1,
                "expected the names of the net's 10 classes");
  check_refused(kImport + "--from " + quoted(RESNET_TESTS_DIR "/CMakeLists.txt") + " --to " + quoted(to), 1,
                "is neither a safetensors file nor");
  CHECK_FALSE(fs::exists(to));
  resnet::write_atomically(to / "thesis.tex", "years of work");
  check_refused(kImport + from, 1, "holds thesis.tex, and would be replaced");
  CHECK(resnet::read_file(to / "thesis.tex") == "years of work");
}
