// SPDX-License-Identifier: MIT
// The experiments, as a person uses them: what they train, what they report on, and where it goes.
#include <algorithm>
#include <chrono>
#include <future>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "exchange/safetensors.hpp"
#include "record/run_folder.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/summary.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

/// An empty --out, and the experiments in it on made-up data.
struct Bench {
  TempFolder folder;

  std::string out() const { return " --out " + quoted(folder.path()); }

  ProgramResult run(const std::string& command) const {
    return run_program(command + " --synthetic --threads 2" + out());
  }

  /// The object that the command prints under --json.
  json ask(const std::string& command) const {
    const ProgramResult result = run(command + " --json");
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    return json::parse(result.standard_output);
  }

  fs::path result(const std::string& name) const { return folder.path() / "results" / name; }

  /// The folders of the runs that this experiment needs.
  std::vector<resnet::RunFolder> runs_of(const std::string& name) const {
    std::vector<resnet::RunFolder> folders;
    const json status = ask(name + " --status");
    for (const json& run : status.at("runs")) {
      folders.push_back({folder.path() / "runs" / run.at("run").get<std::string>()});
    }
    return folders;
  }
};

std::vector<std::string> keys_of(const json& object) {
  std::vector<std::string> keys;
  for (const auto& item : object.items()) keys.push_back(item.key());
  return keys;
}

void check_refused(const ProgramResult& result, int exit_code, const std::vector<std::string>& words) {
  INFO(result.standard_error);
  CHECK(result.exit_code == exit_code);
  CHECK(count_of("\n" + result.standard_error, "\nerror: ") == 1);
  for (const std::string& word : words) CHECK_THAT(result.standard_error, Catch::Contains(word));
}

}  // namespace

TEST_CASE("--seeds gives mean and deviation, and later runs add to them") {
  const Bench bench;
  const json two = bench.ask("table6_cifar_depth --depths 20 --seeds 0,2");
  CHECK(two.at("seeds") == json::array({0, 2}));
  CHECK(two.at("finished") == true);
  CHECK(row_of(two, "ResNet-20, error, mean of 2 runs").at("paper") == 8.75);
  CHECK(row_of(two, "ResNet-20, error, standard deviation").at("ours").is_number());
  CHECK(row_of(two, "ResNet-110, error, best").at("paper") == 6.43);
  CHECK(row_of(two, "ResNet-110, error, best").at("ours").is_null());

  const json three = bench.ask("table6_cifar_depth --depths 20 --seeds 1");
  CHECK(three.at("seeds") == json::array({0, 1, 2}));
  CHECK(three.at("missing_runs").size() == 9);  // 32, 44, 56 and 1202 layers, and five runs of 110
  const json runs = three.at("runs");
  REQUIRE(runs.size() == 3);
  double sum = 0;
  for (const json& id : runs) {
    sum += resnet::read_result({bench.folder.path() / "runs" / id.get<std::string>()}).test_error_percent;
  }
  CHECK(row_of(three, "ResNet-20, error, mean of 3 runs").at("ours").get<double>() == Approx(sum / 3));
}

TEST_CASE("--depths trains a part, and keeps what finished runs of other depths give") {
  const Bench bench;
  const json first = bench.ask("fig1_plain_degradation --depths 20");
  const std::string row20 = "plain-20, test error";
  const std::string row56 = "plain-56, test error";
  CHECK(row_of(first, row20).at("ours").is_number());
  CHECK(row_of(first, row56).at("ours").is_null());
  CHECK(first.at("claims")[0].at("holds").is_null());
  CHECK(first.at("finished") == true);  // all that was asked for
  REQUIRE(first.at("missing_runs").size() == 1);
  CHECK(first.at("missing_runs")[0].get<std::string>().starts_with("plain56-"));

  const json second = bench.ask("fig1_plain_degradation --depths 56");
  CHECK(row_of(second, row20) == row_of(first, row20));
  CHECK(row_of(second, row56).at("ours").is_number());
  CHECK_FALSE(second.at("claims")[0].at("holds").is_null());
  CHECK(second.at("missing_runs").empty());
  CHECK(json::parse(resnet::read_file(bench.result("fig1_plain_degradation") / "summary.json")) == second);
}

TEST_CASE("where a net has shorter runs alone a report shows them as such, and leaves open what rests on them") {
  const Bench bench;
  bench.ask("fig1_plain_degradation --schedule 1/2");
  // Without a run of its own schedule a report would tell nothing new.
  const json stopped = bench.ask("fig1_plain_degradation --stop-after-seconds 0");
  CHECK(stopped.at("finished") == false);
  const auto saved = [&] {
    return json::parse(resnet::read_file(bench.result("fig1_plain_degradation") / "summary.json"));
  };
  CHECK(saved().at("schedule") == "1/2");

  const json mixed = bench.ask("fig1_plain_degradation --depths 20");
  CHECK(row_of(mixed, "plain-20, test error").at("ours").is_number());
  CHECK(row_of(mixed, "plain-56 at 1/2, test error").at("ours").is_number());
  for (const json& claim : mixed.at("claims")) {
    CHECK(claim.at("holds").is_null());
    CHECK(claim.at("measured").is_number());
  }
  REQUIRE(mixed.at("missing_runs").size() == 1);
  CHECK(mixed.at("missing_runs")[0].get<std::string>().starts_with("plain56-"));
  CHECK(mixed.at("run_details")[1].at("schedule") == "1/2");
  CHECK(saved() == mixed);
}

TEST_CASE("made-up data does not replace a result of real data") {
  const Bench bench;
  const fs::path summary = bench.result("fig1_plain_degradation") / "summary.json";
  const std::string real = R"({"synthetic": false, "schedule": "1/64"})";
  resnet::write_atomically(summary, real);
  const ProgramResult result = bench.run("fig1_plain_degradation --depths 20");
  CHECK(result.exit_code == 0);
  CHECK_THAT(result.standard_error, Catch::Contains("or of real data is not replaced"));
  CHECK(resnet::read_file(summary) == real);
  CHECK(fs::exists(bench.result("fig1_plain_degradation-synthetic") / "figure.png"));
}

TEST_CASE("an experiment that was stopped prints the keys of a whole one") {
  const Bench bench;
  const std::string command = "fig1_plain_degradation --depths 20";
  const json stopped = bench.ask(command + " --stop-after-seconds 0");
  CHECK(stopped.at("finished") == false);
  CHECK_FALSE(fs::exists(bench.folder.path() / "results"));  // an earlier result would stand
  const json whole = bench.ask(command);
  CHECK(whole.at("finished") == true);
  CHECK(keys_of(stopped) == keys_of(whole));
  CHECK(stopped.at("rows").size() == whole.at("rows").size());
}

TEST_CASE("a run whose result is broken is named, and neither passed over nor trained anew") {
  const Bench bench;
  bench.ask("fig1_plain_degradation --depths 20");
  const fs::path result = bench.runs_of("fig1_plain_degradation").at(0).result();
  resnet::write_atomically(result, "");
  check_refused(bench.run("fig1_plain_degradation --depths 20"), 1, {result.string()});
  CHECK(resnet::read_file(result).empty());
}

TEST_CASE("a run that another process is at does not keep the others from being trained") {
  const Bench bench;
  const auto runs = bench.runs_of("fig1_plain_degradation");
  REQUIRE(runs.size() == 2);
  const resnet::FileLock held(runs[0].lock());
  const ProgramResult result = bench.run("fig1_plain_degradation --json");
  check_refused(result, 1, {"1 of the runs", "in use by process", runs[0].id()});
  CHECK(runs[1].is_finished());
  const json summary = json::parse(result.standard_output);
  CHECK(summary.at("finished") == false);
  CHECK(row_of(summary, "plain-56, test error").at("ours").is_number());
}

TEST_CASE("a time limit that passes while another process is at a run is no error") {
  const Bench bench;
  const auto runs = bench.runs_of("fig1_plain_degradation");
  const resnet::FileLock held(runs.at(0).lock());
  const json stopped = bench.ask("fig1_plain_degradation --stop-after-seconds 0");  // which asks for exit code 0
  CHECK(stopped.at("finished") == false);
  CHECK(resnet::read_status(runs.at(1)).value().iteration == 1);
}

TEST_CASE("a run that cannot go on is named, and does not keep the others from being trained and reported on") {
  const Bench bench;
  const auto runs = bench.runs_of("fig1_plain_degradation");
  resnet::write_atomically(runs.at(0).checkpoint(), "broken");
  const ProgramResult result = bench.run("fig1_plain_degradation --json");
  check_refused(result, 1, {"error: 1 of the runs", runs[0].checkpoint().string()});
  CHECK(resnet::read_file(runs[0].checkpoint()) == "broken");
  CHECK(runs.at(1).is_finished());
  const json summary = json::parse(result.standard_output);
  CHECK(summary.at("finished") == false);
  CHECK(row_of(summary, "plain-56, test error").at("ours").is_number());
}

TEST_CASE("where the images are not those of a half-done run, nothing else is trained on them") {
  const Bench bench;
  const auto runs = bench.runs_of("fig1_plain_degradation");
  bench.ask("fig1_plain_degradation --depths 20 --stop-after-seconds 0");
  auto checkpoint = resnet::load_safetensors(runs.at(0).checkpoint());
  checkpoint.metadata["data"] = "0000000000000001-0000000000000002";
  resnet::save_safetensors(runs[0].checkpoint(), checkpoint);
  check_refused(bench.run("fig1_plain_degradation"), 1, {"was made with other images", runs[0].checkpoint().string()});
  CHECK_FALSE(fs::exists(runs.at(1).path));
}

TEST_CASE("the pace of any of the runs that were asked for is known to --status") {
  const Bench bench;
  const std::string command = "table6_cifar_depth --depths 20 --seeds 1,2";
  bench.ask(command + " --stop-after-seconds 0");
  const json runs = bench.ask(command + " --status").at("runs");
  REQUIRE(runs.size() == 2);
  CHECK(runs[0].at("state") == "stopped");
  CHECK(runs[1].at("state") == "not started");
  CHECK(runs[1].at("seconds_left").is_number());
}

TEST_CASE("a run that another process leaves meanwhile is trained after the others") {
  const Bench bench;
  const std::string command = "fig1_plain_degradation --schedule 20";  // which leaves time to let go of the first run
  const auto runs = bench.runs_of(command);
  REQUIRE(runs.size() == 2);
  std::optional<resnet::FileLock> held(std::in_place, runs[0].lock());
  auto working = std::async(std::launch::async, [&] { return bench.run(command + " --json"); });
  // The second run begins once the first was found in use.
  while (!fs::exists(runs[1].path) && working.wait_for(std::chrono::milliseconds(5)) != std::future_status::ready) {
  }
  held.reset();
  const ProgramResult result = working.get();
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.standard_error, Catch::Contains("in use by process"));
  CHECK(json::parse(result.standard_output).at("finished") == true);
  for (const resnet::RunFolder& run : runs) CHECK(run.is_finished());
}

TEST_CASE("a report is on runs that were made with the same images, or there is none") {
  const Bench bench;
  const auto made_with = [&](const char* net, const std::string& images) {
    const auto recipe = resnet::paper::synthetic_recipe(resnet::parse_model_name(net), /*seed=*/0);
    const resnet::RunFolder run = write_run(bench.folder.path() / "runs", recipe, 1, 9);
    resnet::RunResult result = resnet::read_result(run);
    result.data_fingerprint = images;
    resnet::write_result(run, result);
    return run.path.string();
  };
  const std::string plain20 = made_with("plain20", "0000000000000001-0000000000000002");
  const std::string plain56 = made_with("plain56", "0000000000000003-0000000000000002");
  check_refused(bench.run("fig1_plain_degradation"), 1,
                {plain20, plain56, "were made with different images", "another --out"});
  CHECK_FALSE(fs::exists(bench.folder.path() / "results"));
  made_with("plain56", "0000000000000001-0000000000000002");
  CHECK(bench.ask("fig1_plain_degradation").at("finished") == true);
}

TEST_CASE("wrong flags are refused under --status as in a training") {
  const TempFolder folder;
  const std::string command = "fig1_plain_degradation --out " + quoted(folder.path());
  for (const char* status : {" --status", ""}) {
    check_refused(run_program(command + status + " --device tpu"), 2, {"--device", "tpu"});
    check_refused(run_program(command + status + " --threads many"), 2, {"--threads", "many"});
    check_refused(run_program(command + status + " --data " + quoted(folder.path()) + "/nowhere"), 1, {"nowhere"});
    check_refused(run_program(command + status + " --seed 1 --seeds 1,2"), 2, {"--seed;", "--seeds"});
    check_refused(run_program(command + status + " --synthetic --data " + quoted(folder.path())), 2,
                  {"--synthetic", "--data"});
  }
  CHECK_FALSE(fs::exists(folder.path() / "runs"));
}

TEST_CASE("a result is published with its curves, provenance and weights, and one of made-up data is not") {
  const TempFolder folder;
  const std::string root = "RESNET_ROOT=" + quoted(folder.path()) + " ";
  REQUIRE(run_program("fig1_plain_degradation --synthetic --threads 2", root).exit_code == 0);
  const fs::path target = folder.path() / "experiments/results/fig1_plain_degradation";
  const fs::path summary_file = folder.path() / "out/results/fig1_plain_degradation/summary.json";
  resnet::write_atomically(target / "table.md", "published before");
  check_refused(run_program("publish fig1_plain_degradation", root), 1, {"made-up data"});
  CHECK(resnet::read_file(target / "table.md") == "published before");

  json summary = json::parse(resnet::read_file(summary_file));
  summary["synthetic"] = false;  // a lie: the real data would take hours
  resnet::write_atomically(summary_file, summary.dump());
  REQUIRE(run_program("publish fig1_plain_degradation", root).exit_code == 0);
  for (const char* file : {"figure.svg", "figure.png", "figure.json", "table.md", "summary.json"}) {
    CHECK(fs::exists(target / file));
  }
  REQUIRE(summary.at("runs").size() == 2);
  for (const json& run : summary.at("runs")) {
    const std::string id = run;
    CHECK(fs::exists(target / (id + ".csv")));
    for (const char* file : {"recipe.ini", "provenance.json", "result.json", "train.csv", "eval.csv"}) {
      CHECK(fs::exists(target / "runs" / id / file));
    }
    CHECK(resnet::read_file(target / "runs" / id / "weights.safetensors") ==
          resnet::read_file(folder.path() / "out/runs" / id / "weights.safetensors"));
  }
  CHECK(run_program("plot " + quoted(target)).exit_code == 0);
}

TEST_CASE("Table 1 is computed without data: exact counts beside the paper's, and every claim holds") {
  const TempFolder folder;
  const ProgramResult result = run_program("table1_architectures --json --out " + quoted(folder.path()));
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  const json summary = json::parse(result.standard_output);
  CHECK(row_of(summary, "output size of conv4_x").at("ours") == 14);
  CHECK(row_of(summary, "ResNet-50, option B, parameters").at("ours") == 25'557'032);
  CHECK(row_of(summary, "ResNet-34, option A, multiply-adds").at("paper") == 3.6e9);
  CHECK(row_of(summary, "ResNet-34, option C, multiply-adds").at("paper").is_null());
  CHECK(row_of(summary, "VGG-16, parameters").at("ours") == 138'357'544);
  for (const json& claim : summary.at("claims")) {
    INFO(claim.at("text").get<std::string>());
    CHECK(claim.at("holds") == true);
    // The claims are the paper's: how near ours must come to its rounded numbers stands in a note.
    CHECK_THAT(claim.at("text").get<std::string>(), !Catch::Contains("within") && !Catch::Contains("to a percent"));
  }
  CHECK_THAT(summary.at("notes").dump(), Catch::Contains("less than one of their last digit"));
  const fs::path written = folder.path() / "results" / "table1_architectures";
  CHECK(json::parse(resnet::read_file(written / "summary.json")) == summary);
  CHECK_THAT(resnet::read_file(written / "table.md"), Catch::Contains("25,557,032") && Catch::Contains("3.8e9"));
  CHECK_FALSE(fs::exists(written / "figure.json"));
}
