// SPDX-License-Identifier: MIT
#include "train/train.hpp"

#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/stopwatch.hpp"
#include "exchange/model_state.hpp"
#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"
#include "record/csv_log.hpp"
#include "record/csv_table.hpp"
#include "tensor/caching_allocator.hpp"
#include "train/batch_statistics.hpp"
#include "train/checkpoint.hpp"
#include "train/data_fingerprint.hpp"
#include "train/evaluate.hpp"
#include "train/gradient_norms.hpp"
#include "train/initial_weights.hpp"
#include "train/learning_rate.hpp"
#include "train/optimizer.hpp"
#include "train/plateau.hpp"
#include "train/session.hpp"
#include "train/train_step.hpp"

namespace resnet {
namespace {

const char* evaluated_on(const Recipe& recipe) {
  return takes_photos(recipe) || recipe.validation_images > 0 ? "validation" : "test";
}

std::vector<std::string> evaluation_columns(const Recipe& recipe) {
  std::vector<std::string> columns = {"training_error_percent", "test_error_percent", "test_loss_nats"};
  if (takes_photos(recipe)) {
    columns.emplace_back("test_top5_error_percent");
    columns.emplace_back("test_images");  // some may be files that cannot be read
  }
  return columns;
}

double mean_of_last(const std::vector<double>& values, std::size_t count) {
  const auto last = std::span(values).last(std::min(count, values.size()));
  return std::accumulate(last.begin(), last.end(), 0.0) / static_cast<double>(last.size());
}

/// One training on its way: the files of its run, and what stands in memory between two steps.
class Training {
 public:
  Training(const Recipe& recipe, const TrainingData& data, const RunFolder& run, const TrainOptions& options);

  TrainOutcome go();

 private:
  void restore();
  void open_logs();
  void step(Prefetch<Batch>& pieces);
  void evaluate_now();
  void take_statistics();
  void count_drops();
  bool finish();
  void write_weights() const;
  void write_result(const Evaluation& single_view) const;
  void save();
  void record();
  void report(double learning_rate, double loss, double seconds);
  void require_finite(bool is_finite, const std::string& what, double rate) const;

  bool should_stop() const { return options_.is_stop_requested() || session_.seconds() >= options_.stop_after_seconds; }
  bool is_evaluation_due() const {
    return is_evaluated_after(recipe_, state_.step) && eval_log_->last_iteration() < state_.step;
  }
  bool are_statistics_due() const {
    return recipe_.statistics_batches > 0 && state_.step == iterations_ && !state_.has_exact_statistics;
  }
  bool is_checkpoint_due() const {
    const double next_seconds = are_statistics_due() || is_evaluation_due() ? evaluation_seconds_ : step_seconds_;
    return since_checkpoint_.seconds() + next_seconds >= options_.checkpoint_after_seconds;
  }
  /// Whether the step on its way is the first, or one of every so many.
  bool is_gradient_logged() const {
    const std::int64_t iteration = state_.step + 1;
    return gradient_log_ && (iteration == 1 || iteration % recipe_.schedule.of(options_.log_gradients_every) == 0);
  }
  /// The pieces of the steps from `first` to `end`.
  Prefetch<Batch> pieces_of_steps(std::int64_t first, std::int64_t end) const {
    const BatchInPieces& batches = data_.batches;
    return {batches.making, first * batches.pieces, end * batches.pieces, options_.loader_threads};
  }
  /// The next piece, once it was told what is missing from it.
  Batch next_of(Prefetch<Batch>& pieces) {
    Batch piece = pieces.next();
    for (const std::string& sentence : piece.left_out) tell_left_out(sentence);
    return piece;
  }
  std::optional<Evaluation> evaluate_on(const TestImages& images, const std::string& what);
  void tell_left_out(const std::string& sentence) {
    if (left_out_.insert(sentence).second) options_.on_event(sentence);
  }
  double training_error_percent() const {
    return mean_of_last(batch_errors_percent_,
                        static_cast<std::size_t>((data_.epoch_images + recipe_.batch - 1) / recipe_.batch));
  }
  double rate() const { return rate_at(recipe_, state_.step, state_.warmup_end, drops_); }
  double seconds() const { return earlier_.seconds + session_.seconds(); }

  const Recipe& recipe_;
  const RunFolder& run_;
  const TrainOptions& options_;
  const std::int64_t iterations_;
  const TrainingData& data_;
  std::shared_ptr<Classifier> model_;
  Sgd optimizer_;
  TrainState state_;
  std::int64_t first_step_ = 0;
  RunStatus earlier_;  // what former processes spent
  Session provenance_;
  Stopwatch session_;
  Stopwatch since_checkpoint_;
  double step_seconds_ = 0;                                              // the last one's
  double evaluation_seconds_ = std::numeric_limits<double>::infinity();  // the last one's; not known yet
  std::unique_ptr<CsvLog> train_log_;
  std::unique_ptr<CsvLog> eval_log_;
  std::unique_ptr<CsvLog> gradient_log_;  // null where they are not logged
  std::vector<double> batch_errors_percent_;
  std::vector<double> test_errors_percent_;
  std::int64_t drops_ = 0;          // of the rate, by plateaus of the test error
  std::set<std::string> left_out_;  // the files of which it was told that they cannot be read
  double smooth_step_seconds_ = 0;
};

std::shared_ptr<Classifier> model_on(torch::Device device, const Recipe& recipe) {
  auto model = make_model(recipe.model, recipe.seed);
  model->to(device);
  return model;
}

Training::Training(const Recipe& recipe, const TrainingData& data, const RunFolder& run, const TrainOptions& options)
    : recipe_(recipe),
      run_(run),
      options_(options),
      iterations_(scheduled_iterations(recipe)),
      data_(data),
      model_(model_on(options.runtime.device, recipe)),
      optimizer_(model_->parameters(), recipe.momentum, recipe.weight_decay),
      provenance_(begin_session(options.runtime, recipe.precision, options.command, options.commit)) {
  model_->recompute_blocks(options.recompute_blocks);
  restore();
}

void Training::restore() {
  if (std::filesystem::exists(run_.checkpoint())) {
    state_ = load_checkpoint(run_.checkpoint(), *model_, optimizer_, recipe_, data_.fingerprint);
    earlier_ = earlier_status(run_, options_.on_event);
    options_.on_event(fmt::format("goes on after iteration {} of {}", state_.step, iterations_));
    tell_changes(run_, provenance_, options_.on_event);
  } else if (!recipe_.initial_weights.empty()) {
    options_.on_event(begin_with_weights(*model_, recipe_, data_.trained.class_names));
  }
  first_step_ = state_.step;
  open_logs();
  write_atomically(run_.recipe(), recipe_ini(recipe_));
}

void Training::open_logs() {
  std::vector<std::int64_t> steps;
  std::vector<std::int64_t> evaluations;  // that at the checkpoint's own iteration may still be to come
  for (std::int64_t i = 1; i <= state_.step; ++i) {
    steps.push_back(i);
    if (i < state_.step && is_evaluated_after(recipe_, i)) evaluations.push_back(i);
  }
  train_log_ = std::make_unique<CsvLog>(
      run_.train_csv(), std::vector<std::string>{"learning_rate", "loss_nats", "error_percent"}, state_.step, steps);
  eval_log_ = std::make_unique<CsvLog>(run_.eval_csv(), evaluation_columns(recipe_), state_.step, evaluations);
  if (options_.log_gradients_every > 0) {  // no rows are required: another process may have logged none, or others
    gradient_log_ = std::make_unique<CsvLog>(run_.gradients_csv(), weighted_layers(*model_), state_.step);
  }
  batch_errors_percent_ = read_csv(run_.train_csv()).column("error_percent");
  test_errors_percent_ = read_csv(run_.eval_csv()).column("test_error_percent");
  drops_ = plateau_drops(recipe_.plateau, test_errors_percent_);
}

TrainOutcome Training::go() {
  Prefetch<Batch> pieces = pieces_of_steps(state_.step, iterations_);
  while (are_statistics_due() || is_evaluation_due() || state_.step < iterations_) {
    const Stopwatch stopwatch;
    if (are_statistics_due()) {
      take_statistics();
    } else if (is_evaluation_due()) {
      evaluate_now();
      evaluation_seconds_ = stopwatch.seconds();
    } else {
      step(pieces);
      step_seconds_ = stopwatch.seconds();
    }
    const bool stops = should_stop();  // asked once: it may turn true at any moment, and what stops must be saved
    if (stops || is_checkpoint_due()) save();
    if (stops) return TrainOutcome::kStopped;
  }
  return finish() ? TrainOutcome::kFinished : TrainOutcome::kStopped;
}

void Training::step(Prefetch<Batch>& pieces) {
  const Stopwatch stopwatch;
  const double rate = this->rate();
  std::vector<double> norms;
  const auto next = [&] { return next_of(pieces); };
  const StepResult result = train_step(*model_, optimizer_, {data_.batches.batch, data_.batches.pieces, next}, rate,
                                       recipe_.precision, options_.runtime.device, [&](const Classifier& model) {
                                         if (is_gradient_logged()) norms = gradient_norms(model);
                                       });
  ++state_.step;
  require_finite(std::isfinite(result.loss_nats), fmt::format("loss is {}", result.loss_nats), rate);

  const double error_percent = 100.0 * static_cast<double>(result.errors) / static_cast<double>(result.images);
  batch_errors_percent_.push_back(error_percent);
  train_log_->add(state_.step, {rate, result.loss_nats, error_percent});
  if (!norms.empty()) gradient_log_->add(state_.step, norms);
  if (recipe_.warmup_rate > 0 && !state_.warmup_end && ends_warmup(recipe_, batch_errors_percent_)) {
    state_.warmup_end = state_.step;
    options_.on_event(fmt::format("the warm-up is over after {} iterations", state_.step));
  }
  report(rate, result.loss_nats, stopwatch.seconds());
}

std::optional<Evaluation> Training::evaluate_on(const TestImages& images, const std::string& what) {
  const PrecisionScope precision(recipe_.precision, options_.runtime.device);
  const auto goes_on = [&](std::int64_t done) {
    options_.on_evaluation({state_.step, what, done, images.images});
    return !options_.is_stop_requested();  // not the time limit: one shorter than this would end no run
  };
  return evaluate(*model_, images, options_.runtime.device, goes_on,
                  [&](const std::string& sentence) { tell_left_out(sentence); });
}

void Training::evaluate_now() {
  const auto test = evaluate_on(data_.evaluated, fmt::format("{} error", evaluated_on(recipe_)));
  if (!test) return;
  std::vector<double> row = {training_error_percent(), test->error_percent(), test->loss_nats};
  if (takes_photos(recipe_)) {
    row.push_back(test->top5_error_percent());
    row.push_back(static_cast<double>(test->images));
  }
  eval_log_->add(state_.step, row);
  test_errors_percent_.push_back(test->error_percent());
  count_drops();
}

void Training::count_drops() {
  const std::int64_t before = std::exchange(drops_, plateau_drops(recipe_.plateau, test_errors_percent_));
  if (drops_ == before || state_.step == iterations_ || !recipe_.milestones.empty()) return;
  options_.on_event(fmt::format("the {} error plateaus after {} iterations, and the rate is divided by 10",
                                evaluated_on(recipe_), state_.step));
}

void Training::take_statistics() {
  // What the net would be trained on next: no image of a batch was its last one.
  Prefetch<Batch> pieces = pieces_of_steps(iterations_, iterations_ + recipe_.statistics_batches);
  const std::int64_t count = recipe_.statistics_batches * data_.batches.pieces;
  const PrecisionScope precision(recipe_.precision, options_.runtime.device);
  const auto goes_on = [&](std::int64_t done) {
    options_.on_evaluation({state_.step, "batch norm's statistics", done * data_.batches.batch / data_.batches.pieces,
                            recipe_.statistics_batches * data_.batches.batch});
    return !options_.is_stop_requested();
  };
  state_.has_exact_statistics = take_batch_statistics(
      *model_, count, [&] { return next_of(pieces); }, recipe_.model.bn_batch, options_.runtime.device, goes_on);
}

bool Training::finish() {
  save();  // the test result stands before the long way through the training images
  options_.on_event("trained; the training error in evaluation mode is measured");
  const auto single_view = evaluate_on(data_.trained, "training error, single view");
  if (single_view) {
    record();
    write_weights();
    write_result(*single_view);
  }
  return single_view.has_value();
}

void Training::write_weights() const {
  save_trained_model(run_.weights(),
                     {recipe_.model, model_, data_.input, data_.trained.class_names, recipe_ini(recipe_)});
}

void Training::write_result(const Evaluation& single_view) const {
  const CsvTable evaluations = read_csv(run_.eval_csv());  // where the last one may be that of a former process
  RunResult result;
  result.model = model_name(recipe_.model);
  result.shortcut = shortcut_name(recipe_.model);
  result.schedule = recipe_.schedule.text();
  result.precision = precision_name(recipe_.precision);
  result.data = data_name(recipe_.data);
  result.data_fingerprint = data_.fingerprint;
  result.evaluated_on = evaluated_on(recipe_);
  result.seed = recipe_.seed;
  result.parameters = model_->cost(data_.image_size, data_.image_size).parameters();
  result.iterations = iterations_;
  result.test_images =
      takes_photos(recipe_) ? std::llround(evaluations.column("test_images").back()) : data_.evaluated.images;
  result.test_error_percent = evaluations.column("test_error_percent").back();
  result.test_errors = std::llround(result.test_error_percent / 100 * static_cast<double>(result.test_images));
  result.test_loss_nats = evaluations.column("test_loss_nats").back();
  result.training_error_percent = evaluations.column("training_error_percent").back();
  result.single_view_training_error_percent = single_view.error_percent();
  result.seconds = seconds();
  resnet::write_result(run_, result);
}

void Training::save() {
  require_finite(is_finite(*model_), "weights or the BN statistics are not finite",
                 rate_at(recipe_, state_.step - 1, state_.warmup_end, drops_));
  // The rows first: a checkpoint promises that the logs reach as far as it does.
  train_log_->sync();
  eval_log_->sync();
  if (gradient_log_) gradient_log_->sync();
  save_checkpoint(run_.checkpoint(), *model_, optimizer_, state_, recipe_, data_.fingerprint);
  record();
  since_checkpoint_.restart();
}

void Training::record() {
  write_status(run_, {state_.step, iterations_, seconds()});
  provenance_.from_iteration = first_step_;
  provenance_.to_iteration = state_.step;
  provenance_.seconds = session_.seconds();
  record_session(run_, provenance_);
}

void Training::require_finite(bool is_finite, const std::string& what, double rate) const {
  const bool has_checkpoint = std::filesystem::exists(run_.checkpoint());
  require(is_finite, "{}: the {} at iteration {} with rate {}; {}try `train` with a smaller --learning-rate",
          run_.path.string(), what, state_.step, rate, has_checkpoint ? "the checkpoint before it is kept; " : "");
}

void Training::report(double learning_rate, double loss, double seconds) {
  constexpr double kForget = 0.05;  // of the average over steps: smooth, yet follows a machine that slows down
  smooth_step_seconds_ = smooth_step_seconds_ == 0 ? seconds : (1 - kForget) * smooth_step_seconds_ + kForget * seconds;
  const auto done = static_cast<double>(state_.step - first_step_);
  TrainProgress progress;
  progress.iteration = state_.step;
  progress.iterations = iterations_;
  progress.learning_rate = learning_rate;
  progress.loss_nats = loss;
  progress.training_error_percent = training_error_percent();
  progress.images_per_second = static_cast<double>(recipe_.batch) / smooth_step_seconds_;
  progress.seconds_left = session_.seconds() / done * static_cast<double>(iterations_ - state_.step);
  options_.on_step(progress);
}

bool is_finished_with(const RunFolder& run, const TrainingData& data) {
  if (!run.is_finished()) return false;
  require_same_data(run, data.fingerprint);
  return true;
}

}  // namespace

TrainOutcome train(const Recipe& recipe, const TrainingData& data, const RunFolder& run, const TrainOptions& options) {
  check_recipe(recipe);
  require(recipe.kernels == options.runtime.kernels, "{}: the recipe asks for {} kernels, and the process has {} ones",
          run.path.string(), kernels_name(recipe.kernels), kernels_name(options.runtime.kernels));
  require(!options.recompute_blocks || recipe.model.design != Design::kVgg,
          "recompute_blocks: {} has no blocks; leave it out", model_name(recipe.model));
  if (is_finished_with(run, data)) return TrainOutcome::kFinished;
  make_folder(run.path);
  const FileLock lock(run.lock());
  if (is_finished_with(run, data)) return TrainOutcome::kFinished;  // by the process that held the lock
  drop_cached_memory();                                             // that of an earlier, larger net is not this run's
  begin_peak_memory();
  return Training(recipe, data, run, options).go();
}

TrainOutcome train(const Recipe& recipe, const Cifar10& data, const RunFolder& run, const TrainOptions& options) {
  check_recipe(recipe);
  return train(recipe, training_data(recipe, data), run, options);
}

}  // namespace resnet
