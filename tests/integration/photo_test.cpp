// SPDX-License-Identifier: MIT
// Training and testing on photographs, as a person does: made-up ones, in folders.
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "batch/epoch_order.hpp"
#include "core/file.hpp"
#include "dataset/photo_set.hpp"
#include "exchange/safetensors.hpp"
#include "image/made_up_photos.hpp"
#include "record/csv_table.hpp"
#include "record/run_folder.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"
#include "support/summary.hpp"
#include "train/image_scores.hpp"
#include "train/plateau.hpp"

namespace fs = std::filesystem;
using nlohmann::json;
using namespace std::string_literals;

namespace {

constexpr resnet::MadeUpPhotos kFewPhotos = {
    .classes = 6, .train_images = 4, .validation_images = 2, .shorter_side = 24};
constexpr resnet::MadeUpPhotos kPhotos = {.classes = 6, .train_images = 6, .validation_images = 3, .shorter_side = 40};

/// A folder of photographs, and an --out.
struct Bench {
  explicit Bench(const resnet::MadeUpPhotos& made_up = kPhotos) { resnet::make_up_photos(photos(), made_up); }
  TempFolder folder;

  fs::path photos() const { return folder.path() / "photos"; }
  fs::path runs() const { return folder.path() / "out/runs"; }
  std::string out() const { return " --out " + quoted(folder.path() / "out"); }
  std::string data() const { return " --data " + quoted(photos()); }

  /// Other photographs, in a folder beside, of so many classes.
  std::string other_data(std::int64_t classes) const {
    const fs::path others = folder.path() / "others";
    resnet::make_up_photos(
        others, {.classes = classes, .train_images = 8, .validation_images = 2, .shorter_side = 40, .seed = 5});
    return " --data " + quoted(others);
  }

  /// A training of eight iterations with every part of a real one: checks, drops of the rate, exact statistics. As no
  /// error falls by 100 points, the rate drops after the second and the third test.
  std::string train(const std::string& more = "", const std::string& out = "out", std::string data = "") const {
    if (data.empty()) data = this->data();
    return "train --model resnet18 --threads 2 --image-size 32 --batch 8 --micro-batch 4 --iterations 8 "
           "--evaluate-every 2 --plateau 1,100,2 --statistics-batches 2" +
           data + " --out " + quoted(folder.path() / out) + " " + more;
  }
};

ProgramResult run(const std::string& command) {
  ProgramResult result = run_program(command);
  INFO(command << "\n" << result.standard_error);
  REQUIRE(result.exit_code == 0);
  return result;
}

json ask(const std::string& command) { return json::parse(run(command + " --json").standard_output); }

void check_refused(const std::string& command, int exit_code, const std::string& words) {
  const ProgramResult result = run_program(command);
  INFO(command << "\n" << result.standard_error);
  CHECK(result.exit_code == exit_code);
  CHECK(count_of("\n" + result.standard_error, "\nerror: ") == 1);
  CHECK_THAT(result.standard_error, Catch::Contains(words));
}

resnet::RunFolder only_run(const fs::path& runs) {
  REQUIRE(std::distance(fs::directory_iterator(runs), fs::directory_iterator()) == 1);
  return {fs::directory_iterator(runs)->path()};
}

/// One training, for the tests that only look at what it left.
struct TrainedBench : Bench {
  TrainedBench() { ::run(train()); }
  resnet::RunFolder run() const { return only_run(runs()); }
};

const TrainedBench& trained_bench() {
  static const TrainedBench bench;
  return bench;
}

/// Figure 4 and Tables 2 to 5, one after the other in one --out, on nets and photographs as small as they can be.
class ReducedPaper {
 public:
  explicit ReducedPaper(std::int64_t image_size) : image_size_(image_size) {}

  /// What the program says, once that and what it leaves were looked at.
  json ask_for(const std::string& name) const {
    INFO(name);
    const auto before = made();
    const json summary = ask(name + flags(bench_.data()));
    const auto after = made();
    CHECK(std::includes(after.begin(), after.end(), before.begin(), before.end()));  // what is there is not made again
    CHECK(summary.at("reduced") == true);
    CHECK(summary.at("finished") == true);
    const fs::path result =
        bench_.folder.path() / "out/results" /
        (name.substr(0, name.find(' ')) + fmt::format("-reduced-6classes-{}px-batch4", image_size_));
    CHECK(json::parse(resnet::read_file(result / "summary.json")) == summary);
    CHECK_THAT(resnet::read_file(result / "table.md"),
               Catch::Contains("(*reduced*)") && Catch::Contains("What the paper says") &&
                   Catch::Contains(fmt::format(
                       "schedule 1/300000, 6 classes, 24 training and 12 test images, {0}x{0} pixels", image_size_)));
    const bool has_figure = name.starts_with("fig");
    for (const char* file : {"figure.svg", "figure.png"}) CHECK(fs::exists(result / file) == has_figure);
    return summary;
  }

  /// Finished runs are of their own photographs alone.
  void check_refuses_others(const std::string& name) const {
    const std::string others = bench_.other_data(kFewPhotos.classes);
    for (const char* status : {" --status", ""}) {
      check_refused(name + flags(others) + status, 1, "was made with other images");
    }
  }

  std::int64_t runs() const { return std::distance(fs::directory_iterator(bench_.runs()), fs::directory_iterator()); }

  /// The same once more, whatever is made again for it.
  json ask_again_for(const std::string& name) const { return ask(name + flags(bench_.data())); }

  /// Where the scores of the net's first run are kept.
  fs::path scores_file(const std::string& net, const std::string& test) const {
    for (const auto& entry : fs::directory_iterator(bench_.runs())) {
      const std::string id = entry.path().filename();
      if (id.starts_with(net + "-") && id.find("-seed0-") != std::string::npos) {
        return entry.path() / ("scores-" + test + ".safetensors");
      }
    }
    throw std::runtime_error("no run of " + net);
  }

  resnet::ImageScores scores_of(const std::string& net, const std::string& test) const {
    return resnet::load_scores(scores_file(net, test));
  }

  /// Scores are those of `evaluate`, by the same test on the same images.
  void check_scores(const std::string& net, const std::string& test) const {
    const fs::path run = scores_file(net, test).parent_path();
    const fs::path file = bench_.folder.path() / (net + "-" + test + ".safetensors");
    ask(fmt::format("evaluate {} --test {} --threads 2 --scores {}{}", quoted(run), test, quoted(file), bench_.data()));
    const resnet::ImageScores expected = resnet::load_scores(file);
    const resnet::ImageScores scores = scores_of(net, test);
    CHECK(scores.images == expected.images);
    CHECK(torch::equal(scores.labels, expected.labels));
    CHECK(torch::allclose(scores.probabilities, expected.probabilities, 1e-5, 1e-6));
  }

 private:
  std::string flags(const std::string& data) const {
    return fmt::format(" --threads 2 --image-size {} --batch 4 --micro-batch 4 --schedule 1/300000", image_size_) +
           data + bench_.out();
  }

  /// When the weights of each run, and the errors of each test, were written.
  std::map<fs::path, fs::file_time_type> made() const {
    std::map<fs::path, fs::file_time_type> files;
    if (!fs::exists(bench_.runs())) return files;
    for (const auto& entry : fs::recursive_directory_iterator(bench_.runs())) {
      const std::string name = entry.path().filename();
      if (name == "weights.safetensors" || name.starts_with("errors-")) files[entry.path()] = entry.last_write_time();
    }
    return files;
  }

  std::int64_t image_size_;
  Bench bench_{kFewPhotos};
};

std::int64_t decided(const json& summary) {
  return std::ranges::count_if(summary.at("claims"), [](const json& claim) { return !claim.at("holds").is_null(); });
}

/// With the tables' nets of 34 and 50 layers, or with all.
void check_figure_4_and_tables(bool has_all_nets) {
  // Four images of 16 pixels leave batch norm four numbers a channel, and 152 such layers multiply what rounding
  // leaves.
  const ReducedPaper paper(has_all_nets ? 64 : 16);
  const std::string depths = has_all_nets ? "" : " --depths 34,50";

  const json figure = paper.ask_for("fig4_imagenet_training");
  CHECK(paper.runs() == 4);
  CHECK(decided(figure) == 6);  // two iterations have no test in their first half, of which the last claim speaks
  CHECK(figure.at("claims").back().at("measured").is_null());
  for (const json& row : figure.at("rows")) CHECK(row.at("ours").is_number());

  const json two = paper.ask_for("table2_plain_vs_residual");
  CHECK(paper.runs() == 4);  // those of Figure 4
  CHECK(decided(two) == 3);
  CHECK(ours(two, "plain-18, top-1 error") == resnet::errors_of(paper.scores_of("plain18", "ten-crop")).top1_percent());
  CHECK(ours(two, "ResNet-34 A better than plain-34, points of the top-1 error").get<double>() ==
        Approx(ours(two, "plain-34, top-1 error").get<double>() - ours(two, "ResNet-34 A, top-1 error").get<double>()));

  paper.check_scores("plain18", "ten-crop");
  paper.check_refuses_others("table2_plain_vs_residual");

  const json three = paper.ask_for("table3_shortcuts_ten_crop" + depths);
  CHECK(paper.runs() == (has_all_nets ? 9 : 7));
  CHECK(decided(three) == (has_all_nets ? 12 : 8));
  CHECK(three.at("missing_runs").size() == (has_all_nets ? 0 : 2));
  CHECK(ours(three, "ResNet-34 A, top-1 error") == ours(two, "ResNet-34 A, top-1 error"));
  CHECK(ours(three, "ResNet-50, top-5 error") ==
        resnet::errors_of(paper.scores_of("resnet50", "ten-crop")).top5_percent());
  CHECK(ours(three, "ResNet-101, top-1 error").is_number() == has_all_nets);
  CHECK(ours(three, "VGG-16, top-1 error").is_null());

  const json four = paper.ask_for("table4_single_model" + depths);
  CHECK(paper.runs() == (has_all_nets ? 9 : 7));
  CHECK(decided(four) == (has_all_nets ? 6 : 2));
  CHECK(ours(four, "ResNet-34 B, top-1 error") ==
        resnet::errors_of(paper.scores_of("resnet34B", "dense")).top1_percent());
  paper.check_scores("resnet34B", "dense");

  const json five = paper.ask_for("table5_ensembles" + depths);
  CHECK(paper.runs() == (has_all_nets ? 10 : 7));  // the second one of 152 layers
  CHECK(decided(five) == (has_all_nets ? 1 : 0));  // the paper's ensemble is one of six
  CHECK(ours(five, "ensemble of six models, top-5 error (paper: test set; ours: validation images)").is_number() ==
        has_all_nets);

  // Scores that are gone are made again for the ensemble, which needs them, and for no table that does without.
  const fs::path lost = paper.scores_file("resnet50", "dense");
  fs::remove(lost);
  const json four_again = paper.ask_for("table4_single_model" + depths);
  CHECK(ours(four_again, "ResNet-50, top-5 error") == ours(four, "ResNet-50, top-5 error"));
  CHECK((has_all_nets || four_again == four));  // the second run of 152 layers is in Table 4 too
  CHECK_FALSE(fs::exists(lost));
  CHECK(paper.ask_again_for("table5_ensembles" + depths) == five);
  CHECK(fs::exists(lost));
  if (has_all_nets) return;
  CHECK(ours(five, "ensemble of the 3 models that are there, top-5 error") ==
        resnet::errors_of(resnet::mean_of({paper.scores_of("resnet34B", "dense"), paper.scores_of("resnet34C", "dense"),
                                           paper.scores_of("resnet50", "dense")}))
            .top5_percent());
}

}  // namespace

TEST_CASE("a training on photographs that is stopped at every step ends byte for byte as one that was not") {
  const Bench bench;
  run(bench.train());
  const resnet::RunFolder whole = only_run(bench.runs());
  const auto in_slices = [&](const std::string& out, const std::string& more) {
    const fs::path runs = bench.folder.path() / out / "runs";
    int calls = 0;
    do {
      run(bench.train("--stop-after-seconds 0 " + more, out));
    } while (!only_run(runs).is_finished() && ++calls < 100);
    // Eight steps, four tests and the statistics: each stopped at once.
    CHECK(calls == 8 + 4 + 1);
    return only_run(runs);
  };
  const resnet::RunFolder sliced = in_slices("sliced", "--loader-threads 3");
  for (const auto& file : {&resnet::RunFolder::weights, &resnet::RunFolder::train_csv, &resnet::RunFolder::eval_csv,
                           &resnet::RunFolder::recipe}) {
    INFO((whole.*file)());
    CHECK(resnet::read_file((whole.*file)()) == resnet::read_file((sliced.*file)()));
  }

  // The rate falls where the logged errors say so, and at no other step; it does fall, in both runs.
  const auto tests = resnet::read_csv(whole.eval_csv());
  const auto rates = resnet::read_csv(whole.train_csv()).column("learning_rate");
  const std::vector<double>& errors = tests.column("test_error_percent");
  REQUIRE(tests.rows() == 4);
  CHECK(rates.back() == Approx(0.001));
  for (std::size_t step = 0; step < rates.size(); ++step) {
    const std::vector<double> seen(errors.begin(), errors.begin() + static_cast<std::ptrdiff_t>(step / 2));
    const auto drops = resnet::plateau_drops({.checks = 1, .gain_points = 100, .most_drops = 2}, seen);
    CHECK(rates[step] == Approx(0.1 * std::pow(0.1, static_cast<double>(drops))).epsilon(1e-12));
  }
  for (std::size_t i = 0; i < tests.rows(); ++i) CHECK(tests.column("test_top5_error_percent")[i] <= errors[i]);
}

TEST_CASE("the error that a run ends with is that of the centre crop, and evaluate finds it again") {
  const TrainedBench& bench = trained_bench();
  const resnet::RunFolder folder = bench.run();
  const json found = ask("evaluate " + quoted(folder.path) + bench.data() + " --threads 2");
  CHECK(found.at("images") == 18);
  CHECK(found.at("top1_error_percent").get<double>() == Approx(resnet::read_result(folder).test_error_percent));
  CHECK(resnet::read_result(folder).evaluated_on == "validation");
  // Exported, the net still says by itself that it is for photographs, and of which size.
  const fs::path exported = bench.folder.path() / "net.pt";
  run("export --run " + quoted(folder.path) + " --to " + quoted(exported));
  const json again = ask("evaluate " + quoted(exported) + bench.data() + " --threads 2");
  CHECK(again.at("images") == 18);
  CHECK(again.at("top1_errors") == found.at("top1_errors"));
  CHECK(again.at("top5_errors") == found.at("top5_errors"));
}

TEST_CASE("a file that cannot be read and is skipped counts neither as tested nor as an error") {
  const Bench bench;
  const resnet::PhotoSet set = resnet::read_photo_set(bench.photos() / "val");
  REQUIRE(set.size() == 18);
  const std::string whole = resnet::read_file(set.path(0));
  const std::map<std::int64_t, std::string> broken = {
      {0, "no photograph"},
      {3, ""},
      {4, whole.substr(0, 40)},
      {9, "GIF89a, as a web page calls it"},
      {17, "\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\x7f\0\0\0\x7f\0\0\0\x08\x02\0\0\0\0\0\0\0"s}};  // 2 billion pixels wide
  for (const auto& [photo, bytes] : broken) resnet::write_atomically(set.path(photo), bytes);
  const ProgramResult trained = run(bench.train("--bad-images skip"));
  const resnet::RunFolder folder = only_run(bench.runs());
  const resnet::RunResult result = resnet::read_result(folder);
  CHECK(result.test_images == 13);
  CHECK(100 * static_cast<double>(result.test_errors) / 13 == Approx(result.test_error_percent).epsilon(1e-12));
  const std::string evaluate = "evaluate " + quoted(folder.path) + bench.data() + " --threads 2";
  const json found = ask(evaluate + " --bad-images skip");
  CHECK(found.at("images") == 13);
  CHECK(found.at("top1_errors") == result.test_errors);
  for (const auto& [photo, bytes] : broken) {
    CHECK_THAT(trained.standard_error, Catch::Contains(set.path(photo).string() + ": "));
    check_refused(evaluate, 1, set.path(photo).string() + ": ");  // the first that is left, by name
    resnet::write_atomically(set.path(photo), whole);
  }
  CHECK(ask(evaluate).at("images") == 18);
}

TEST_CASE("a net is tested in three ways, its scores are written, and an ensemble averages them") {
  const TrainedBench& bench = trained_bench();
  const std::string net = quoted(bench.run().path);
  const TempFolder folder;
  std::string files;
  std::vector<resnet::ImageScores> scores;
  for (const std::string test : {"center", "ten-crop", "dense"}) {
    const fs::path file = folder.path() / (test + ".safetensors");
    const json said =
        ask("evaluate " + net + bench.data() + " --threads 2 --test " + test + " --scores " + quoted(file));
    scores.push_back(resnet::load_scores(file));
    CHECK(scores.back().size() == 18);
    CHECK(said.at("top1_errors") == resnet::errors_of(scores.back()).top1_errors);
    CHECK(torch::allclose(scores.back().probabilities.sum(1), torch::ones({18}), 1e-5, 1e-5));
    files += " " + quoted(file);
  }
  CHECK_FALSE(torch::equal(scores[0].probabilities, scores[1].probabilities));
  CHECK_FALSE(torch::equal(scores[1].probabilities, scores[2].probabilities));

  const fs::path mean = folder.path() / "mean.safetensors";
  const fs::path submission = folder.path() / "submission.txt";
  const json said = ask("ensemble" + files + " --scores " + quoted(mean) + " --submission " + quoted(submission));
  CHECK(said.at("members").size() == 3);
  CHECK(torch::allclose(resnet::load_scores(mean).probabilities,
                        (scores[0].probabilities + scores[1].probabilities + scores[2].probabilities) / 3, 1e-5, 1e-6));
  CHECK(said.at("ensemble").at("top1_errors") == resnet::errors_of(resnet::mean_of(scores)).top1_errors);
  CHECK(count_of(resnet::read_file(submission), "\n") == 18);

  // Images without labels have scores and a submission, and no error.
  const fs::path unlabeled = bench.photos() / "val" / scores[0].class_names[0];
  const json blind =
      ask("evaluate " + net + " --threads 2 --unlabeled " + quoted(unlabeled) + " --submission " + quoted(submission));
  CHECK(blind.at("images") == 3);
  CHECK(blind.at("top1_error_percent").is_null());
  CHECK(count_of(resnet::read_file(submission), "\n") == 3);

  const fs::path other = folder.path() / "other.safetensors";
  run("evaluate " + net + " --threads 2 --unlabeled " + quoted(unlabeled) + " --scores " + quoted(other));
  check_refused("ensemble" + files + " " + quoted(other), 1, "are of other images");
  check_refused("ensemble " + quoted(submission), 1, "submission.txt");
}

TEST_CASE("a net is fine-tuned from weights of other classes, and begins with all but its last layer") {
  const Bench bench;
  run(bench.train("--colors 0.1,0.2,0.3,0,0,0,0,0,0,0,0,0"));
  const resnet::RunFolder begun = only_run(bench.runs());
  const std::string tune =
      "train --model resnet18 --threads 2 --image-size 32 --batch 8 --iterations 1 "
      "--evaluate-every 1 --statistics-batches 0 --learning-rate 0" +
      bench.other_data(3) + " --out " + quoted(bench.folder.path() / "tuned") + " --initial-weights ";
  const ProgramResult told = run(tune + quoted(begun.path));
  CHECK_THAT(told.standard_error, Catch::Contains("with a new last layer for 3 other classes"));
  const resnet::RunFolder tuned = only_run(bench.folder.path() / "tuned/runs");
  const auto before = resnet::load_safetensors(begun.weights());
  const auto after = resnet::load_safetensors(tuned.weights());
  CHECK(torch::equal(*after.find("layer4.1.conv2.weight"), *before.find("layer4.1.conv2.weight")));  // at rate 0
  CHECK(after.find("fc.weight")->size(0) == 3);
  // It goes on seeing images as it did, whatever colours the recipe has.
  CHECK(before.metadata.at("mean") == "3x1x1: 0.1 0.2 0.3");
  CHECK(after.metadata.at("mean") == before.metadata.at("mean"));
  // The recipe it leaves trains the same run, and no other weights under its name.
  CHECK_THAT(resnet::read_file(tuned.recipe()), Catch::Contains("initial-weights-hash = "));
  check_refused(tune + quoted(begun.path) + " --initial-weights-hash 0123456789abcdef", 1, "is not the file");
  check_refused(tune + quoted(bench.folder.path() / "nowhere"), 1, "nowhere");
  // Once it is finished, nobody needs the weights that it began at.
  fs::remove(begun.weights());
  const ProgramResult shown = run("train --config " + quoted(tuned.recipe()) + bench.other_data(3) + " --out " +
                                  quoted(bench.folder.path() / "tuned"));
  CHECK_THAT(shown.standard_error, Catch::Contains("resnet18 after 1 iterations"));
}

TEST_CASE("a finished run is not taken for one on other photographs of as many classes, nor for one of other colours") {
  const Bench bench;
  run(bench.train());
  const std::string written = resnet::read_file(only_run(bench.runs()).result());
  const std::string others = bench.other_data(6);
  check_refused(bench.train("", "out", others), 1, "was made with other images");
  CHECK(resnet::read_file(only_run(bench.runs()).result()) == written);
  run(bench.train("--stop-after-seconds 0 --colors 0.1,0.2,0.3,0,0,0,0,0,0,0,0,0"));
  CHECK(std::distance(fs::directory_iterator(bench.runs()), fs::directory_iterator()) == 2);
}

TEST_CASE("a file that only batch norm's statistics meet is named when they do") {
  const Bench bench;
  // One step of 8 images, and four batches more: of an epoch of 36 images the steps see the first 8.
  const resnet::PhotoSet set = resnet::read_photos(bench.photos()).train;
  resnet::write_atomically(set.path(resnet::EpochOrder(set.size(), /*seed=*/0).image(20)), "no photograph");
  const ProgramResult result =
      run("train --model resnet18 --threads 2 --image-size 32 --batch 8 --iterations 1 --evaluate-every 1 "
          "--statistics-batches 4 --bad-images skip" +
          bench.data() + bench.out());
  const auto named = result.standard_error.find("is no image");
  const auto trained = result.standard_error.find("trained; the training error");  // a pass that meets all files
  REQUIRE(named != std::string::npos);
  REQUIRE(trained != std::string::npos);
  CHECK(named < trained);
}

TEST_CASE("fig4_imagenet_training ends with figure, table and claims on made-up photographs") {
  const TempFolder folder;
  const json summary = ask("fig4_imagenet_training --synthetic --threads 2 --out " + quoted(folder.path()));
  const fs::path result = folder.path() / "results/fig4_imagenet_training";
  for (const char* file : {"figure.svg", "figure.png", "table.md", "summary.json"}) CHECK(fs::exists(result / file));
  CHECK(summary.at("synthetic") == true);
  CHECK(summary.at("reduced") == true);
  CHECK(summary.at("photos").at("classes") == 10);
  CHECK_THAT(resnet::read_file(result / "table.md"),
             Catch::Contains("(*reduced*)") && Catch::Contains("10 classes") && Catch::Contains("32x32 pixels"));
  CHECK(summary.at("claims").size() == 7);
  for (const json& claim : summary.at("claims")) CHECK_FALSE(claim.at("holds").is_null());
  CHECK(summary.at("missing_runs").empty());
}

TEST_CASE(
    "Figure 4 and Tables 2 to 5 are told of one set of runs and of tests that are made once, and called reduced") {
  check_figure_4_and_tables(/*has_all_nets=*/false);
}

TEST_CASE("Figure 4 and Tables 2 to 5 are told of all their nets, 152 layers and six models among them", "[slow]") {
  check_figure_4_and_tables(/*has_all_nets=*/true);
}

TEST_CASE("wrong input is refused in one sentence") {
  const Bench bench;
  check_refused("train --model resnet18" + bench.out(), 2, "--data is missing");
  check_refused("train --model resnet18 --data " + quoted(bench.folder.path() / "nowhere") + bench.out(), 1, "nowhere");
  check_refused(bench.train("--classes 7"), 2, "--classes: the data has 6");
  check_refused(bench.train("--padding 4"), 2, "--padding: is for nets on CIFAR-10");
  check_refused("train --model resnet20 --image-size 32" + bench.out(), 2, "--image-size: is for nets on photographs");
  check_refused("train --model resnet18 --plateau 8,0.2" + bench.data() + bench.out(), 2,
                "--plateau: '8,0.2' is no rule");
  check_refused(bench.train("--shorter-sides 20,30"), 2, "--shorter-sides: 20,30 is no range");
  check_refused(bench.train("--test-side 31"), 2, "--test-side");
  check_refused("train --model vgg16 --batch 4 --recompute-blocks" + bench.data() + bench.out(), 2,
                "vgg16 has no blocks");
  check_refused("benchmark --model vgg16 --recompute-blocks", 2, "vgg16 has no blocks");
  check_refused("table3_shortcuts_ten_crop" + bench.out(), 2, "--data is missing");
  check_refused("fig4_imagenet_training" + bench.data() + bench.out(), 2,
                "--batch: 256 is more than the 36 training photographs");
  check_refused("fig4_imagenet_training --image-size 4" + bench.data() + bench.out(), 2, "--image-size");

  const std::string net = "evaluate " + quoted(trained_bench().run().path);
  check_refused(net + bench.data() + " --test twelve-crop", 2, "--test");
  check_refused(net, 2, "give one of them");
  check_refused(net + " --synthetic --unlabeled " + quoted(bench.photos()), 2, "give one of them");
  check_refused(net + bench.data() + " --bad-images skip --submission " + quoted(bench.folder.path() / "lines.txt"), 2,
                "--submission: has a line for every image");
  // Whatever is to be written is asked for before the test, which would end with the first of these photographs.
  for (const auto& entry : fs::recursive_directory_iterator(bench.photos() / "val")) {
    if (entry.is_regular_file()) resnet::write_atomically(entry.path(), "no photograph");
  }
  check_refused(net + bench.data(), 1, "is no image");
  const std::string scoring = net + bench.data() + " --scores ";
  check_refused(scoring + quoted(bench.folder.path()), 1,
                "--scores: " + bench.folder.path().string() + ": is a folder");
  check_refused(scoring + "/dev/null", 1, "--scores: /dev/null: is a device");
  const fs::path list = bench.folder.path() / "list.txt";
  check_refused(net + bench.data() + " --submission-classes " + quoted(list), 2, "goes together with --submission");
  const std::string submitting = net + bench.data() + " --submission " + quoted(bench.folder.path() / "lines.txt");
  check_refused(submitting + " --submission-classes " + quoted(list), 1, "list.txt: no such file");
  resnet::write_atomically(list, "other\n");
  check_refused(submitting + " --submission-classes " + quoted(list), 1, "is not among the 1 of the server");
  std::set<std::string, std::greater<>> classes;
  for (const auto& entry : fs::directory_iterator(bench.photos() / "val")) classes.insert(entry.path().filename());
  // In another order, and as Windows writes them: good, and the test begins.
  resnet::write_atomically(list, fmt::format("\xef\xbb\xbf{}\r\n", fmt::join(classes, "\r\n")));
  check_refused(submitting + " --submission-classes " + quoted(list), 1, "is no image");
  check_refused(scoring + quoted(list / "scores"), 1, "list.txt is a file");
}
