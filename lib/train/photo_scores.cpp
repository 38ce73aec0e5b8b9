// SPDX-License-Identifier: MIT
#include "train/photo_scores.hpp"

#include <ATen/Functions.h>
#include <c10/core/InferenceMode.h>

#include <utility>

#include "batch/prefetch.hpp"
#include "core/error.hpp"
#include "train/evaluate.hpp"

namespace resnet {
namespace {

/// What is known of each photograph scored so far, in order.
class Scored {
 public:
  explicit Scored(const PhotoSet& set) : set_(set) {}

  void add(const torch::Tensor& probabilities, const std::vector<std::int64_t>& photos) {
    require(std::cmp_equal(probabilities.size(1), set_.class_names.size()),
            "the net gives {} scores an image, and {} has {} classes", probabilities.size(1), set_.folder.string(),
            set_.class_names.size());
    const torch::Tensor broken = probabilities.isfinite().all(1).logical_not().nonzero();
    if (broken.size(0) > 0) {
      fail("{}: its scores are not finite; are these the weights, and the --mean and --std, of the net?",
           name_of(photos[static_cast<std::size_t>(broken[0].item<std::int64_t>())]));
    }
    probabilities_.push_back(probabilities);
    photos_.insert(photos_.end(), photos.begin(), photos.end());
  }

  ImageScores scores() const {
    require(!photos_.empty(), "{}: none of its photographs could be read", set_.folder.string());
    ImageScores scores;
    scores.probabilities = at::cat(probabilities_);
    scores.class_names = set_.class_names;
    std::vector<std::int64_t> labels;
    auto scored = photos_.begin();  // in the order of the set
    for (std::int64_t photo = 0; photo < set_.size(); ++photo) {
      if (scored == photos_.end() || *scored != photo) {
        scores.left_out.push_back(name_of(photo));
        continue;
      }
      labels.push_back(set_.labels[static_cast<std::size_t>(photo)]);
      scores.images.push_back(name_of(photo));
      ++scored;
    }
    scores.labels = at::tensor(labels, at::kLong);
    return scores;
  }

 private:
  const std::string& name_of(std::int64_t photo) const { return set_.files[static_cast<std::size_t>(photo)]; }

  const PhotoSet& set_;
  std::vector<torch::Tensor> probabilities_;
  std::vector<std::int64_t> photos_;
};

/// Whatever is told of the way: whether to go on, and what was left out.
struct Listener {
  const std::function<bool(std::int64_t)>& goes_on;
  const std::function<void(const std::string&)>& on_left_out;
};

bool score_crops(Classifier& model, const PhotoSet& set, const PhotoTest& test, torch::Device device,
                 const Listener& listener, Scored& scored) {
  return for_each_batch(test_images(set, test.testing, test.view, test.loader_threads), listener.goes_on,
                        listener.on_left_out, [&](const Batch& batch) {
                          const std::int64_t images = batch.labels.size(0);
                          scored.add(mean_view_scores(model, batch.images, images, device), batch.photos);
                        });
}

bool score_dense(Classifier& model, const PhotoSet& set, const PhotoTest& test, torch::Device device,
                 const Listener& listener, Scored& scored) {
  Prefetch<DensePhoto> made(dense_photos(set, test.testing), 0, set.size(), test.loader_threads);
  for (std::int64_t i = 0; i < set.size(); ++i) {
    if (!listener.goes_on(i)) return false;
    const DensePhoto photo = made.next();
    if (!photo.left_out.empty()) {
      listener.on_left_out(photo.left_out);
      continue;
    }
    torch::Tensor sum;  // over the sides, each of which has as many views
    for (const torch::Tensor& input : photo.inputs) {
      const torch::Tensor scores = mean_view_scores(model, input, 1, device);
      sum = sum.defined() ? sum.add_(scores) : scores;
    }
    scored.add(sum.div_(static_cast<double>(photo.inputs.size())), {photo.photo});
  }
  return true;
}

}  // namespace

torch::Tensor mean_view_scores(Classifier& model, const torch::Tensor& views, std::int64_t images,
                               torch::Device device) {
  const torch::Tensor logits = model.forward(views.to(device)).to(torch::kFloat);
  return logits.softmax(1).view({images, -1, logits.size(1)}).mean(1).cpu();
}

std::optional<ImageScores> score_photos(Classifier& model, const PhotoSet& set, const PhotoTest& test,
                                        torch::Device device, const std::function<bool(std::int64_t)>& goes_on,
                                        const std::function<void(const std::string&)>& on_left_out) {
  const EvaluationMode mode(model);
  const c10::InferenceMode no_gradient;
  const Listener listener{goes_on, on_left_out};
  Scored scored(set);
  const auto score = test.view == TestView::kDense ? score_dense : score_crops;
  if (!score(model, set, test, device, listener, scored)) return std::nullopt;
  ImageScores scores = scored.scores();
  scores.made_by = test_view_name(test.view);
  return scores;
}

}  // namespace resnet
