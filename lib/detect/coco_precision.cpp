// SPDX-License-Identifier: MIT
#include "detect/coco_precision.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <numeric>
#include <utility>

#include "detect/class_images.hpp"

namespace resnet {
namespace {

constexpr std::size_t kOverlaps = 10;
constexpr int kRecalls = 101;
constexpr std::size_t kMostDetections = 100;

/// 0.5, 0.55, ... 0.95, rounded as numpy's linspace rounds them, which decides where boxes overlap by just as much.
constexpr std::array<double, kOverlaps> kLeastOverlaps = [] {
  std::array<double, kOverlaps> overlaps{};
  for (std::size_t i = 0; i < kOverlaps; ++i) overlaps[i] = static_cast<double>(i) * ((0.95 - 0.5) / 9) + 0.5;
  overlaps.back() = 0.95;
  return overlaps;
}();

struct AreaRange {
  double least;
  double most;

  bool holds(double area) const { return area >= least && area <= most; }
};

constexpr AreaRange kAll{0, 1e10};
constexpr AreaRange kSmall{0, 32 * 32};
constexpr AreaRange kMedium{32 * 32, 96 * 96};
constexpr AreaRange kLarge{96 * 96, 1e10};

/// A detection at each of the overlaps.
struct Judged {
  double score = 0;
  std::size_t rank = 0;  ///< among those of its image, 0 the highest score
  std::array<bool, kOverlaps> is_right{};
  std::array<bool, kOverlaps> is_counted{};
};

double coco_overlap(const Detection& detection, const AnnotatedObject& object) {
  if (object.kind != ObjectKind::kCrowd) return overlap(detection.box, object.box);
  const double shared = intersection(detection.box, object.box);
  return shared > 0 ? shared / detection.box.area() : 0;
}

bool coco_counts(const AnnotatedObject& object, AreaRange range) {
  return object.kind == ObjectKind::kPlain && range.holds(object.area);
}

/// The detections of one image, from the highest score on.
std::vector<Judged> judge(const ImageOfClass& image, AreaRange range) {
  std::vector<const Detection*> detections = image.detections;
  std::stable_sort(detections.begin(), detections.end(),
                   [](const Detection* a, const Detection* b) { return a->score > b->score; });
  if (detections.size() > kMostDetections) detections.resize(kMostDetections);
  std::vector<const AnnotatedObject*> objects = image.objects;
  const auto first_uncounted =
      std::stable_partition(objects.begin(), objects.end(),
                            [&](const AnnotatedObject* object) { return coco_counts(*object, range); }) -
      objects.begin();
  const auto is_counted = [&](std::size_t object) { return std::cmp_less(object, first_uncounted); };

  std::vector<std::array<bool, kOverlaps>> is_taken(objects.size());
  std::vector<Judged> judged;
  for (std::size_t rank = 0; rank < detections.size(); ++rank) {
    const Detection& detection = *detections[rank];
    std::vector<double> shared(objects.size());
    for (std::size_t g = 0; g < objects.size(); ++g) shared[g] = coco_overlap(detection, *objects[g]);

    Judged& result = judged.emplace_back();
    result.score = detection.score;
    result.rank = rank;
    for (std::size_t t = 0; t < kOverlaps; ++t) {
      double most = std::min(kLeastOverlaps[t], 1 - 1e-10);
      std::size_t best = objects.size();
      for (std::size_t g = 0; g < objects.size(); ++g) {
        if (is_taken[g][t] && objects[g]->kind != ObjectKind::kCrowd) continue;
        if (best < objects.size() && is_counted(best) && !is_counted(g)) break;
        if (shared[g] < most) continue;
        most = shared[g];
        best = g;
      }
      const bool has_object = best < objects.size();
      if (has_object) is_taken[best][t] = true;
      result.is_counted[t] = has_object ? is_counted(best) : range.holds(detection.box.area());
      result.is_right[t] = has_object && result.is_counted[t];
    }
  }
  return judged;
}

/// Average precision and recall at each overlap, in [0, 1].
struct AtOverlaps {
  std::array<double, kOverlaps> precision{};
  std::array<double, kOverlaps> recall{};

  static double mean(const std::array<double, kOverlaps>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(kOverlaps);
  }
};

/// Of the detections whose rank is below `most`, which come in descending order of scores.
AtOverlaps at_overlaps(const std::vector<Judged>& judged, std::int64_t objects, std::size_t most) {
  AtOverlaps result;
  for (std::size_t t = 0; t < kOverlaps; ++t) {
    std::vector<double> precision;
    std::vector<double> recall;
    double right = 0;
    double wrong = 0;
    for (const Judged& each : judged) {
      if (each.rank >= most) continue;
      if (each.is_counted[t]) ++(each.is_right[t] ? right : wrong);
      recall.push_back(right / static_cast<double>(objects));
      precision.push_back(right / (right + wrong + std::numeric_limits<double>::epsilon()));
    }
    for (std::size_t k = precision.size(); k-- > 1;) precision[k - 1] = std::max(precision[k - 1], precision[k]);
    if (!recall.empty()) result.recall[t] = recall.back();
    double sum = 0;
    for (int hundredths = 0; hundredths < kRecalls; ++hundredths) {
      const auto reached = std::lower_bound(recall.begin(), recall.end(), hundredths * 0.01);
      if (reached != recall.end()) sum += precision[static_cast<std::size_t>(reached - recall.begin())];
    }
    result.precision[t] = sum / kRecalls;
  }
  return result;
}

/// Nothing where no object of the class counts.
struct ClassOfCoco {
  std::optional<AtOverlaps> all, small, medium, large, of_1, of_10;
};

ClassOfCoco judge_class(const ClassImages& images) {
  const auto in_range = [&](AreaRange range, std::initializer_list<std::size_t> numbers) {
    std::vector<Judged> judged;
    std::int64_t objects = 0;
    for (const auto& [image, here] : images) {
      const std::vector<Judged> more = judge(here, range);
      judged.insert(judged.end(), more.begin(), more.end());
      objects += std::count_if(here.objects.begin(), here.objects.end(),
                               [&](const AnnotatedObject* object) { return coco_counts(*object, range); });
    }
    std::stable_sort(judged.begin(), judged.end(), [](const Judged& a, const Judged& b) { return a.score > b.score; });
    std::vector<std::optional<AtOverlaps>> results(numbers.size());
    if (objects > 0) {
      std::transform(numbers.begin(), numbers.end(), results.begin(),
                     [&](std::size_t most) { return at_overlaps(judged, objects, most); });
    }
    return results;
  };
  const auto all = in_range(kAll, {kMostDetections, 1, 10});
  return {all[0],
          in_range(kSmall, {kMostDetections})[0],
          in_range(kMedium, {kMostDetections})[0],
          in_range(kLarge, {kMostDetections})[0],
          all[1],
          all[2]};
}

}  // namespace

CocoPrecision coco_precision(const AnnotatedSet& set, const std::vector<Detection>& detections) {
  const std::vector<ClassImages> classes = images_by_class(set, detections);
  CocoPrecision result;
  std::vector<ClassOfCoco> judged;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    const ClassOfCoco& each = judged.emplace_back(judge_class(classes[label]));
    ClassPrecision& counts = result.classes.emplace_back(counts_of(set.class_names[label], classes[label]));
    if (each.all) counts.average_precision_percent = 100 * AtOverlaps::mean(each.all->precision);
  }

  using Range = std::optional<AtOverlaps> ClassOfCoco::*;
  using Values = std::array<double, kOverlaps> AtOverlaps::*;
  const auto mean = [&](Range range, auto number) {
    std::vector<std::optional<double>> percents;
    for (const ClassOfCoco& each : judged) {
      percents.push_back(each.*range ? std::optional(100 * number(*(each.*range))) : std::nullopt);
    }
    return mean_of(percents);
  };
  const auto by_size = [&](Values values) {
    const auto number = [&](const AtOverlaps& at) { return AtOverlaps::mean(at.*values); };
    return CocoPrecision::BySize{mean(&ClassOfCoco::all, number), mean(&ClassOfCoco::small, number),
                                 mean(&ClassOfCoco::medium, number), mean(&ClassOfCoco::large, number)};
  };
  const auto mean_recall = [](const AtOverlaps& at) { return AtOverlaps::mean(at.recall); };
  result.precision = by_size(&AtOverlaps::precision);
  result.precision_50 = mean(&ClassOfCoco::all, [](const AtOverlaps& at) { return at.precision[0]; });
  result.precision_75 = mean(&ClassOfCoco::all, [](const AtOverlaps& at) { return at.precision[5]; });
  result.recall = by_size(&AtOverlaps::recall);
  result.recall_of_1 = mean(&ClassOfCoco::of_1, mean_recall);
  result.recall_of_10 = mean(&ClassOfCoco::of_10, mean_recall);
  return result;
}

}  // namespace resnet
