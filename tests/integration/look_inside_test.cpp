// SPDX-License-Identifier: MIT
// Looking into trained nets, as a person does: Figure 7, the gradients of Section 4.1, and `evaluate`.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "core/file.hpp"
#include "dataset/synthetic.hpp"
#include "exchange/trained_model.hpp"
#include "experiment/loaded_data.hpp"
#include "record/csv_table.hpp"
#include "record/run_folder.hpp"
#include "support/catch.hpp"
#include "support/made_up_model.hpp"
#include "support/program.hpp"
#include "support/skip.hpp"
#include "support/summary.hpp"
#include "support/terminal.hpp"
#include "train/data_fingerprint.hpp"
#include "train/layer_responses.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// What the command prints on made-up data, with all that it writes below `folder`.
json ask(const TempFolder& folder, const std::string& command) {
  const ProgramResult result = run_program(command + " --synthetic --threads 2 --json --out " + quoted(folder.path()));
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.standard_output);
}

fs::path run_of(const json& summary, const fs::path& out, const std::string& net) {
  for (const json& id : summary.at("runs")) {
    if (id.get<std::string>().starts_with(net + "-")) return out / "runs" / id.get<std::string>();
  }
  FAIL("no run of " << net);
  return {};
}

/// What --synthetic trains on.
resnet::Cifar10 synthetic_data() {
  return resnet::synthetic_cifar10(resnet::kSyntheticTrainImages, resnet::kSyntheticTestImages, /*seed=*/0);
}

std::string synthetic_fingerprint() {
  const auto data = synthetic_data();
  return resnet::data_fingerprint(data.train, data.test);
}

}  // namespace

TEST_CASE("fig7_layer_responses has 6n + 1 responses of each net, in both orders, and measures a run once") {
  const TempFolder folder;
  const json summary = ask(folder, "fig7_layer_responses --depths 20");
  const fs::path run = run_of(summary, folder.path(), "resnet20");
  const resnet::CsvTable table = resnet::read_csv(run / "layer_responses.csv");
  REQUIRE(table.rows() == 19);
  auto sorted = table.column("response_std");
  CHECK(std::ranges::all_of(sorted, [](double value) { return value > 0; }));
  std::ranges::sort(sorted, std::greater<>());
  CHECK(table.column("sorted_response_std") == sorted);
  // They are those to the test images, of the net that the run ended with.
  const resnet::TrainedModel model = resnet::load_trained_model(run);
  const auto data = synthetic_data();
  const auto responses = resnet::measure_layer_responses(*model.net, data.test, model.input, torch::kCPU,
                                                         [](std::int64_t) { return true; });
  REQUIRE(responses->size() == 19);
  for (std::size_t i = 0; i < table.rows(); ++i) {
    CHECK(table.column("response_std")[i] == Approx((*responses)[i].deviation).epsilon(1e-4));
  }
  // Channels differ in their means too: taken apart, they deviate less.
  for (std::size_t i = 0; i < table.rows(); ++i) {
    CHECK(table.column("mean_channel_std")[i] <= table.column("response_std")[i]);
  }
  CHECK(claim_of(summary, "of ResNet-20, in percent of that of plain-20").at("holds").is_boolean());
  CHECK(claim_of(summary, "of ResNet-110").at("holds").is_null());
  CHECK(fs::exists(folder.path() / "results/fig7_layer_responses/figure.svg"));

  const auto written = fs::last_write_time(run / "layer_responses.csv");
  ask(folder, "fig7_layer_responses --depths 20");
  CHECK(fs::last_write_time(run / "layer_responses.csv") == written);
}

TEST_CASE("an experiment that is stopped between two measurements is not finished, and goes on with the next") {
  const TempFolder folder;
  const std::string command = "fig7_layer_responses --depths 20";
  const json whole = ask(folder, command);
  CHECK(whole.at("finished") == true);
  for (const char* net : {"plain20", "resnet20"}) fs::remove(run_of(whole, folder.path(), net) / "layer_responses.csv");
  const json first = ask(folder, command + " --stop-after-seconds 0");
  CHECK(first.at("finished") == false);
  CHECK(fs::exists(run_of(whole, folder.path(), "plain20") / "layer_responses.csv"));
  CHECK_FALSE(fs::exists(run_of(whole, folder.path(), "resnet20") / "layer_responses.csv"));
  CHECK(ask(folder, command + " --stop-after-seconds 0") == whole);
}

TEST_CASE("a file of measurements that has lost its rows is measured anew, or said to be missing") {
  const TempFolder folder;
  const std::string command = "fig7_layer_responses --depths 20";
  const json whole = ask(folder, command);
  const fs::path run = run_of(whole, folder.path(), "plain20");
  resnet::write_atomically(run / "layer_responses.csv", "layer,response_std,mean_channel_std,sorted_response_std\n");
  CHECK(ask(folder, command) == whole);

  resnet::write_atomically(run / "layer_responses.csv", "layer,response_std,mean_channel_std,sorted_response_std\n");
  fs::remove(run / "weights.safetensors");
  const json part = ask(folder, command);
  CHECK(part.at("finished") == false);
  CHECK(claim_of(part, "of ResNet-20, in percent of that of plain-20").at("holds").is_null());
}

TEST_CASE("gradient_norms compares the layers' gradients of plain and residual nets, and shares Figure 7's runs") {
  const TempFolder folder;
  ask(folder, "fig7_layer_responses --depths 20");
  const json summary = ask(folder, "gradient_norms --depths 20");
  const fs::path run = run_of(summary, folder.path(), "plain20");
  CHECK(resnet::read_csv(run / "gradient_profile.csv").rows() == 20);
  CHECK(claim_of(summary, "plain-20 do not vanish at the start").at("holds").is_boolean());
  CHECK(claim_of(summary, "plain-56 do not vanish").at("holds").is_null());
  CHECK(std::distance(fs::directory_iterator(folder.path() / "runs"), fs::directory_iterator()) == 2);
}

TEST_CASE("gradient_norms needs no images where the runs are finished") {
  const TempFolder folder;  // nor is there a data set below it
  for (const char* net : {"plain20", "resnet20"}) {
    const auto run = write_run(folder.path() / "out/runs", recipe_of(net), 1, 9);
    resnet::write_atomically(run.gradients_csv(),
                             "iteration,conv1,layer1.0.conv1,fc\n1,0.1,1,10\n32000,0.5,1,2\n64000,0.5,1,2\n");
  }
  const ProgramResult result =
      run_program("gradient_norms --depths 20 --json", "RESNET_ROOT=" + quoted(folder.path()) + " ");
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  const json summary = json::parse(result.standard_output);
  const json start = claim_of(summary, "ResNet-20 do not vanish at the start");
  CHECK(start.at("holds") == true);
  CHECK(start.at("measured").get<double>() == Approx(-1));  // 0.1, and the median layer has 1
  CHECK(claim_of(summary, "ResNet-20 do not vanish during").at("measured").get<double>() == Approx(std::log10(0.5)));
  CHECK_FALSE(fs::exists(folder.path() / "data"));
}

TEST_CASE("gradient_norms says which run logged no gradients, and leaves open what rests on it") {
  const TempFolder folder;
  ask(folder, "fig7_layer_responses --depths 20 --log-gradients-every 0");
  const ProgramResult result =
      run_program("gradient_norms --depths 20 --synthetic --json --out " + quoted(folder.path()));
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.standard_error,
             Catch::Contains("has no log of gradients from its first step") && !Catch::Contains("stopped"));
  const json summary = json::parse(result.standard_output);
  CHECK(summary.at("finished") == false);
  CHECK(claim_of(summary, "plain-20 do not vanish").at("holds").is_null());
}

TEST_CASE("gradient_norms takes a log of every step, or of every third, and none with a hole") {
  const TempFolder folder;
  const auto write_log = [&](const char* net, const std::vector<int>& iterations) {
    std::string log = "iteration,conv1,fc\n";
    for (const int i : iterations) log += fmt::format("{},{},2\n", i, 1.0 / i);
    const auto recipe = resnet::paper::synthetic_recipe(resnet::parse_model_name(net), /*seed=*/0);  // 12 iterations
    const auto run = write_run(folder.path() / "runs", recipe, 1, 9, synthetic_fingerprint());
    resnet::write_atomically(run.gradients_csv(), log);
  };
  write_log("plain20", {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  write_log("plain56", {1, 3, 6, 9, 12});
  write_log("resnet20", {1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12});
  write_log("resnet56", {1, 3, 6});
  const json summary = ask(folder, "gradient_norms");
  CHECK(summary.at("finished") == false);
  for (const char* net : {"plain-20", "plain-56"}) {
    CHECK(claim_of(summary, net + std::string(" do not vanish at the start")).at("holds") == true);
    CHECK(claim_of(summary, net + std::string(" do not vanish during training")).at("holds") == true);
  }
  for (const char* net : {"ResNet-20", "ResNet-56"}) {
    CHECK(claim_of(summary, net + std::string(" do not vanish")).at("holds").is_null());
  }
}

TEST_CASE("a finished run without weights is named, what rests on it stays open, and the next run is measured") {
  const TempFolder folder;
  const auto written = [&](const char* net) {
    const auto recipe = resnet::paper::synthetic_recipe(resnet::parse_model_name(net), /*seed=*/0);
    return write_run(folder.path() / "runs", recipe, 1, 9, synthetic_fingerprint());
  };
  fs::remove(written("plain20").weights());
  const resnet::RunFolder whole = written("resnet20");
  resnet::save_trained_model(whole.weights(), made_up_model(resnet::parse_model_name("resnet20")));
  const ProgramResult result =
      run_program("fig7_layer_responses --depths 20 --synthetic --threads 2 --stop-after-seconds 0 --json --out " +
                  quoted(folder.path()));
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  CHECK(count_of(result.standard_error, "has no weights") == 1);
  CHECK_THAT(result.standard_error, Catch::Contains("/plain20-synthetic-1-seed0-") && !Catch::Contains("stopped"));
  const json summary = json::parse(result.standard_output);
  CHECK(summary.at("finished") == false);
  CHECK(claim_of(summary, "of ResNet-20, in percent of that of plain-20").at("holds").is_null());
  CHECK(resnet::read_csv(whole.path / "layer_responses.csv").rows() == 19);
  CHECK(fs::exists(folder.path() / "results/fig7_layer_responses/summary.json"));
}

TEST_CASE("evaluate finds the errors that a run ended with, by its folder, its file and its exported forms") {
  const std::string shortcuts = GENERATE("--shortcut B", "--shortcut-padding symmetric");
  CAPTURE(shortcuts);
  const TempFolder folder;
  const json trained = ask(folder, "train --model resnet8 " + shortcuts);
  const fs::path run = folder.path() / "runs" / trained.at("run").get<std::string>();
  const resnet::RunResult expected = resnet::read_result({run});
  const fs::path bare = folder.path() / "bare.pt";
  const fs::path takes_bytes = folder.path() / "bytes.pt";
  REQUIRE(run_program("export --run " + quoted(run) + " --to " + quoted(bare)).exit_code == 0);
  REQUIRE(run_program("export --with-preprocessing --run " + quoted(run) + " --to " + quoted(takes_bytes)).exit_code ==
          0);
  for (const fs::path& path : {run, run / "weights.safetensors", bare, takes_bytes}) {
    const ProgramResult result = run_program("evaluate " + quoted(path) + " --synthetic --json");
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    const json found = json::parse(result.standard_output);
    CHECK(found.size() == 6);
    CHECK(found.at("precision") == "fp32");
    CHECK(found.at("errors") == expected.test_errors);
    CHECK(found.at("images") == expected.test_images);
    CHECK(found.at("top1_error_percent").get<double>() == Approx(expected.test_error_percent));
    CHECK(found.at("top5_error_percent").get<double>() <= expected.test_error_percent);
    CHECK(found.at("loss_nats").get<double>() == Approx(expected.test_loss_nats).epsilon(1e-5));
  }
  // What is said twice, or comes back through a file, changes nothing.
  const fs::path file = folder.path() / "out.safetensors";
  REQUIRE(run_program("export --run " + quoted(run) + " --to " + quoted(file)).exit_code == 0);
  REQUIRE(run_program("import --model resnet8 --mean none --std none --from " + quoted(file) + " --to " +
                      quoted(folder.path() / "back"))
              .exit_code == 0);
  CHECK(resnet::load_trained_model(folder.path() / "back").spec == resnet::load_trained_model(run).spec);
  for (const std::string& path : {quoted(run), quoted(file)}) {
    const ProgramResult again = run_program("evaluate " + path + " --model resnet8 --synthetic --json");
    INFO(again.standard_error);
    REQUIRE(again.exit_code == 0);
    CHECK(json::parse(again.standard_output).at("errors") == expected.test_errors);
  }
  const ProgramResult text = run_program("evaluate " + quoted(run) + " --synthetic");
  CHECK_THAT(text.standard_output, Catch::StartsWith("fp32: test error") && Catch::Contains("| airplane "));
}

TEST_CASE("on a terminal what evaluate says stands on lines of its own") {
  if (!has_terminals()) return skip("there are no terminals");
  const TempFolder folder;
  const json trained = ask(folder, "train --model resnet8");
  const fs::path run = folder.path() / "runs" / trained.at("run").get<std::string>();
  const std::string command = "'" RESNET_BIN_DIR "/evaluate' --synthetic " + quoted(run);
  const std::string shown = shown_on_terminal(80, [&] {
    if (std::system(command.c_str()) != 0) throw std::runtime_error("evaluate failed");
  });
  INFO(shown);
  CHECK_THAT(shown,
             Catch::Contains("images\r\n") && Catch::Contains("\nfp32: test error") && Catch::Contains("| airplane "));
}

TEST_CASE("evaluate tests a run in the precision of its training, or in another that is asked for") {
  const TempFolder folder;
  const json trained = ask(folder, "train --model resnet8 --precision bf16");
  const fs::path run = folder.path() / "runs" / trained.at("run").get<std::string>();
  const auto tested = [&](const std::string& flags) { return ask(folder, "evaluate " + quoted(run) + flags); };
  const json found = tested("");
  CHECK(found.at("precision") == "bf16");
  CHECK(found.at("loss_nats").get<double>() == Approx(resnet::read_result({run}).test_loss_nats).epsilon(1e-6));
  CHECK(tested(" --precision bf16") == found);
  const json in_fp32 = tested(" --precision fp32");
  CHECK(in_fp32.at("precision") == "fp32");
  CHECK(in_fp32.at("loss_nats") != found.at("loss_nats"));
  const fs::path exported = folder.path() / "net.pt";
  REQUIRE(run_program("export --run " + quoted(run) + " --to " + quoted(exported)).exit_code == 0);
  const json of_exported = ask(folder, "evaluate " + quoted(exported));
  CHECK(of_exported.at("precision") == "bf16");
  CHECK(of_exported.at("loss_nats").get<double>() == Approx(found.at("loss_nats").get<double>()).epsilon(0.01));
}

TEST_CASE("evaluate refuses what it cannot test, in one sentence") {
  const TempFolder folder;
  const auto check = [](const std::string& command, int exit_code, const std::string& words) {
    const ProgramResult result = run_program(command);
    INFO(result.standard_error);
    CHECK(result.exit_code == exit_code);
    CHECK(count_of("\n" + result.standard_error, "\nerror: ") == 1);
    CHECK_THAT(result.standard_error, Catch::Contains(words));
  };
  check("evaluate --synthetic " + quoted(folder.path() / "none"), 1, "is not there; expected a finished run");
  check("evaluate --synthetic " + quoted(folder.path()), 1, "is not there");
  resnet::write_atomically(folder.path() / "weights.safetensors", "not weights");
  check("evaluate --synthetic " + quoted(folder.path()), 1, "is not a safetensors file");
  check("evaluate --synthetic --std none " + quoted(folder.path()), 2, "--std: goes together with --mean");
  check("evaluate --synthetic --mean 2,0,0 --std none " + quoted(folder.path()), 2,
        "--mean: '2,0,0' is no normalisation");
  check("evaluate", 2, "PATH");
  resnet::save_trained_model(folder.path() / "weights.safetensors", made_up_model({.depth = 8}));
  for (const std::string flag : {"--test dense", "--image-size 32", "--unlabeled .", "--loader-threads 2",
                                 "--bad-images skip", "--scores s", "--submission s", "--submission-classes s"}) {
    check("evaluate --synthetic " + flag + " " + quoted(folder.path()), 2,
          flag.substr(0, flag.find(' ')) + ": is for nets on photographs, and resnet8 is none");
  }
  auto broken = made_up_model({.depth = 8});
  broken.net->named_parameters()["fc.bias"].data().fill_(std::numeric_limits<float>::quiet_NaN());
  resnet::save_trained_model(folder.path() / "weights.safetensors", broken);
  check("evaluate --synthetic " + quoted(folder.path()), 1, "its scores are not finite");
}
