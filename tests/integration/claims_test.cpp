// SPDX-License-Identifier: MIT
// What the paper says, told of runs that ended in the order of the paper's, farther apart
// than seeds and samples are, and that nobody trained: each claim holds, so none stands the wrong way round.
#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/file.hpp"
#include "dataset/photo_set.hpp"
#include "paper/imagenet_errors.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/summary.hpp"
#include "train/data_fingerprint.hpp"
#include "train/image_scores.hpp"
#include "unit/experiment/made_up_runs.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using resnet::Shortcut;

namespace {

constexpr std::int64_t kClasses = 10;

/// An --out for made-up runs, and an index of photographs: these are nowhere, and nobody opens them.
struct Bench {
  TempFolder folder;

  fs::path runs() const { return folder.path() / "out/runs"; }

  /// So many photographs that errors on them tell nets apart.
  std::string data() const {
    std::string list;
    for (std::int64_t i = 0; i < 10'000; ++i) list += fmt::format("{}.jpg {}\n", i, i % kClasses);
    for (const char* name : {"train.txt", "val.txt"}) resnet::write_atomically(folder.path() / "photos" / name, list);
    return " --data " + quoted(folder.path() / "photos");
  }

  /// Of those photographs.
  std::string fingerprint() const {
    data();
    return resnet::data_fingerprint(resnet::read_photos(folder.path() / "photos"));
  }

  ProgramResult run(const std::string& command) const {
    // Were a run not taken for finished, there is no place for a data set to train it with.
    resnet::write_atomically(folder.path() / "data", "");
    ProgramResult result = run_program(command + " --json --out " + quoted(folder.path() / "out"),
                                       "RESNET_ROOT=" + quoted(folder.path()) + " ");
    INFO(command << "\n" << result.standard_error);
    REQUIRE(result.exit_code == 0);
    return result;
  }
};

json summary_of(const ProgramResult& result) { return json::parse(result.standard_output); }

/// That each claim is decided, and as the paper has it, by these numbers: by them it is known of which error it is.
void check_all_hold(const json& summary, const std::vector<double>& measured) {
  CHECK(summary.at("finished") == true);
  CHECK(summary.at("missing_runs").empty());
  REQUIRE(summary.at("claims").size() == measured.size());
  for (std::size_t i = 0; i < measured.size(); ++i) {
    const json& claim = summary.at("claims")[i];
    INFO(claim.dump());
    CHECK(claim.at("holds") == true);
    CHECK(claim.at("measured").get<double>() == Approx(measured[i]));
  }
}

/// A run of CIFAR-10's recipe, and the errors that it ended with.
struct Ended {
  const char* net;
  double training_error;
  double test_error;
};

/// The nets of Figures 1 and 6 and of Table 6, farther apart than seeds are.
void write_cifar_runs(const fs::path& runs) {
  for (const auto& [net, training_error, test_error] : std::initializer_list<Ended>{{"plain20", 4, 9},
                                                                                    {"plain32", 6, 10},
                                                                                    {"plain44", 8, 11},
                                                                                    {"plain56", 10, 13},
                                                                                    {"plain110", 60, 65},
                                                                                    {"resnet20", 3, 9},
                                                                                    {"resnet32", 2, 8},
                                                                                    {"resnet44", 1.5, 7},
                                                                                    {"resnet56", 1, 6},
                                                                                    {"resnet1202", 0.05, 6}}) {
    write_run(runs, recipe_of(net), training_error, test_error);
  }
  for (std::uint64_t seed = 0; seed < 5; ++seed) write_run(runs, recipe_of("resnet110", seed), 0.5, 5);
}

/// A run of ImageNet's recipe: the errors that it ended with, its training error in the first half of the iterations,
/// and its errors by ten crops; by dense testing they are one less.
struct EndedOnPhotos {
  resnet::ModelSpec net;
  double training_error;
  double test_error;
  double early_error;
  double top1_error;
  double top5_error;
};

/// As `publish` leaves it: without weights.
resnet::RunFolder write_photo_run(const Bench& bench, const EndedOnPhotos& ended, std::uint64_t seed = 0,
                                  const resnet::Fraction& schedule = {}) {
  resnet::ModelSpec net = ended.net;
  net.classes = kClasses;
  resnet::Recipe recipe = resnet::paper::imagenet_recipe(net, seed);
  recipe.schedule = schedule;
  const resnet::RunFolder run =
      write_run(bench.runs(), recipe, ended.training_error, ended.test_error, bench.fingerprint());
  resnet::write_atomically(run.eval_csv(),
                           fmt::format("iteration,training_error_percent,test_error_percent,test_loss_nats\n"
                                       "300000,{},60,1\n600000,{},30,1\n",
                                       ended.early_error, ended.training_error));
  for (const auto& [test, better] : {std::pair("ten-crop", 0), std::pair("dense", 1)}) {
    resnet::write_atomically(run.path / fmt::format("errors-{}.csv", test),
                             fmt::format("images,top1_error_percent,top5_error_percent\n10000,{},{}\n",
                                         ended.top1_error - better, ended.top5_error - better));
  }
  fs::remove(run.weights());
  return run;
}

/// Plain nets are worse with depth and ResNets better; and C is better than B, that than A, that than none.
std::vector<EndedOnPhotos> photo_nets() {
  using resnet::paper::imagenet_plain;
  using resnet::paper::imagenet_residual;
  return {{imagenet_plain(18), 30, 28, 80, 29, 14},
          {imagenet_plain(34), 34, 33, 85, 40, 18},
          {imagenet_residual(18, Shortcut::kZeroPadding), 29, 27, 60, 33, 15},
          {imagenet_residual(34, Shortcut::kZeroPadding), 24, 23, 60, 29, 13},
          {imagenet_residual(34, Shortcut::kProjectionWhereNeeded), 24, 23, 60, 26, 11},
          {imagenet_residual(34, Shortcut::kProjectionEverywhere), 24, 23, 60, 23, 10},
          {imagenet_residual(50, Shortcut::kProjectionWhereNeeded), 22, 21, 60, 20, 9},
          {imagenet_residual(101, Shortcut::kProjectionWhereNeeded), 20, 19, 60, 16, 7},
          {imagenet_residual(152, Shortcut::kProjectionWhereNeeded), 18, 17, 60, 11, 4}};
}

/// The k-th of six models is wrong about the k-th of six images alone: together they are right about all.
resnet::ImageScores scores_of_model(std::int64_t k) {
  resnet::ImageScores scores;
  scores.probabilities = torch::zeros({6, kClasses});
  scores.labels = torch::zeros({6}, torch::kLong);
  for (std::int64_t image = 0; image < 6; ++image) {
    const torch::Tensor row = scores.probabilities.select(0, image);
    if (image == k) {
      row.slice(0, 5, 10).fill_(0.2);
    } else {
      row.slice(0, 0, 1).fill_(1);
    }
    scores.images.push_back(fmt::format("{}.jpg", image));
  }
  for (std::int64_t i = 0; i < kClasses; ++i) scores.class_names.push_back(std::to_string(i));
  scores.made_by = fmt::format("model {}", k);
  return scores;
}

}  // namespace

TEST_CASE("Figures 1 and 6 and Table 6 hold of nets that end in the paper's order, far apart") {
  const Bench bench;
  write_cifar_runs(bench.runs());
  const json one = summary_of(bench.run("fig1_plain_degradation"));
  check_all_hold(one, {10 - 4, 13 - 9});
  // Gains of test error, by 12 layers and more each; then from 20 to 56 and to 110.
  const std::vector<double> gains = {9 - 8, 8 - 7, 7 - 6, 6 - 5, 6 - 5, 9 - 6, 9 - 5};
  // Steps of plain nets by training error, plain-110's bound, two pairs of twins by both errors, ResNet-1202's bound.
  std::vector<double> six = {6 - 4, 8 - 6, 10 - 8, 60 - 10, 65, 10 - 1, 13 - 6, 60 - 0.5, 65 - 5};
  six.insert(six.end(), gains.begin(), gains.end());
  six.push_back(0.05);
  const json figure = summary_of(bench.run("fig6_cifar_training"));
  check_all_hold(figure, six);
  check_all_hold(summary_of(bench.run("table6_cifar_depth")), gains);
  for (const json& summary : {one, figure}) {
    CHECK(ours(summary, "plain-56, training error") == 10);
    CHECK(ours(summary, "plain-56, test error") == 13);
  }
}

TEST_CASE("Figure 7 holds of nets that respond in the paper's order, and is of one run of each: the seed asked for") {
  const Bench bench;
  const auto write_responses = [&](const char* net, std::uint64_t seed, double median) {
    const resnet::RunFolder run = write_run(bench.runs(), recipe_of(net, seed), 1, 9);
    resnet::write_atomically(run.path / "layer_responses.csv",
                             fmt::format("layer,response_std,mean_channel_std,sorted_response_std\n"
                                         "1,{0},0.1,{1}\n2,{1},0.1,{0}\n3,{2},0.1,{2}\n",
                                         median, 1.2 * median, 0.8 * median));
  };
  for (const auto& [net, median] : std::initializer_list<std::pair<const char*, double>>{
           {"plain20", 2}, {"plain56", 3}, {"resnet20", 1.5}, {"resnet56", 1}, {"resnet110", 0.5}}) {
    write_responses(net, /*seed=*/0, median);
  }
  for (const char* net : {"plain20", "resnet20"}) write_responses(net, /*seed=*/1, 7);
  const json summary = summary_of(bench.run("fig7_layer_responses"));
  CHECK(summary.at("runs").size() == 5);
  check_all_hold(summary, {100 * 1.5 / 2, 100 * 1.0 / 3, 100 * 1 / 1.5, 100 * 0.5 / 1});

  const json other = summary_of(bench.run("fig7_layer_responses --depths 20 --seeds 1"));
  CHECK(other.at("runs").size() == 5);
  CHECK(other.at("claims").at(0).at("measured") == 100);
}

TEST_CASE("Figure 4 and Tables 2 to 5 hold of nets that end in the paper's order, far apart") {
  const Bench bench;
  const std::vector<EndedOnPhotos> nets = photo_nets();
  std::vector<resnet::RunFolder> runs;
  for (const EndedOnPhotos& net : nets) runs.push_back(write_photo_run(bench, net));
  runs.push_back(write_photo_run(bench, nets.back(), /*seed=*/1));
  for (std::int64_t model = 0; model < 6; ++model) {  // the last six runs are the paper's ensemble
    const auto& run = runs[runs.size() - 6 + static_cast<std::size_t>(model)];
    resnet::save_scores(run.path / "scores-dense.safetensors", scores_of_model(model));
  }
  const std::string data = bench.data();
  const json figure = summary_of(bench.run("fig4_imagenet_training" + data));
  check_all_hold(figure, {34 - 30, 34 - 30, 33 - 28, 27 - 23, 29 - 24, 34 - 24, 80 - 60});
  CHECK(ours(figure, "plain-34, training error") == 34);
  CHECK(ours(figure, "plain-34, validation error, centre crop") == 33);
  check_all_hold(summary_of(bench.run("table2_plain_vs_residual" + data)), {40 - 29, 33 - 29, 40 - 29});
  // Options A, B and C beside plain-34, each beside the one before it, what plain-34 loses beyond their differences;
  // then by depth both errors in turn.
  const std::vector<double> by_depth = {26 - 20, 11 - 9, 20 - 16, 9 - 7, 16 - 11, 7 - 4};
  std::vector<double> three = {40 - 29, 40 - 26, 40 - 23, 29 - 26, 26 - 23, (40 - 29) - (29 - 23)};
  three.insert(three.end(), by_depth.begin(), by_depth.end());
  check_all_hold(summary_of(bench.run("table3_shortcuts_ten_crop" + data)), three);
  json four = summary_of(bench.run("table4_single_model" + data));
  CHECK(four.at("claims").back().at("holds").is_null());  // others' ensembles are on ImageNet, and this is not
  four.at("claims").erase(6);
  check_all_hold(four, by_depth);
  CHECK(ours(four, "ResNet-50, top-1 error") == 20 - 1);  // by dense testing
  CHECK(ours(four, "ResNet-50, top-5 error") == 9 - 1);
  check_all_hold(summary_of(bench.run("table5_ensembles" + data)), {100.0 / 6});

  // What is lost of a run that has no weights is named, and what rests on it is open.
  const auto check_open = [&](const std::string& command, const resnet::RunFolder& run, std::size_t claim) {
    const ProgramResult result = bench.run(command + data);
    INFO(result.standard_error);
    CHECK(count_of(result.standard_error, "has no weights") == 1);
    CHECK_THAT(result.standard_error, Catch::Contains(run.path.string()) && !Catch::Contains("stopped"));
    const json summary = summary_of(result);
    CHECK(summary.at("finished") == false);
    for (std::size_t i = 0; i < summary.at("claims").size(); ++i) {
      CHECK(summary.at("claims")[i].at("holds").is_null() == (i == claim));
    }
  };
  fs::remove(runs.front().path / "errors-ten-crop.csv");
  check_open("table2_plain_vs_residual", runs.front(), 0);
  fs::remove(runs.back().path / "scores-dense.safetensors");
  check_open("table5_ensembles", runs.back(), 0);  // of five models nothing is said that the paper says of six

  // Nor of six of which some had a shorter schedule.
  for (std::uint64_t seed = 0; seed < 2; ++seed) {
    fs::remove_all(runs[runs.size() - 2 + seed].path);
    const auto shorter = write_photo_run(bench, nets.back(), seed, resnet::Fraction(1, 4));
    resnet::save_scores(shorter.path / "scores-dense.safetensors",
                        scores_of_model(4 + static_cast<std::int64_t>(seed)));
  }
  const json mixed = summary_of(bench.run("table5_ensembles --depths 34" + data));  // and train none
  CHECK(mixed.at("claims")[0].at("holds").is_null());
  const auto is_of_six = [](const json& row) {
    return row.at("what").get<std::string>().starts_with("ensemble of six");
  };
  const auto row = std::ranges::find_if(mixed.at("rows"), is_of_six);
  REQUIRE(row != mixed.at("rows").end());
  CHECK(row->at("ours").is_null());
}
