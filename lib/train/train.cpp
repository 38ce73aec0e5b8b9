// SPDX-License-Identifier: MIT
#include "train/train.hpp"

#include <cmath>
#include <numeric>
#include <span>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/stop_request.hpp"
#include "core/stopwatch.hpp"
#include "dataset/split.hpp"
#include "exchange/model_state.hpp"
#include "model/make_model.hpp"
#include "record/csv_log.hpp"
#include "record/csv_table.hpp"
#include "record/provenance.hpp"
#include "train/checkpoint.hpp"
#include "train/evaluate.hpp"
#include "train/learning_rate.hpp"
#include "train/optimizer.hpp"
#include "train/train_step.hpp"

namespace resnet {
namespace {

/// The images a recipe trains on and those it evaluates on, and the mean that both are shown without.
struct Sets {
  ImageSet trained;
  ImageSet evaluated;
  torch::Tensor mean;
};

Sets sets_of(const Recipe& recipe, const Cifar10& data) {
  Sets sets{data.train, data.test, {}};
  if (recipe.validation_images > 0) {
    std::tie(sets.trained, sets.evaluated) = split_train_validation(data.train, recipe.validation_images);
  }
  sets.mean = mean_image(sets.trained);
  return sets;
}

double mean_of_last(const std::vector<double>& values, std::size_t count) {
  const auto last = std::span(values).last(std::min(count, values.size()));
  return std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
}

/// The iterations from 1 to `last` that a log has a row of.
std::vector<std::int64_t> logged_iterations(const std::function<bool(std::int64_t)>& has_row, std::int64_t last) {
  std::vector<std::int64_t> iterations;
  for (std::int64_t i = 1; i <= last; ++i) {
    if (has_row(i)) iterations.push_back(i);
  }
  return iterations;
}

/// One training on its way: the files of its run, and what stands in memory between two steps.
class Training {
 public:
  Training(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options);

  TrainOutcome go();

 private:
  void restore();
  void step(const Batch& batch);
  bool evaluate_test_set();
  bool finish();
  void save();
  void report(double learning_rate, double loss, double seconds);

  bool should_stop() const { return stop_requested() || session_.seconds() >= options_.stop_after_seconds; }
  std::optional<Evaluation> evaluate_on(const ImageSet& set) {
    return evaluate(*model_, set, sets_.mean, options_.runtime.device, [this] { return should_stop(); });
  }
  std::size_t batches_per_epoch() const {
    return static_cast<std::size_t>((sets_.trained.size() + recipe_.batch - 1) / recipe_.batch);
  }

  const Recipe& recipe_;
  const RunFolder& run_;
  const TrainOptions& options_;
  const std::int64_t iterations_;
  Sets sets_;
  std::shared_ptr<Classifier> model_;
  Sgd optimizer_;
  TrainState state_;
  std::int64_t first_step_ = 0;
  RunStatus earlier_;  // what former processes spent
  std::string started_utc_ = utc_now();
  Stopwatch session_;
  Stopwatch since_checkpoint_;
  std::unique_ptr<CsvLog> train_log_;
  std::unique_ptr<CsvLog> eval_log_;
  std::vector<double> batch_errors_percent_;
  double seconds_per_step_ = 0;
};

std::shared_ptr<Classifier> model_on(torch::Device device, const Recipe& recipe) {
  auto model = make_model(recipe.model, recipe.seed);
  model->to(device);
  return model;
}

Training::Training(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options)
    : recipe_(recipe),
      run_(run),
      options_(options),
      iterations_(scheduled_iterations(recipe)),
      sets_(sets_of(recipe, data)),
      model_(model_on(options.runtime.device, recipe)),
      optimizer_(model_->parameters(), recipe.momentum, recipe.weight_decay) {
  restore();
}

void Training::restore() {
  state_.data_fingerprint = fingerprint(sets_.trained);
  if (std::filesystem::exists(run_.checkpoint())) {
    state_ = load_checkpoint(run_.checkpoint(), *model_, optimizer_, recipe_, state_.data_fingerprint);
    earlier_ = read_status(run_).value_or(RunStatus{});
    options_.on_event(fmt::format("goes on after iteration {} of {}", state_.step, iterations_));
  }
  first_step_ = state_.step;
  write_atomically(run_.recipe(), recipe_ini(recipe_));
  train_log_ = std::make_unique<CsvLog>(run_.train_csv(),
                                        std::vector<std::string>{"learning_rate", "loss_nats", "error_percent"},
                                        state_.step, logged_iterations([](std::int64_t) { return true; }, state_.step));
  eval_log_ = std::make_unique<CsvLog>(
      run_.eval_csv(), std::vector<std::string>{"training_error_percent", "test_error_percent", "test_loss_nats"},
      state_.step,
      logged_iterations([&](std::int64_t iteration) { return is_evaluated_after(recipe_, iteration); },
                        state_.step - 1));  // the evaluation at the checkpoint may still be to come
  if (state_.step > 0) batch_errors_percent_ = read_csv(run_.train_csv()).column("error_percent");
}

TrainOutcome Training::go() {
  const BatchStream stream(sets_.trained, sets_.mean, recipe_.batch, recipe_.padding, recipe_.seed);
  Prefetch batches(stream, state_.step, iterations_, options_.loader_threads);
  while (state_.step < iterations_) {
    if (is_evaluated_after(recipe_, state_.step) && eval_log_->last_iteration() < state_.step && !evaluate_test_set()) {
      return TrainOutcome::kStopped;
    }
    step(batches.next());
    if (should_stop() || since_checkpoint_.seconds() >= options_.checkpoint_after_seconds) save();
    if (should_stop()) return TrainOutcome::kStopped;
  }
  save();
  return finish() ? TrainOutcome::kFinished : TrainOutcome::kStopped;
}

void Training::step(const Batch& batch) {
  const Stopwatch stopwatch;
  const double rate = rate_at(recipe_, state_.step, state_.warmup_end);
  const StepResult result = train_step(*model_, optimizer_, batch, rate, options_.runtime.device);
  require(std::isfinite(result.loss_nats),
          "{}: the loss is {} at iteration {} with rate {}; the checkpoint before it is kept; try another "
          "--seed, or a smaller rate with ./run train",
          run_.path.string(), result.loss_nats, state_.step + 1, rate);

  ++state_.step;
  const double error_percent = 100.0 * static_cast<double>(result.errors) / static_cast<double>(recipe_.batch);
  batch_errors_percent_.push_back(error_percent);
  train_log_->add(state_.step, {rate, result.loss_nats, error_percent});
  if (recipe_.warmup_rate > 0 && !state_.warmup_end && ends_warmup(recipe_, batch_errors_percent_)) {
    state_.warmup_end = state_.step;
    options_.on_event(fmt::format("the warm-up is over after {} iterations", state_.step));
  }
  report(rate, result.loss_nats, stopwatch.seconds());
}

bool Training::evaluate_test_set() {
  // An evaluation of a deep net takes minutes: what was trained before it must not hang on it.
  if (since_checkpoint_.seconds() >= options_.checkpoint_after_seconds / 3) save();
  const auto test = evaluate_on(sets_.evaluated);
  if (!test) {
    save();
    return false;
  }
  eval_log_->add(state_.step,
                 {mean_of_last(batch_errors_percent_, batches_per_epoch()), test->error_percent(), test->loss_nats});
  return true;
}

bool Training::finish() {
  options_.on_event("trained; the final errors are measured");
  const auto test = evaluate_on(sets_.evaluated);
  const auto plain = test ? evaluate_on(sets_.trained) : std::nullopt;
  if (!plain) return false;
  const double training_error = mean_of_last(batch_errors_percent_, batches_per_epoch());
  if (eval_log_->last_iteration() < state_.step) {
    eval_log_->add(state_.step, {training_error, test->error_percent(), test->loss_nats});
  }
  save();

  TensorFile weights;
  add_model_state(weights, *model_);
  weights.metadata = {
      {"format", "pt"}, {"model", model_name(recipe_.model)}, {"shortcut", shortcut_name(recipe_.model.shortcut)}};
  save_safetensors(run_.weights(), weights);

  RunResult result;
  result.model = model_name(recipe_.model);
  result.shortcut = shortcut_name(recipe_.model.shortcut);
  result.schedule = recipe_.schedule.text();
  result.precision = precision_name(recipe_.precision);
  result.data = data_name(recipe_.data);
  result.evaluated_on = recipe_.validation_images > 0 ? "validation" : "test";
  result.seed = recipe_.seed;
  const auto image_size = sets_.trained.images.sizes();
  result.parameters = model_->cost(image_size[2], image_size[3]).parameters();
  result.iterations = iterations_;
  result.test_images = test->images;
  result.test_errors = test->errors;
  result.test_error_percent = test->error_percent();
  result.test_loss_nats = test->loss_nats;
  result.training_error_percent = training_error;
  result.plain_training_error_percent = plain->error_percent();
  result.seconds = earlier_.seconds + session_.seconds();
  write_result(run_, result);
  return true;
}

void Training::save() {
  // The rows first: a checkpoint promises that the logs reach as far as it does.
  train_log_->sync();
  eval_log_->sync();
  save_checkpoint(run_.checkpoint(), *model_, optimizer_, state_, recipe_);
  write_status(run_, {state_.step, iterations_, earlier_.seconds + session_.seconds()});
  Session session;
  session.started_utc = started_utc_;
  session.command = options_.command;
  session.libtorch = libtorch_version();
  session.device = options_.runtime.device.str();
  session.precision = precision_name(recipe_.precision);
  session.threads = options_.runtime.threads;
  session.from_iteration = first_step_;
  session.to_iteration = state_.step;
  session.seconds = session_.seconds();
  record_session(run_, session);
  since_checkpoint_.restart();
}

void Training::report(double learning_rate, double loss, double seconds) {
  constexpr double kForget = 0.05;  // of the average over steps: smooth, yet follows a machine that slows down
  seconds_per_step_ = seconds_per_step_ == 0 ? seconds : (1 - kForget) * seconds_per_step_ + kForget * seconds;
  const auto done = static_cast<double>(state_.step - first_step_);
  TrainProgress progress;
  progress.iteration = state_.step;
  progress.iterations = iterations_;
  progress.learning_rate = learning_rate;
  progress.loss_nats = loss;
  progress.training_error_percent = mean_of_last(batch_errors_percent_, batches_per_epoch());
  progress.images_per_second = static_cast<double>(recipe_.batch) / seconds_per_step_;
  progress.seconds_left = session_.seconds() / done * static_cast<double>(iterations_ - state_.step);
  options_.on_step(progress);
}

}  // namespace

TrainOutcome train(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options) {
  check_recipe(recipe);
  make_folder(run.path);
  const FileLock lock(run.lock());
  if (run.is_finished()) return TrainOutcome::kFinished;
  return Training(recipe, data, run, options).go();
}

}  // namespace resnet
