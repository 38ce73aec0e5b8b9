// SPDX-License-Identifier: MIT
#include "detector/train_detector.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "batch/epoch_order.hpp"
#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "core/file.hpp"
#include "core/file_lock.hpp"
#include "core/seed.hpp"
#include "core/shown.hpp"
#include "core/stopwatch.hpp"
#include "detector/detector_loss.hpp"
#include "detector/trained_detector.hpp"
#include "exchange/model_state.hpp"
#include "exchange/trained_model.hpp"
#include "record/csv_log.hpp"
#include "tensor/precision.hpp"
#include "train/checkpoint_file.hpp"
#include "train/data_fingerprint.hpp"
#include "train/initial_weights.hpp"
#include "train/optimizer.hpp"
#include "train/session.hpp"

namespace resnet {
namespace {

/// The four terms of the loss and their sum: the columns of train.csv after the rate.
using LossTerms = std::array<double, 5>;
const std::vector<std::string> kColumns = {
    "learning_rate", "loss", "anchor_logit_loss", "anchor_offset_loss", "region_logit_loss", "region_offset_loss"};

/// All of an image's objects are held against all boxes: more of them would take gigabytes.
constexpr std::size_t kMostObjects = 5000;

/// The images that have something to be learnt.
std::vector<std::size_t> images_with_objects(const AnnotatedSet& set,
                                             const std::vector<std::vector<AnnotatedObject>>& objects) {
  std::vector<std::size_t> images;
  for (std::size_t i = 0; i < objects.size(); ++i) {
    require(objects[i].size() <= kMostObjects, "{}: the image {} has {} objects, expected at most {}", set.source,
            shown(set.images[i]), objects[i].size(), kMostObjects);
    const bool has_one = std::ranges::any_of(objects[i], [](const AnnotatedObject& object) {
      return object.kind == ObjectKind::kPlain && object.box.area() > 0;
    });
    if (has_one) images.push_back(i);
  }
  require(!images.empty(),
          "{}: none of its {} images has an object to learn, but for difficult ones and crowds; is it the right split?",
          set.source, set.images.size());
  return images;
}

/// One training on its way: the files of its run, and what stands in memory between two steps.
class DetectorTraining {
 public:
  DetectorTraining(const DetectorRecipe& recipe, const AnnotatedPhotos& photos, const RunFolder& run,
                   const DetectorTrainOptions& options);

  TrainOutcome go();

 private:
  void begin();
  DetectionExample example(std::int64_t k) const;
  bool step(Prefetch<DetectionExample>& examples);  // false if a stop was asked for on its way, and it did nothing
  LossTerms learn(const DetectionExample& example, std::int64_t k);
  void save();
  void report(double rate, double loss);

  const DetectorRecipe& recipe_;
  const AnnotatedPhotos& photos_;
  const RunFolder& run_;
  const DetectorTrainOptions& options_;
  const std::int64_t iterations_;
  const std::string fingerprint_;
  const std::vector<std::vector<AnnotatedObject>> objects_;  // of each image
  const std::vector<std::size_t> images_;                    // those that have something to be learnt
  const EpochOrder order_;
  std::shared_ptr<Detector> detector_;
  Normalization input_ = parse_normalization("none", "none");  // unless the classifier has its own
  std::optional<Sgd> optimizer_;
  std::optional<CsvLog> log_;
  std::int64_t step_ = 0;
  std::int64_t first_step_ = 0;
  double earlier_seconds_ = 0;
  double smooth_loss_ = 0;
  Session provenance_;
  Stopwatch session_;
  Stopwatch since_checkpoint_;
};

DetectorTraining::DetectorTraining(const DetectorRecipe& recipe, const AnnotatedPhotos& photos, const RunFolder& run,
                                   const DetectorTrainOptions& options)
    : recipe_(recipe),
      photos_(photos),
      run_(run),
      options_(options),
      iterations_(scheduled_iterations(recipe)),
      fingerprint_(fingerprint(photos)),
      objects_(objects_by_image(photos.set)),
      images_(images_with_objects(photos.set, objects_)),
      order_(static_cast<std::int64_t>(images_.size()), recipe.seed),
      detector_(make_detector(recipe.detector, recipe.seed)),
      provenance_(begin_session(options.runtime, recipe.precision, options.command, options.commit)) {
  begin();
}

void DetectorTraining::begin() {
  if (!recipe_.classifier.empty()) {
    const TrainedModel trained = initial_model(recipe_.classifier, recipe_.classifier_hash, "classifier-hash");
    begin_with_classifier(*detector_, recipe_.classifier, trained);
    input_ = trained.input;
  } else {
    options_.on_event("begins at random weights, of which the first layers stay as they are: it will learn little");
  }
  detector_->to(options_.runtime.device);
  optimizer_.emplace(detector_->trained_parameters(), recipe_.momentum, recipe_.weight_decay);
  if (std::filesystem::exists(run_.checkpoint())) {
    const CheckpointFile file(run_.checkpoint());
    file.require_recipe(recipe_lines(recipe_));
    require_same_data(run_.checkpoint(), file.text("data"), fingerprint_);
    step_ = file.step(iterations_);
    file.restore(*detector_, *optimizer_);
    earlier_seconds_ = earlier_status(run_, options_.on_event).seconds;
    options_.on_event(fmt::format("goes on after iteration {} of {}", step_, iterations_));
    tell_changes(run_, provenance_, options_.on_event);
  }
  first_step_ = step_;
  std::vector<std::int64_t> steps;
  for (std::int64_t i = 1; i <= step_; ++i) steps.push_back(i);
  log_.emplace(run_.train_csv(), kColumns, step_, steps);
  write_atomically(run_.recipe(), recipe_ini(recipe_));
}

DetectionExample DetectorTraining::example(std::int64_t k) const {
  const std::size_t image = images_[static_cast<std::size_t>(order_.image(k))];
  return training_example(photos_.files[image], objects_[image], recipe_.sizes, input_, recipe_.seed, k);
}

TrainOutcome DetectorTraining::go() {
  Prefetch<DetectionExample> examples([this](std::int64_t k) { return example(k); }, step_ * recipe_.batch,
                                      iterations_ * recipe_.batch, options_.loader_threads);
  while (step_ < iterations_) {
    const Stopwatch stopwatch;
    const bool is_cut_short = !step(examples);
    const bool stops =
        is_cut_short || options_.is_stop_requested() || session_.seconds() >= options_.stop_after_seconds;
    const bool is_due = since_checkpoint_.seconds() + stopwatch.seconds() >= options_.checkpoint_after_seconds;
    if (stops || is_due || step_ == iterations_) save();
    if (stops && step_ < iterations_) {
      options_.on_event(fmt::format("stopped after iteration {} of {}; the same command goes on", step_, iterations_));
      return TrainOutcome::kStopped;
    }
  }
  save_trained_detector(run_.weights(),
                        {detector_, input_, recipe_.sizes, photos_.set.class_names, recipe_ini(recipe_)});
  return TrainOutcome::kFinished;
}

bool DetectorTraining::step(Prefetch<DetectionExample>& examples) {
  const double rate = rate_at(recipe_, step_);
  LossTerms terms{};
  for (std::int64_t i = 0; i < recipe_.batch; ++i) {
    if (i > 0 && options_.is_stop_requested()) {  // a step of many images may take minutes
      detector_->zero_grad();
      return false;
    }
    const LossTerms of_image = learn(examples.next(), step_ * recipe_.batch + i);
    for (std::size_t term = 0; term < terms.size(); ++term) {
      terms[term] += of_image[term] / static_cast<double>(recipe_.batch);
    }
    require(std::isfinite(terms[0]),
            "{}: the loss is {} at iteration {} with rate {}; the checkpoint before it is kept; try a smaller "
            "--learning-rate",
            run_.path.string(), terms[0], step_ + 1, rate);
  }
  optimizer_->step(rate);
  detector_->zero_grad();
  ++step_;
  log_->add(step_, {rate, terms[0], terms[1], terms[2], terms[3], terms[4]});
  report(rate, terms[0]);
  return true;
}

LossTerms DetectorTraining::learn(const DetectionExample& example, std::int64_t k) {
  const torch::Device device = options_.runtime.device;
  DetectorLoss loss;
  {
    const PrecisionScope precision(recipe_.precision, device);
    loss = detector_loss(*detector_, example.image.to(device), example.objects, {},
                         derive_seed(recipe_.seed, "boxes", static_cast<std::uint64_t>(k)));
  }
  const torch::Tensor sum = loss.sum();
  (sum / static_cast<double>(recipe_.batch)).backward();
  return {sum.item<double>(), loss.anchor_logits.item<double>(), loss.anchor_offsets.item<double>(),
          loss.region_logits.item<double>(), loss.region_offsets.item<double>()};
}

void DetectorTraining::save() {
  require(is_finite(*detector_),
          "{}: weights are not finite at iteration {}; the checkpoint before it is kept; try a "
          "smaller --learning-rate",
          run_.path.string(), step_);
  log_->sync();  // the rows first: a checkpoint promises that the log reaches as far as it does
  save_checkpoint_file(run_.checkpoint(), *detector_, *optimizer_,
                       {{"step", std::to_string(step_)}, {"recipe", recipe_lines(recipe_)}, {"data", fingerprint_}});
  write_status(run_, {step_, iterations_, earlier_seconds_ + session_.seconds()});
  provenance_.from_iteration = first_step_;
  provenance_.to_iteration = step_;
  provenance_.seconds = session_.seconds();
  record_session(run_, provenance_);
  since_checkpoint_.restart();
}

void DetectorTraining::report(double rate, double loss) {
  constexpr double kForget = 0.05;
  smooth_loss_ = step_ == first_step_ + 1 ? loss : (1 - kForget) * smooth_loss_ + kForget * loss;
  const auto done = static_cast<double>(step_ - first_step_);
  options_.on_step(
      {step_, iterations_, rate, smooth_loss_, session_.seconds() / done * static_cast<double>(iterations_ - step_)});
}

}  // namespace

bool is_finished_detector(const RunFolder& run) { return std::filesystem::exists(run.weights()); }

TrainOutcome train_detector(const DetectorRecipe& recipe, const AnnotatedPhotos& photos, const RunFolder& run,
                            const DetectorTrainOptions& options) {
  check_recipe(recipe);
  require(recipe.kernels == options.runtime.kernels, "{}: the recipe asks for {} kernels, and the process has {} ones",
          run.path.string(), kernels_name(recipe.kernels), kernels_name(options.runtime.kernels));
  require(std::cmp_equal(photos.set.class_names.size(), recipe.detector.classes()),
          "{}: has {} classes, and the recipe {}", photos.set.source, photos.set.class_names.size(),
          recipe.detector.classes());
  if (is_finished_detector(run)) return TrainOutcome::kFinished;
  make_folder(run.path);
  const FileLock lock(run.lock());
  if (is_finished_detector(run)) return TrainOutcome::kFinished;  // by the process that held the lock
  return DetectorTraining(recipe, photos, run, options).go();
}

}  // namespace resnet
