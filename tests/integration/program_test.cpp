// SPDX-License-Identifier: MIT
// The programs, as a person uses them: flags, exit codes, signals, and what goes wrong.
#include "support/program.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <set>
#include <thread>

#include "core/error.hpp"
#include "core/file.hpp"
#include "record/run_folder.hpp"
#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/made_up_model.hpp"
#include "support/python.hpp"
#include "support/skip.hpp"

namespace fs = std::filesystem;
using nlohmann::json;

namespace {

std::vector<std::string> program_names() {
  std::vector<std::string> names;
  for (const char* folder : {"apps", "experiments"}) {
    for (const auto& entry : fs::directory_iterator(fs::path(RESNET_SOURCE_DIR) / folder)) {
      if (entry.path().extension() == ".cpp") names.push_back(entry.path().stem());
    }
  }
  return names;
}

std::string words(const std::string& program) {
  const std::set<std::string> take_words = {"plot",     "publish",          "compare",  "classify",
                                            "evaluate", "image_statistics", "ensemble", "results_tables"};
  return take_words.contains(program) ? " something" : "";
}

/// Nothing but one sentence that begins with "error: ".
void check_one_error(const ProgramResult& result, int exit_code, const std::string& part) {
  INFO(result.standard_error);
  CHECK(result.exit_code == exit_code);
  CHECK(count_of(result.standard_error, "error: ") == 1);
  CHECK_THAT(result.standard_error, Catch::Contains(part));
  CHECK(result.standard_output.empty());
}

fs::path only_run(const fs::path& out) {
  std::vector<fs::path> runs;
  for (const auto& entry : fs::directory_iterator(out / "runs")) runs.push_back(entry.path());
  REQUIRE(runs.size() == 1);
  return runs.front();
}

const std::string kTrain = "train --synthetic --model resnet8 --threads 2 ";

/// Starts `command`, in which the name of a program stands for its path, with what it says in the file `log`; returns
/// the id of its process, which the signals are for.
pid_t start_program(const std::string& command, const fs::path& log) {
  const std::string line = "exec " + quoted(fs::path(RESNET_BIN_DIR) / "") + command + " 2>" + quoted(log);
  return start_child([&] {
    std::signal(SIGHUP, SIG_DFL);  // whoever started this test may have ignored it
    ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
    return 127;
  });
}

/// Whether the only run under `out` has begun, and its last checkpoint is at this iteration or beyond.
bool is_at_iteration(const fs::path& out, std::int64_t iteration) {
  if (!fs::exists(out / "runs") || fs::is_empty(out / "runs")) return false;
  const auto status = resnet::read_status({only_run(out)});
  return iteration == 0 || (status && status->iteration >= iteration);
}

/// Kills `train` at so many random moments, lets it finish, and compares what it leaves with an undisturbed run.
/// Checkpoints are close, so that it goes on from one nearly every time. The moments follow the run's own iterations,
/// so that a machine that is busy now and idle then changes nothing.
void check_killed_run(int kills) {
  const TempFolder folder;
  const int schedule = 10 + 5 * kills;  // seconds are left when it is killed for the last time
  const std::string flags = kTrain + "--checkpoint-after-seconds 0.02 --schedule " + std::to_string(schedule) +
                            " --out " + quoted(folder.path());
  REQUIRE(run_program(flags + "/whole").exit_code == 0);

  std::mt19937 random(20151210);
  std::uniform_int_distribution<std::int64_t> iterations(0, 12 * schedule / 2);  // of 12 times the schedule in all
  std::uniform_int_distribution<int> microseconds(0, 30'000);
  std::vector<std::int64_t> moments = {0};  // as soon as its folder is there
  while (std::ssize(moments) < kills) moments.push_back(iterations(random));
  std::ranges::sort(moments);
  for (const std::int64_t moment : moments) {
    const fs::path log = folder.path() / "log";
    const pid_t training = start_program(flags + "/killed", log);
    CHECK(wait_until([&] { return is_at_iteration(folder.path() / "killed", moment); }, training));
    std::this_thread::sleep_for(std::chrono::microseconds(microseconds(random)));
    ::kill(training, SIGKILL);
    const int exit_code = wait_for_child(training);
    INFO("killed at iteration " << moment << ": " << resnet::read_file(log));
    REQUIRE(exit_code == 137);
  }
  const auto last = run_program(flags + "/killed");
  INFO(last.standard_error);
  REQUIRE(last.exit_code == 0);
  CHECK_THAT(last.standard_error, Catch::Contains("goes on after iteration"));
  const resnet::RunFolder whole{only_run(folder.path() / "whole")};
  const resnet::RunFolder killed{only_run(folder.path() / "killed")};
  CHECK(whole.id() == killed.id());
  CHECK(resnet::read_file(whole.weights()) == resnet::read_file(killed.weights()));
  CHECK(resnet::read_file(whole.train_csv()) == resnet::read_file(killed.train_csv()));
  CHECK(resnet::read_file(whole.eval_csv()) == resnet::read_file(killed.eval_csv()));
}

/// A training that nobody waits for, with no checkpoint before a minute has gone.
const std::string kLongTraining = kTrain + "--schedule 100000 --checkpoint-after-seconds 60 ";

pid_t start_training(const fs::path& out, const fs::path& log) {
  return start_program(kLongTraining + "--out " + quoted(out), log);
}

bool says(const fs::path& log, const std::string& words) {
  return fs::exists(log) && resnet::read_file(log).find(words) != std::string::npos;
}

}  // namespace

TEST_CASE("every program answers --help, and refuses a flag that it does not know") {
  for (const std::string& name : program_names()) {
    INFO(name);
    const auto help = run_program(name + " --help");
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.standard_output, Catch::Contains("Usage: ./run " + name));
    check_one_error(run_program(name + words(name) + " --no-such-flag"), 2, "no-such-flag");
  }
}

TEST_CASE("the command line alone is wrong: exit 2, and a sentence that names the flag") {
  check_one_error(run_program("train --model nosuchnet"), 2, "nosuchnet");
  check_one_error(run_program("train --model resnet2"), 2, "resnet2");  // n = 0
  check_one_error(run_program("train --model resnet50"), 2, "--data is missing: a folder of photographs");
  check_one_error(run_program("train --schedule 0"), 2, "--schedule");
  check_one_error(run_program("train --schedule nan"), 2, "--schedule");
  check_one_error(run_program("train --shortcut D"), 2, "--shortcut");
  check_one_error(run_program("train --model plain20 --shortcut B"), 2, "plain");
  check_one_error(run_program("train --synthetic --precision fp16"), 2, "fp16");
  check_one_error(run_program("train --synthetic --kernels mine"), 2, "mine");
  check_one_error(run_program("train --synthetic --memory none"), 2, "none");
  check_one_error(run_program("train --synthetic --device tpu"), 2, "tpu");
  check_one_error(run_program("train --batch 0"), 2, "--batch");
  check_one_error(run_program("fig1_plain_degradation --depths 32"), 2, "32");
  check_one_error(run_program("table6_cifar_depth --seeds 0,,1"), 2, "--seeds");
  check_one_error(run_program("table6_cifar_depth --seeds 3,3"), 2, "there twice");
  check_one_error(run_program("describe --model resnet21"), 2, "resnet21");
  check_one_error(run_program("describe --model resnet50 --bottleneck-stride 5x5"), 2, "--bottleneck-stride");
  check_one_error(run_program("describe --model resnet18 --bottleneck-stride 3x3"), 2, "no bottleneck blocks");
  check_one_error(run_program("describe --model resnet18 --classes 0"), 2, "--classes");
}

TEST_CASE("files, folders and the machine are wrong: exit 1, and nothing is lost") {
  const TempFolder folder;
  const std::string here = quoted(folder.path());
  std::ofstream(folder.path() / "file") << "precious";
  check_one_error(run_program("train --data " + here + "/missing --out " + here), 1, "missing");
  check_one_error(run_program(kTrain + "--out " + here + "/file/out"), 1, "file");
  check_one_error(run_program("train --config " + here + "/missing.ini"), 1, "missing.ini");
  std::ofstream(folder.path() / "typo.ini") << "learning-rte = 0.1\n";
  check_one_error(run_program("train --config " + here + "/typo.ini"), 1, "learning-rte");
  std::ofstream(folder.path() / "bad.ini") << "batch = many\n";
  check_one_error(run_program("train --config " + here + "/bad.ini"), 1, "batch");
  check_one_error(run_program("plot " + here + "/missing"), 1, "missing");
  check_one_error(run_program("publish nothing_here --out " + here), 1, "nothing_here");
  check_one_error(run_program("compare nothing_here --out " + here), 1, "nothing_here");
  CHECK(resnet::read_file(folder.path() / "file") == "precious");
}

TEST_CASE("a full disk ends a run with one sentence, and with room it goes on to the same weights") {
  const TempFolder folder;
  const std::string flags = kTrain + "--out " + quoted(folder.path());
  REQUIRE(run_program(flags + "/whole").exit_code == 0);
  const auto full = run_program(flags + "/full", "ulimit -f 40; ");  // 20 or 40 KiB: less than a checkpoint
  INFO(full.standard_error);
  CHECK(full.exit_code == 1);
  CHECK(count_of(full.standard_error, "error: ") == 1);
  CHECK_THAT(full.standard_error, Catch::Contains("cannot write"));
  REQUIRE(run_program(flags + "/full").exit_code == 0);
  CHECK(resnet::read_file(resnet::RunFolder{only_run(folder.path() / "full")}.weights()) ==
        resnet::read_file(resnet::RunFolder{only_run(folder.path() / "whole")}.weights()));
}

TEST_CASE("--json puts one object on standard output, and all else on standard error") {
  const TempFolder folder;
  const std::string out = " --out " + quoted(folder.path());
  const auto train = run_program(kTrain + "--json" + out);
  REQUIRE(train.exit_code == 0);
  const json run = json::parse(train.standard_output);
  CHECK(run.at("finished") == true);
  CHECK(run.at("iterations") == 12);
  CHECK(run.at("test_error_percent").is_number());
  CHECK_THAT(train.standard_error, Catch::Contains("iteration 12/12 "));

  const json net = json::parse(run_program("describe --model resnet20 --json").standard_output);
  CHECK(net.at("parameters") == 269'722);
  CHECK(net.at("multiply_adds") == 40'551'040);
  CHECK(net.at("bottleneck_stride") == "none");
  const std::string resnet50 = "describe --model resnet50 --json";
  const json authors = json::parse(run_program(resnet50).standard_output);
  CHECK(authors.at("shortcut") == "B");
  CHECK(authors.at("bottleneck_stride") == "1x1");
  CHECK(authors.at("image_size") == 224);
  CHECK(authors.at("parameters") == 25'557'032);
  const json others = json::parse(run_program(resnet50 + " --bottleneck-stride 3x3 --classes 10").standard_output);
  CHECK(others.at("classes") == 10);
  CHECK(others.at("parameters") == 25'557'032 - 990 * 2049);
  CHECK(others.at("multiply_adds") > authors.at("multiply_adds"));
}

TEST_CASE("benchmark --json says what was measured, and how near it comes to what the processor can do") {
  const json speed = json::parse(run_program("benchmark --model resnet8 --batch 4 --seconds 0 --json").standard_output);
  for (const char* key : {"train_images_per_second", "inference_images_per_second", "evaluate_10000_seconds",
                          "peak_memory_bytes", "threads", "train_gflops", "peak_gflops", "train_share_of_peak"}) {
    CAPTURE(key);
    CHECK(speed.at(key) > 0);
  }
  CHECK(speed.at("precision") == "fp32");
  CHECK(speed.at("phase_seconds").size() == 4);
  for (const char* phase : {"data", "forward", "backward", "update"}) {
    CAPTURE(phase);
    CHECK(speed.at("phase_seconds").at(phase) > 0);
  }
  const auto number = [&](const char* key) { return speed.at(key).get<double>(); };
  CHECK(number("train_share_of_peak") == Approx(number("train_gflops") / number("peak_gflops")));
  // A step is thrice the forward pass, less the gradient of the images: 32 x 32 x 27 x 16 multiply-adds of conv1.
  const double multiply_adds = 3 * number("multiply_adds") - 32 * 32 * 27 * 16;
  CHECK(number("train_gflops") == Approx(2e-9 * multiply_adds * number("train_images_per_second")));
}

TEST_CASE("benchmark measures nets for photographs at their size, and their ten crops (Section 3.4)") {
  const std::string flags = "benchmark --model resnet18 --image-size 32 --seconds 0 --json ";
  const json speed = json::parse(run_program(flags + "--batch 2").standard_output);
  CHECK(speed.at("model") == "resnet18");
  CHECK(speed.at("shortcut") == "A");
  CHECK(speed.at("image_size") == 32);
  CHECK(speed.at("parameters") == 11'689'512 - 173'824);  // torchvision's, without the projections of option B
  CHECK(speed.at("train_images_per_second") > 0);
  CHECK(speed.count("evaluate_10000_seconds") == 0);
  CHECK(speed.at("memory") == "cached");
  CHECK(speed.at("recompute_blocks") == false);
#if !defined(__SANITIZE_ADDRESS__)  // which takes the system's memory in either case
  CHECK(speed.at("peak_cached_bytes") > 0);
#endif
  const json other = json::parse(run_program(flags + "--batch 2 --memory system --recompute-blocks").standard_output);
  CHECK(other.at("memory") == "system");
  CHECK(other.at("recompute_blocks") == true);
  CHECK(other.at("peak_cached_bytes") == 0);

  const json test = json::parse(run_program(flags + "--test ten-crop").standard_output);
  CHECK(test.at("test") == "ten-crop");
  CHECK(test.at("batch") == 5);
  CHECK(test.at("ten_crop_images_per_second") > 0);
  CHECK(test.count("train_images_per_second") == 0);
}

TEST_CASE("benchmark refuses what it would not measure") {
  const auto refused = [](const std::string& flags, const std::string& part) {
    CAPTURE(flags);
    check_one_error(run_program("benchmark --seconds 0 " + flags), 2, part);
  };
  refused("--model resnet20 --image-size 64", "--image-size");
  refused("--model resnet20 --test ten-crop", "--test");
  refused("--model resnet18 --test dense", "expected ten-crop");
  refused("--model resnet18 --test ten-crop --batch 8", "--batch");
  refused("--model plain18 --shortcut B", "--shortcut");
  refused("--model resnet18 --bottleneck-stride 3x3", "--bottleneck-stride");
  refused("--model resnet18 --against perl", "expected python");
  refused("--model vgg16 --against python", "vgg16");
}

TEST_CASE("benchmark --against python tells the ratios, and is refused where Python has another network or no torch") {
  const TempFolder folder;
  const fs::path python = folder.path() / "python";
  const std::string flags =
      "benchmark --against python --model resnet18 --image-size 32 --test ten-crop --seconds 0 --rounds 1 --json";
  // A stand-in for Python with torch: a photograph in two seconds, whichever way, by a net of so many parameters.
  const auto with_python = [&](std::int64_t parameters) {
    const json answer = {{"torch", "1.0.0+cpu"},
                         {"parameters", parameters},
                         {"multiply_adds", 37'130'240},
                         {"ten_crop_images_per_second", 0.5},
                         {"frozen_ten_crop_images_per_second", 0.5}};
    resnet::write_atomically(python, "#!/bin/sh\n[ \"$1\" = -c ] || echo '" + answer.dump() + "'\n");
    fs::permissions(python, fs::perms::owner_all);
    return run_program(flags, "RESNET_PYTHON=" + quoted(python) + " ");
  };
  constexpr std::int64_t kParameters = 11'689'512 - 173'824;
  const ProgramResult result = with_python(kParameters);
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  CHECK_THAT(result.standard_error, Catch::Contains("Python's torch is 1.0.0, and our LibTorch 2."));
  const json measured = json::parse(result.standard_output);
  CHECK(measured.at("python_torch") == "1.0.0+cpu");
  CHECK(measured.at("rounds") == 1);
  CHECK(measured.at("commit").is_string());
  const json& rows = measured.at("against");
  REQUIRE(rows.size() == 3);
  for (const json& row : rows) {
    CHECK(row.at("theirs") == 0.5);
    CHECK(row.at("ratio").get<double>() == Approx(row.at("ours").get<double>() / 0.5));
    CHECK(row.at("lowest") == row.at("ratio"));
    CHECK(row.at("highest") == row.at("ratio"));
  }

  check_one_error(with_python(kParameters + 1), 1, "the networks differ: ours has 11515688 parameters");
  check_one_error(run_program(flags, "RESNET_PYTHON=/nowhere/python "), 1, "no Python with torch");
}

TEST_CASE("Python's networks have our parameters and multiply-adds: benchmark --against python measures all kinds",
          "[slow]") {
  if (python_with_torch().empty()) return skip("no Python with torch");
  const auto what = [](const json& rows) {
    std::vector<std::string> names;
    for (const json& row : rows) names.push_back(row.at("what"));
    return names;
  };
  using Names = std::vector<std::string>;
  for (const char* net :
       {"resnet18", "resnet18 --shortcut C", "plain34", "resnet50", "resnet50 --bottleneck-stride 3x3"}) {
    CAPTURE(net);
    const auto result =
        run_program(fmt::format("benchmark --against python --json --seconds 0 --rounds 1 --batch 2 --image-size 64 "
                                "--model {}",
                                net));
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    CHECK(what(json::parse(result.standard_output).at("against")) ==
          Names{"training", "inference", "training", "inference"});
  }
  const auto cifar = run_program("benchmark --against python --json --seconds 0 --rounds 1 --batch 8 --model resnet8");
  CHECK(what(json::parse(cifar.standard_output).at("against")) ==
        Names{"training", "inference", "evaluation", "training", "inference", "evaluation"});
  const auto crops = run_program(
      "benchmark --against python --json --seconds 0 --rounds 1 --model resnet18 --image-size 32 --test ten-crop");
  CHECK(what(json::parse(crops.standard_output).at("against")) == Names{"ten-crop", "ten-crop", "ten-crop"});
}

TEST_CASE("a run's recipe.ini is a configuration that names the same run, wherever its memory comes from") {
  const TempFolder folder;
  const std::string flags =
      "train --synthetic --model resnet8 --shortcut B --seed 7 --batch 4 --learning-rate 0.05 "
      "--milestones none --threads 2 --out " +
      quoted(folder.path());
  REQUIRE(run_program(flags + "/a").exit_code == 0);
  const resnet::RunFolder run{only_run(folder.path() / "a")};
  REQUIRE(run_program("train --threads 2 --memory system --config " + quoted(run.recipe()) + " --out " +
                      quoted(folder.path()) + "/b")
              .exit_code == 0);
  const resnet::RunFolder again{only_run(folder.path() / "b")};
  CHECK(run.id() == again.id());
  CHECK(resnet::read_file(run.weights()) == resnet::read_file(again.weights()));
}

TEST_CASE("two processes are kept out of one run") {
  const TempFolder folder;
  const fs::path out = folder.path() / "out";
  const fs::path log = folder.path() / "log";
  const pid_t first = start_training(out, log);
  CHECK(wait_until([&] { return says(log, "iteration 1/"); }, first));
  const std::string second = kLongTraining + "--stop-after-seconds 0 --out " + quoted(out);
  check_one_error(run_program(second), 1, "in use by process");
  ::kill(first, SIGKILL);
  CHECK(wait_for_child(first) == 137);
  CHECK(run_program(second).exit_code == 0);  // the lock died with its process
}

TEST_CASE("a run killed at random moments ends with the weights of an undisturbed one") { check_killed_run(3); }

TEST_CASE("a run killed at twenty random moments ends with the weights of an undisturbed one", "[slow]") {
  check_killed_run(20);
}

TEST_CASE("Ctrl-C, SIGTERM and a terminal that closes end a run at a checkpoint, and with exit code 1") {
  for (const int signal_number : {SIGINT, SIGTERM, SIGHUP}) {
    CAPTURE(signal_number);
    const TempFolder folder;
    const fs::path out = folder.path() / "out";
    const fs::path log = folder.path() / "log";
    const pid_t training = start_training(out, log);
    CHECK(wait_until([&] { return says(log, "iteration 1/"); }, training));
    ::kill(training, signal_number);
    CHECK(wait_for_child(training) == 1);

    const std::string said = resnet::read_file(log);
    INFO(said);
    const resnet::RunFolder run{only_run(out)};
    const auto status = resnet::read_status(run);
    REQUIRE(status.has_value());  // no other checkpoint is due for a minute
    CHECK(status->iteration > 0);
    CHECK_THAT(said, Catch::Contains("stopped after iteration " + std::to_string(status->iteration) + " of "));
    const auto again = run_program(kLongTraining + "--stop-after-seconds 0 --out " + quoted(out));
    CHECK_THAT(again.standard_error, Catch::Contains("goes on after iteration " + std::to_string(status->iteration)));
  }
}

TEST_CASE("Ctrl-C ends an evaluation between two photographs, with exit code 1 and no scores") {
  const TempFolder folder;
  resnet::TrainedModel model = made_up_model({.design = resnet::Design::kImageNet, .depth = 18, .classes = 10});
  model.input = {torch::full({3, 1, 1}, 0.5), torch::ones({3, 1, 1})};
  resnet::save_trained_model(folder.path() / "weights.safetensors", model);
  const fs::path log = folder.path() / "log";
  const fs::path scores = folder.path() / "scores";
  const pid_t evaluation =
      start_program("evaluate --synthetic --test dense --image-size 112 --threads 1 --scores " + quoted(scores) +
                        " --out " + quoted(folder.path() / "out") + " " + quoted(folder.path()),
                    log);
  CHECK(wait_until([&] { return says(log, "0 of 20 images"); }, evaluation));
  ::kill(evaluation, SIGINT);
  CHECK(wait_for_child(evaluation) == 1);
  CHECK_THAT(resnet::read_file(log), !Catch::Contains("error: "));
  CHECK_FALSE(fs::exists(scores));
}

TEST_CASE("a run ends as it would where nobody reads what it says") {
  const TempFolder folder;
  REQUIRE(run_program(kTrain + "--out " + quoted(folder.path() / "whole")).exit_code == 0);
  const resnet::RunFolder whole{only_run(folder.path() / "whole")};
  const fs::path code = folder.path() / "code";
  for (const std::string how : {"<&- >&- 2>&-", "2>/dev/full", "2>&1 | true"}) {
    INFO(how);
    const fs::path out = folder.path() / "out";
    run_command("{ " + quoted(fs::path(RESNET_BIN_DIR) / "") + kTrain + "--out " + quoted(out) + "; echo $? >" +
                quoted(code) + "; } " + how);
    CHECK(resnet::read_file(code) == "0\n");
    const resnet::RunFolder run{only_run(out)};
    CHECK(resnet::read_file(run.weights()) == resnet::read_file(whole.weights()));
    CHECK(resnet::read_file(run.train_csv()) == resnet::read_file(whole.train_csv()));
    fs::remove_all(out);
  }
}

TEST_CASE("what was asked for and could not be written is an error, unless its reader had enough") {
  for (const char* command : {"describe --model resnet8", "describe --model resnet8 --json", "describe --help"}) {
    INFO(command);
    for (const char* where : {" >/dev/full", " >&-"}) {
      check_one_error(run_program(command + std::string(where)), 1, "cannot write to standard output");
    }
    const auto head = run_command("{ " + quoted(fs::path(RESNET_BIN_DIR) / "") + command + "; echo $? >&2; } | true");
    CHECK(head.standard_error == "0\n");
  }
}

TEST_CASE("every experiment runs end to end on made-up data, and says what it found") {
  const TempFolder folder;
  const std::string out = " --synthetic --threads 2 --out " + quoted(folder.path());
  for (const auto& [name, depths] : {std::pair<std::string, std::string>{"fig1_plain_degradation", "20,56"},
                                     {"fig6_cifar_training", "20,32"},
                                     {"table6_cifar_depth", "20,32"}}) {
    INFO(name);
    const auto result = run_program(name + " --depths " + depths + " --json" + out);
    INFO(result.standard_error);
    REQUIRE(result.exit_code == 0);
    const json summary = json::parse(result.standard_output);
    CHECK(summary.at("schedule") == "1");
    CHECK(summary.at("precision") == "fp32");
    CHECK(summary.at("seeds") == json::array({0}));
    CHECK_FALSE(summary.at("claims").empty());
    for (const json& row : summary.at("rows")) {
      for (const char* key : {"paper", "ours"}) CHECK((row.at(key).is_number() || row.at(key).is_null()));
      CHECK(row.at("what").is_string());
      CHECK(row.at("unit").is_string());
    }
    for (const json& claim : summary.at("claims")) {
      const json& holds = claim.at("holds");
      CHECK((holds.is_boolean() || holds.is_null() || holds == "undecided"));
    }
    const fs::path results = folder.path() / "results" / name;
    for (const char* file : {"figure.svg", "figure.png", "table.md", "summary.json"}) CHECK(fs::exists(results / file));
    CHECK_THAT(resnet::read_file(results / "table.md"), Catch::Contains("Made-up data"));

    // plot redraws the figure from its CSV files alone.
    fs::remove(results / "figure.svg");
    REQUIRE(run_program("plot " + quoted(results)).exit_code == 0);
    CHECK(fs::exists(results / "figure.svg"));
  }
  // Figure 1, Figure 6 and Table 6 share their runs.
  CHECK(std::distance(fs::directory_iterator(folder.path() / "runs"), fs::directory_iterator()) == 5);
}

TEST_CASE("an experiment lists its runs and what is left of them") {
  const TempFolder folder;
  const std::string flags = "table6_cifar_depth --synthetic --threads 2 --depths 20,110 --out " + quoted(folder.path());
  const json before = json::parse(run_program(flags + " --status --json").standard_output).at("runs");
  REQUIRE(before.size() == 6);  // five runs of ResNet-110
  CHECK(before[0].at("state") == "not started");
  CHECK(before[0].at("seconds_left").is_null());
  CHECK_FALSE(fs::exists(folder.path() / "runs"));

  REQUIRE(run_program(flags + " --stop-after-seconds 0").exit_code == 0);
  CHECK_FALSE(fs::exists(folder.path() / "results"));  // nothing is finished: an earlier result would stand
  const json after = json::parse(run_program(flags + " --status --json").standard_output).at("runs");
  CHECK(after[0].at("state") == "stopped");
  CHECK(after[0].at("iteration") == 1);
  CHECK(after[0].at("iterations") == 12);
  CHECK(after[5].at("seconds_left") > after[0].at("seconds_left"));
}

TEST_CASE("runs are compared side by side, finished or not") {
  const TempFolder folder;
  const std::string out = " --out " + quoted(folder.path());
  REQUIRE(run_program(kTrain + out).exit_code == 0);
  REQUIRE(run_program("train --synthetic --model plain8 --threads 2" + out).exit_code == 0);
  std::string runs;
  for (const auto& entry : fs::directory_iterator(folder.path() / "runs")) runs += " " + quoted(entry.path());
  const auto result = run_program("compare" + runs + " --json" + out);
  REQUIRE(result.exit_code == 0);
  CHECK(json::parse(result.standard_output).at("runs").size() == 2);
  CHECK(fs::exists(folder.path() / "results/compare/figure.png"));
  // The numbers do not wait for the figure.
  const auto undrawn = run_program("compare" + runs + " --json" + out, "PATH=/nowhere ");
  CHECK(undrawn.exit_code == 1);
  CHECK_THAT(undrawn.standard_error, Catch::Contains("./run plot " + (folder.path() / "results/compare").string()));
  CHECK(undrawn.standard_output == result.standard_output);
}

TEST_CASE("a truncated or altered CIFAR-10 file is named") {
  const TempFolder folder;
  for (const char* name :
       {"data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"}) {
    std::ofstream file(folder.path() / (std::string(name) + ".bin"), std::ios::binary);
    const std::string record(3073, '\1');
    for (int i = 0; i < 10'000; ++i) file.write(record.data(), 3073);
  }
  const std::string flags = "train --model resnet8 --data " + quoted(folder.path()) + " --out " + quoted(folder.path());
  std::fstream altered(folder.path() / "data_batch_3.bin", std::ios::in | std::ios::out | std::ios::binary);
  altered.seekp(3073 * 17);
  altered.put('\12');
  altered.close();
  check_one_error(run_program(flags), 1, "data_batch_3.bin");
  fs::resize_file(folder.path() / "test_batch.bin", 30'000'000);
  fs::resize_file(folder.path() / "data_batch_3.bin", 3073 * 17);
  check_one_error(run_program(flags), 1, "data_batch_3.bin");
}
