// SPDX-License-Identifier: MIT
// The training as a library: what it leaves, and that stopping it changes nothing.
#include "train/train.hpp"

#include <ATen/Functions.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "batch/batch_stream.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "dataset/synthetic.hpp"
#include "exchange/safetensors.hpp"
#include "kernel/simd.hpp"
#include "model/make_model.hpp"
#include "paper/recipe.hpp"
#include "record/csv_table.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"
#include "tensor/precision.hpp"
#include "train/initial_weights.hpp"
#include "train/optimizer.hpp"

using resnet::Recipe;
using resnet::RunFolder;
using resnet::TrainOptions;
using resnet::TrainOutcome;

namespace {

Recipe short_recipe(const char* model = "resnet8") {
  return resnet::paper::synthetic_recipe(resnet::parse_model_name(model), /*seed=*/3);
}

const resnet::Cifar10& data() {
  static const resnet::Cifar10 set = resnet::synthetic_cifar10(40, 20, 0);
  return set;
}

TrainOptions options() {
  TrainOptions options;
  options.log_gradients_every = 5;
  options.runtime = resnet::set_up_runtime({.threads = 2});
  return options;
}

struct Crash : std::runtime_error {
  Crash() : std::runtime_error("crash") {}
};

/// Trains until `iteration` is done and then dies without a word, with checkpoints before that or without.
void crash_after(const Recipe& recipe, const RunFolder& run, std::int64_t iteration, bool with_checkpoints,
                 TrainOptions crashing = options()) {
  crashing.checkpoint_after_seconds = with_checkpoints ? 0 : 1e9;
  crashing.on_step = [&](const resnet::TrainProgress& progress) {
    if (progress.iteration == iteration) throw Crash();
  };
  CHECK_THROWS_AS(resnet::train(recipe, data(), run, crashing), Crash);
}

/// The parameters after the twelve iterations of short_recipe(), by the paper's words: the rate is 0.1, and divided by
/// 10 after 6 and 9.
torch::OrderedDict<std::string, torch::Tensor> trained_by_hand(const Recipe& recipe) {
  const auto net = resnet::make_model(recipe.model, recipe.seed);
  const resnet::BatchStream stream(data().train, resnet::mean_image(data().train), recipe.batch, recipe.padding,
                                   recipe.seed);
  resnet::Sgd optimizer(net->parameters(), recipe.momentum,
                        recipe.weight_decay);  // golden/pytorch holds it to PyTorch's
  for (int step = 0; step < 12; ++step) {
    const resnet::Batch batch = stream.at(step);
    torch::Tensor logits;
    {
      const resnet::PrecisionScope scope(recipe.precision, torch::kCPU);
      logits = net->forward(batch.images);
    }
    net->zero_grad();
    at::cross_entropy_loss(logits, batch.labels).backward();
    optimizer.step(step < 6 ? 0.1 : step < 9 ? 0.01 : 0.001);
  }
  return net->named_parameters();
}

void check_equal_runs(const RunFolder& a, const RunFolder& b) {
  for (const auto& file : {&RunFolder::weights, &RunFolder::train_csv, &RunFolder::eval_csv, &RunFolder::recipe}) {
    INFO((a.*file)());
    CHECK(resnet::read_file((a.*file)()) == resnet::read_file((b.*file)()));
  }
  CHECK(resnet::read_result(a).test_errors == resnet::read_result(b).test_errors);
  CHECK(resnet::read_result(a).single_view_training_error_percent ==
        resnet::read_result(b).single_view_training_error_percent);
}

}  // namespace

TEST_CASE("a run that died at any iteration ends byte for byte as one that did not") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  TrainOptions how = options();
  std::tie(recipe.precision, how.recompute_blocks) =
      GENERATE(std::pair(resnet::Precision::kFloat32, false), std::pair(resnet::Precision::kBFloat16, true));
  CAPTURE(resnet::precision_name(recipe.precision), how.recompute_blocks);
  const RunFolder whole{folder.path() / "whole"};
  REQUIRE(resnet::train(recipe, data(), whole, how) == TrainOutcome::kFinished);

  for (const std::int64_t iteration : {1, 4, 5, 11, 12}) {
    for (const bool with_checkpoints : {true, false}) {
      INFO("died at iteration " << iteration << (with_checkpoints ? " with" : " without") << " checkpoints");
      const RunFolder broken{folder.path() / ("broken" + std::to_string(2 * iteration + with_checkpoints))};
      crash_after(recipe, broken, iteration, with_checkpoints, how);
      CHECK_FALSE(broken.is_finished());
      REQUIRE(resnet::train(recipe, data(), broken, how) == TrainOutcome::kFinished);
      check_equal_runs(whole, broken);
    }
  }
}

TEST_CASE("a run that died in its warm-up ends as one that did not") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.warmup_rate = 0.01;
  recipe.warmup_error_percent = 101;  // over as soon as there are 100 batches
  recipe.iterations = 110;
  recipe.milestones = {};
  recipe.batch = 2;
  const RunFolder whole{folder.path() / "whole"};
  const RunFolder broken{folder.path() / "broken"};
  resnet::train(recipe, data(), whole, options());
  crash_after(recipe, broken, 60, true);
  crash_after(recipe, broken, 104, true);
  resnet::train(recipe, data(), broken, options());
  check_equal_runs(whole, broken);
  const auto rates = resnet::read_csv(whole.train_csv()).column("learning_rate");
  CHECK(rates[99] == 0.01);
  CHECK(rates[100] == 0.1);
}

TEST_CASE("gradients that are logged are those of the steps, change no number, and survive a crash") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();
  const RunFolder without{folder.path() / "without"};
  TrainOptions silent = options();
  silent.log_gradients_every = 0;
  resnet::train(recipe, data(), without, silent);
  CHECK_FALSE(std::filesystem::exists(without.gradients_csv()));

  const RunFolder with{folder.path() / "with"};
  resnet::train(recipe, data(), with, options());
  check_equal_runs(with, without);
  const auto log = resnet::read_csv(with.gradients_csv());
  CHECK(log.column("iteration") == std::vector<double>{1, 5, 10});

  // The first row, computed once more by hand.
  const auto net = resnet::make_model(recipe.model, recipe.seed);
  const resnet::Batch batch =
      resnet::BatchStream(data().train, resnet::mean_image(data().train), recipe.batch, recipe.padding, recipe.seed)
          .at(0);
  at::cross_entropy_loss(net->forward(batch.images), batch.labels).backward();
  for (const char* layer : {"conv1", "layer2.0.conv2", "fc"}) {
    const auto norm = net->named_parameters()[std::string(layer) + ".weight"].grad().norm().item<double>();
    CHECK(log.column(layer).front() == Approx(norm).epsilon(1e-5));
  }

  const RunFolder broken{folder.path() / "broken"};
  crash_after(recipe, broken, 7, true);
  resnet::train(recipe, data(), broken, options());
  check_equal_runs(with, broken);
  CHECK(resnet::read_file(broken.gradients_csv()) == resnet::read_file(with.gradients_csv()));
}

TEST_CASE("steps between two logged gradients are multiplied by the schedule, as those between two tests") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.schedule = resnet::Fraction(1, 2);
  const RunFolder run{folder.path() / "run"};
  TrainOptions logging = options();
  logging.log_gradients_every = 4;
  resnet::train(recipe, data(), run, logging);
  CHECK(resnet::read_csv(run.gradients_csv()).column("iteration") == std::vector<double>{1, 2, 4, 6});
}

TEST_CASE("the weights of a run are those of its recipe, computed step by step") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.momentum = 0.8;  // not the paper's numbers, so that they can come from the recipe alone
  recipe.weight_decay = 0.01;
  std::vector<torch::Tensor> fc;
  for (const auto precision : {resnet::Precision::kFloat32, resnet::Precision::kBFloat16}) {
    CAPTURE(resnet::precision_name(precision));
    recipe.precision = precision;
    const RunFolder run{folder.path() / resnet::precision_name(precision)};
    resnet::train(recipe, data(), run, options());
    const auto trained = resnet::load_safetensors(run.weights());
    for (const auto& parameter : trained_by_hand(recipe)) {
      CAPTURE(parameter.key());
      const torch::Tensor* found = trained.find(parameter.key());
      REQUIRE(found != nullptr);
      CHECK((*found - parameter.value()).abs().max().item<double>() < 1e-6);
    }
    fc.push_back(trained.find("fc.weight")->clone());
  }
  CHECK((fc[0] - fc[1]).abs().max().item<double>() > 1e-3);  // so the other precision would not have passed
}

TEST_CASE("the number of loader threads changes no number") {
  const TempFolder folder;
  const Recipe recipe = short_recipe("plain8");
  const RunFolder reference{folder.path() / "0"};
  for (const std::int64_t threads : {0, 1, 4}) {
    TrainOptions with = options();
    with.loader_threads = threads;
    const RunFolder run{folder.path() / std::to_string(threads)};
    resnet::train(recipe, data(), run, with);
    check_equal_runs(reference, run);
  }
}

TEST_CASE("a time limit that is over at once still lets a run end, one step or one evaluation at a time") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();  // 12 steps and 3 evaluations
  const RunFolder run{folder.path() / "run"};
  const RunFolder whole{folder.path() / "whole"};
  TrainOptions at_once = options();
  at_once.stop_after_seconds = 0;
  int calls = 1;
  while (resnet::train(recipe, data(), run, at_once) == TrainOutcome::kStopped && calls < 100) ++calls;
  CHECK(calls == 12 + 3 + 1);
  resnet::train(recipe, data(), whole, options());
  check_equal_runs(run, whole);
}

TEST_CASE("the time limit ends a run at a checkpoint, and the run goes on from it") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();
  const RunFolder run{folder.path() / "run"};
  const RunFolder whole{folder.path() / "whole"};
  TrainOptions at_once = options();
  at_once.stop_after_seconds = 0;
  REQUIRE(resnet::train(recipe, data(), run, at_once) == TrainOutcome::kStopped);
  CHECK(resnet::read_status(run)->iteration == 1);
  REQUIRE(resnet::train(recipe, data(), run, options()) == TrainOutcome::kFinished);
  resnet::train(recipe, data(), whole, options());
  check_equal_runs(run, whole);
}

TEST_CASE("a net learns one batch by heart") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.batch = 10;
  recipe.iterations = 80;
  recipe.milestones = {};
  recipe.padding = 0;
  recipe.learning_rate = 0.02;
  const RunFolder run{folder.path() / "run"};
  const auto ten = resnet::synthetic_cifar10(10, 10, 0);
  resnet::train(recipe, ten, run, options());
  const auto losses = resnet::read_csv(run.train_csv()).column("loss_nats");
  CHECK(losses.front() > 1.5);
  CHECK(losses.back() < 0.1);
  CHECK(resnet::read_result(run).training_error_percent == 0);
}

TEST_CASE("what a run leaves") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();
  const RunFolder run{folder.path() / "run"};
  resnet::train(recipe, data(), run, options());

  const auto train_log = resnet::read_csv(run.train_csv());
  CHECK(train_log.rows() == 12);
  CHECK(train_log.column("iteration").back() == 12);
  CHECK(train_log.column("learning_rate")[5] == 0.1);
  CHECK(train_log.column("learning_rate")[6] == 0.01);

  const auto eval_log = resnet::read_csv(run.eval_csv());
  CHECK(eval_log.column("iteration") == std::vector<double>{4, 8, 12});
  const resnet::RunResult result = resnet::read_result(run);
  CHECK(eval_log.column("test_error_percent").back() == result.test_error_percent);
  // The training error is the mean over the last epoch: five batches of eight are the 40 images.
  const auto& errors = train_log.column("error_percent");
  const double mean = (errors[7] + errors[8] + errors[9] + errors[10] + errors[11]) / 5;
  CHECK(result.training_error_percent == Approx(mean).epsilon(1e-12));
  CHECK(result.test_images == 20);
  // Where batches do not divide the images, the last one that an epoch begins is whole: six of seven for 40.
  Recipe of_seven = recipe;
  of_seven.batch = 7;
  const RunFolder uneven{folder.path() / "uneven"};
  resnet::train(of_seven, data(), uneven, options());
  const auto of_sevens = resnet::read_csv(uneven.train_csv()).column("error_percent");
  CHECK(resnet::read_result(uneven).training_error_percent ==
        Approx(std::accumulate(of_sevens.end() - 6, of_sevens.end(), 0.0) / 6).epsilon(1e-12));

  const auto weights = resnet::load_safetensors(run.weights());
  CHECK(weights.find("fc.weight") != nullptr);
  CHECK(weights.find("layer1.0.bn1.running_mean") != nullptr);
  const auto provenance = resnet::read_json(run.provenance());
  CHECK(provenance.at("sessions").size() == 1);
  CHECK(provenance.at("sessions")[0].at("threads") == 2);
  CHECK(provenance.at("sessions")[0].at("kernels") == "fast (" + resnet::simd_description() + ")");
  CHECK(provenance.at("peak_memory_bytes") > 0);
}

TEST_CASE("a run that died between its last writes ends byte for byte as one that did not") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();
  const RunFolder whole{folder.path() / "whole"};
  resnet::train(recipe, data(), whole, options());
  for (const auto& file :
       {&RunFolder::checkpoint, &RunFolder::status, &RunFolder::provenance, &RunFolder::weights, &RunFolder::result}) {
    const RunFolder broken{folder.path() / ("broken-" + (whole.*file)().filename().string())};
    const std::string obstacle = (broken.*file)().string() + ".part";  // where a file is written first
    INFO(obstacle);
    TrainOptions dying = options();
    dying.on_step = [&](const resnet::TrainProgress& progress) {
      if (progress.iteration == progress.iterations) std::filesystem::create_directory(obstacle);
    };
    CHECK_THROWS_WITH(resnet::train(recipe, data(), broken, dying), Catch::Contains("cannot write"));
    CHECK_FALSE(broken.is_finished());
    std::filesystem::remove(obstacle);
    REQUIRE(resnet::train(recipe, data(), broken, options()) == TrainOutcome::kFinished);
    check_equal_runs(whole, broken);
  }
}

TEST_CASE("a disk that becomes full leaves the checkpoint before it, and the run goes on from that") {
  const TempFolder folder;
  const Recipe recipe = short_recipe();
  const RunFolder whole{folder.path() / "whole"};
  const RunFolder run{folder.path() / "run"};
  resnet::train(recipe, data(), whole, options());
  crash_after(recipe, run, 6, true);
  const std::string checkpoint = resnet::read_file(run.checkpoint());
  {
    const FullDisk full(checkpoint.size() / 2);
    CHECK_THROWS_WITH(resnet::train(recipe, data(), run, options()), Catch::Contains("cannot write"));
  }
  CHECK(resnet::read_file(run.checkpoint()) == checkpoint);
  TrainOptions told = options();
  std::vector<std::string> events;
  told.on_event = [&](const std::string& event) { events.push_back(event); };
  REQUIRE(resnet::train(recipe, data(), run, told) == TrainOutcome::kFinished);
  CHECK(events.front() == "goes on after iteration 5 of 12");
  check_equal_runs(whole, run);
}

TEST_CASE("the logs are on the disk before the checkpoint that promises them") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  TrainOptions saving = options();
  saving.checkpoint_after_seconds = 0;
  std::optional<FullDisk> full;  // from the sixth iteration on: what is written first is what fails
  saving.on_step = [&](const resnet::TrainProgress& progress) {
    if (progress.iteration == 6) full.emplace(10);
  };
  CHECK_THROWS_WITH(resnet::train(short_recipe(), data(), run, saving),
                    Catch::StartsWith(run.train_csv().string() + ": cannot write"));
}

TEST_CASE("weights that are not finite are not saved, and no result is made of them") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.iterations = 1;  // the loss is looked at before the update
  recipe.milestones = {};
  recipe.learning_rate = 3e38;
  recipe.weight_decay = 1000;
  const RunFolder run{folder.path() / "run"};
  CHECK_THROWS_WITH(resnet::train(recipe, data(), run, options()), Catch::Contains("not finite at iteration 1") &&
                                                                       Catch::Contains("rate 3e+38") &&
                                                                       Catch::Contains("--learning-rate"));
  CHECK_FALSE(std::filesystem::exists(run.checkpoint()));
  CHECK_FALSE(run.is_finished());
}

TEST_CASE("a checkpoint is written before a step or an evaluation that would end too late") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  TrainOptions slow = options();
  slow.checkpoint_after_seconds = 0.03;
  std::vector<std::int64_t> behind;  // iterations that a death during a step or an evaluation would lose
  const auto look = [&](std::int64_t iteration) {
    behind.push_back(iteration - resnet::read_status(run).value_or(resnet::RunStatus{}).iteration);
  };
  slow.on_step = [&](const resnet::TrainProgress& progress) {
    look(progress.iteration);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // with the step itself, two do not fit
  };
  slow.on_evaluation = [&](const resnet::EvaluationProgress& progress) { look(progress.iteration); };
  resnet::train(short_recipe(), data(), run, slow);
  CHECK(*std::max_element(behind.begin(), behind.end()) == 1);
}

TEST_CASE("a checkpoint is written before the first evaluation of a process, which may take nobody knows how long") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  TrainOptions rare = options();
  rare.checkpoint_after_seconds = 1e9;
  std::optional<std::int64_t> saved;
  rare.on_evaluation = [&](const resnet::EvaluationProgress& progress) {
    if (progress.iteration == 4) saved = resnet::read_status(run).value_or(resnet::RunStatus{}).iteration;
  };
  resnet::train(short_recipe(), data(), run, rare);
  CHECK(saved == 4);
}

TEST_CASE("a stop cuts each kind of evaluation short, and the run ends byte for byte as one that was not stopped") {
  const TempFolder folder;
  Recipe recipe = short_recipe();  // tested after 4, 8 and 12 iterations
  recipe.statistics_batches = 2;
  const RunFolder whole{folder.path() / "whole"};
  resnet::train(recipe, data(), whole, options());

  struct Moment {
    std::int64_t iteration;
    std::string what;
    std::vector<double> tested_before;
  };
  const std::vector<Moment> moments = {{4, "test error", {}},
                                       {12, "batch norm's statistics", {4, 8}},
                                       {12, "test error", {4, 8}},
                                       {12, "training error, single view", {4, 8, 12}}};
  for (std::size_t i = 0; i < moments.size(); ++i) {
    const Moment& moment = moments[i];
    CAPTURE(moment.iteration, moment.what);
    const RunFolder run{folder.path() / std::to_string(i)};
    bool stops = false;
    TrainOptions stopped = options();
    stopped.is_stop_requested = [&] { return stops; };
    stopped.on_evaluation = [&](const resnet::EvaluationProgress& progress) {
      stops = stops || (progress.iteration == moment.iteration && progress.what == moment.what);
    };
    REQUIRE(resnet::train(recipe, data(), run, stopped) == TrainOutcome::kStopped);
    CHECK(stops);
    CHECK_FALSE(run.is_finished());
    CHECK(resnet::read_status(run)->iteration == moment.iteration);
    CHECK(resnet::read_csv(run.eval_csv()).column("iteration") == moment.tested_before);
    REQUIRE(resnet::train(recipe, data(), run, options()) == TrainOutcome::kFinished);
    check_equal_runs(whole, run);
  }
}

TEST_CASE("whoever watches learns how far each evaluation is") {
  const TempFolder folder;
  TrainOptions watched = options();
  std::vector<std::string> told;
  watched.on_evaluation = [&](const resnet::EvaluationProgress& p) {
    told.push_back(fmt::format("{} {}: {} of {}", p.iteration, p.what, p.images, p.of));
  };
  resnet::train(short_recipe(), data(), {folder.path() / "run"}, watched);
  CHECK(told == std::vector<std::string>{"4 test error: 0 of 20", "8 test error: 0 of 20", "12 test error: 0 of 20",
                                         "12 training error, single view: 0 of 40"});
}

TEST_CASE("a log that lacks what its checkpoint promises stops the run, and is left as it is") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  crash_after(short_recipe(), run, 10, true);  // evaluated after 4 and 8
  for (const auto& file : {&RunFolder::eval_csv, &RunFolder::train_csv}) {
    const std::string whole = resnet::read_file((run.*file)());
    const auto row = whole.find("\n4,") + 1;
    const std::string torn = whole.substr(0, row) + whole.substr(whole.find('\n', row) + 1);
    resnet::write_atomically((run.*file)(), torn);
    CHECK_THROWS_WITH(resnet::train(short_recipe(), data(), run, options()),
                      Catch::Contains((run.*file)().string() + ": the row of iteration 4 is missing"));
    CHECK(resnet::read_file((run.*file)()) == torn);
    resnet::write_atomically((run.*file)(), whole);
  }
  CHECK(resnet::train(short_recipe(), data(), run, options()) == TrainOutcome::kFinished);
}

TEST_CASE("a status that is broken or gone costs the time spent so far, and no more") {
  const TempFolder folder;
  const RunFolder whole{folder.path() / "whole"};
  resnet::train(short_recipe(), data(), whole, options());
  for (const std::string text : {"", "{}", "{\"iteration\": 5", "gone"}) {
    CAPTURE(text);
    const RunFolder run{folder.path() / ("run" + std::to_string(text.size()))};
    crash_after(short_recipe(), run, 5, true);
    text == "gone" ? void(std::filesystem::remove(run.status())) : resnet::write_atomically(run.status(), text);
    REQUIRE(resnet::train(short_recipe(), data(), run, options()) == TrainOutcome::kFinished);
    check_equal_runs(whole, run);
  }
}

TEST_CASE("a finished run is left as it is") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  resnet::train(short_recipe(), data(), run, options());
  const auto written = std::filesystem::last_write_time(run.weights());
  const std::string result = resnet::read_file(run.result());
  REQUIRE(resnet::train(short_recipe(), data(), run, options()) == TrainOutcome::kFinished);
  CHECK(std::filesystem::last_write_time(run.weights()) == written);
  CHECK(resnet::read_file(run.result()) == result);
}

TEST_CASE("a finished run needs no lock") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  resnet::train(short_recipe(), data(), run, options());
  const resnet::FileLock held(run.lock());
  CHECK(resnet::train(short_recipe(), data(), run, options()) == TrainOutcome::kFinished);
}

TEST_CASE("a finished run is not taken for one on other images, be they for training or for the test") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  resnet::train(short_recipe(), data(), run, options());
  for (const bool is_test : {false, true}) {
    resnet::Cifar10 other = data();
    resnet::ImageSet& set = is_test ? other.test : other.train;
    set.labels = set.labels.flip({0});
    CHECK_THROWS_WITH(resnet::train(short_recipe(), other, run, options()),
                      Catch::Contains(run.result().string() + ": was made with other images"));
  }
}

TEST_CASE("a loss that is not finite stops the run and keeps the checkpoint before it") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.learning_rate = 1e30;
  recipe.momentum = 0;
  const RunFolder run{folder.path() / "run"};
  TrainOptions saving = options();
  saving.checkpoint_after_seconds = 0;
  CHECK_THROWS_WITH(resnet::train(recipe, data(), run, saving),
                    Catch::Contains("the loss is") && Catch::Contains("rate 1e+30") && Catch::Contains("a smaller"));
  CHECK(resnet::read_status(run)->iteration >= 1);
  CHECK_NOTHROW(resnet::load_safetensors(run.checkpoint()));
}

TEST_CASE("a checkpoint of another net, another recipe or other data is refused, and kept") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  crash_after(short_recipe("resnet8"), run, 5, true);
  const std::string checkpoint = resnet::read_file(run.checkpoint());

  CHECK_THROWS_WITH(resnet::train(short_recipe("resnet14"), data(), run, options()),
                    Catch::Contains("another run") && Catch::Contains("resnet8") && Catch::Contains("resnet14"));
  const auto other = resnet::synthetic_cifar10(40, 20, 1);
  CHECK_THROWS_WITH(resnet::train(short_recipe("resnet8"), other, run, options()), Catch::Contains("other images"));
  const resnet::Cifar10 other_test{data().train, other.test};
  CHECK_THROWS_WITH(resnet::train(short_recipe("resnet8"), other_test, run, options()),
                    Catch::Contains(run.checkpoint().string() + ": was made with other images"));
  CHECK(resnet::read_file(run.checkpoint()) == checkpoint);

  resnet::TensorFile file = resnet::load_safetensors(run.checkpoint());
  file.tensors.pop_back();
  resnet::save_safetensors(run.checkpoint(), file);
  CHECK_THROWS_WITH(resnet::train(short_recipe("resnet8"), data(), run, options()), Catch::Contains("momentum"));
  std::ofstream(run.checkpoint(), std::ios::trunc) << "not a checkpoint";
  CHECK_THROWS_WITH(resnet::train(short_recipe("resnet8"), data(), run, options()),
                    Catch::Contains("not a safetensors file"));
}

TEST_CASE("a checkpoint with words missing, broken or beyond what it should say is refused by them, and kept") {
  const TempFolder folder;
  const RunFolder run{folder.path() / "run"};
  crash_after(short_recipe(), run, 5, true);
  const resnet::TensorFile sound = resnet::load_safetensors(run.checkpoint());
  const std::string recipe = sound.metadata.at("recipe");
  const std::string more = "initial-weights-hash = 0123456789abcdef";

  struct Edit {
    const char* key;
    std::optional<std::string> words;  // none: the key is not there
    std::string refusal;
  };
  const std::vector<Edit> edits = {
      {"step", std::nullopt, "is not a checkpoint: 'step' is missing"},
      {"recipe", std::nullopt, "is not a checkpoint: 'recipe' is missing"},
      {"data", std::nullopt, "is not a checkpoint: 'data' is missing"},
      {"step", "", "is not a checkpoint: 'step' is '', expected a count"},
      {"step", "-1", "is not a checkpoint: 'step' is '-1', expected a count"},
      {"step", "4 ", "is not a checkpoint: 'step' is '4 ', expected a count"},
      {"step", "9223372036854775808", "is not a checkpoint: 'step' is '9223372036854775808', expected a count"},
      {"warmup_end", "soon", "is not a checkpoint: 'warmup_end' is 'soon', expected a count"},
      {"step", "13", "stands at iteration 13 of 12"},
      {"recipe", "", "is a checkpoint of another run: its recipe says '', expected 'model = resnet8'"},
      {"recipe", recipe + more + "\n",
       "is a checkpoint of another run: its recipe says '" + more + "', expected no more"}};
  for (const Edit& edit : edits) {
    resnet::TensorFile file = sound;
    file.metadata.erase(edit.key);
    if (edit.words) file.metadata[edit.key] = *edit.words;
    resnet::save_safetensors(run.checkpoint(), file);
    const std::string edited = resnet::read_file(run.checkpoint());
    CHECK_THROWS_WITH(resnet::train(short_recipe(), data(), run, options()),
                      Catch::Contains(run.checkpoint().string() + ": " + edit.refusal) &&
                          Catch::Contains("move the run's folder away"));
    CHECK(resnet::read_file(run.checkpoint()) == edited);
  }
  resnet::save_safetensors(run.checkpoint(), sound);
  CHECK(resnet::train(short_recipe(), data(), run, options()) == TrainOutcome::kFinished);
}

TEST_CASE("a recipe for other kernels than the process has is refused before anything is written") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.kernels = resnet::Kernels::kEager;
  const RunFolder run{folder.path() / "run"};
  CHECK_THROWS_WITH(resnet::train(recipe, data(), run, options()),
                    Catch::Contains("the recipe asks for eager kernels, and the process has fast ones"));
  CHECK_FALSE(std::filesystem::exists(run.path));
}

TEST_CASE("a run that begins with weights under a path that is not UTF-8 ends with weights that name it") {
  const TempFolder folder;
  const RunFolder first{folder.path() / "first"};
  resnet::train(short_recipe(), data(), first, options());
  Recipe recipe = short_recipe();
  recipe.initial_weights = folder.path() / "caf\xe9.safetensors";
  std::filesystem::copy_file(first.weights(), recipe.initial_weights);
  recipe.initial_weights_hash = resnet::weights_hash(recipe.initial_weights);
  const RunFolder run{folder.path() / "run"};
  REQUIRE(resnet::train(recipe, data(), run, options()) == TrainOutcome::kFinished);
  CHECK_THAT(resnet::load_safetensors(run.weights()).metadata.at("recipe"),
             Catch::Contains("initial-weights = " + (folder.path() / "caf\xef\xbf\xbd.safetensors").string() + "\n"));
  CHECK_THAT(resnet::read_file(run.recipe()), Catch::Contains(recipe.initial_weights));
}

TEST_CASE("held-out images are evaluated on and not trained on (Section 4.2: 45k/5k)") {
  const TempFolder folder;
  Recipe recipe = short_recipe();
  recipe.validation_images = 8;
  const RunFolder run{folder.path() / "run"};
  resnet::train(recipe, data(), run, options());
  const auto result = resnet::read_result(run);
  CHECK(result.evaluated_on == "validation");
  CHECK(result.test_images == 8);
  const resnet::ImageSet& all = data().train;
  const auto part = [&](std::int64_t from, std::int64_t count) {
    resnet::ImageSet set = all;
    set.images = all.images.narrow(0, from, count);
    set.labels = all.labels.narrow(0, from, count);
    return resnet::fingerprint(set);
  };
  CHECK(result.data_fingerprint == part(0, all.size() - 8) + "-" + part(all.size() - 8, 8));
}
