// SPDX-License-Identifier: MIT
#include "detect/voc_precision.hpp"

#include <algorithm>
#include <functional>
#include <set>

#include "core/error.hpp"
#include "detect/class_images.hpp"

namespace resnet {
namespace {

constexpr std::size_t kMostPairs = 10'000'000'000;  // less than a minute

/// Throws Error, naming the image that has the most, where comparing each detection with each object of its class and
/// image would take too long.
void require_few_pairs(const AnnotatedSet& set, const std::vector<ClassImages>& classes) {
  std::size_t pairs = 0;
  std::size_t most = 0;
  std::size_t crowded = 0;
  for (const ClassImages& images : classes) {
    for (const auto& [image, here] : images) {
      const std::size_t here_too = here.objects.size() * here.detections.size();
      pairs += here_too;
      if (here_too <= most) continue;
      most = here_too;
      crowded = image;
    }
  }
  require(pairs <= kMostPairs,
          "{}: has {} pairs of an object and a detection of one class and image, most of them in '{}', expected at "
          "most {}; leave out detections of low scores",
          set.source, pairs, most > 0 ? set.images[crowded] : "", kMostPairs);
}

/// Whether each detection that counts is right, from the highest score on.
std::vector<bool> voc_verdicts(const ClassImages& images, double least_overlap) {
  std::vector<const Detection*> order;
  for (const auto& [image, here] : images) {
    order.insert(order.end(), here.detections.begin(), here.detections.end());
  }
  std::sort(order.begin(), order.end(), [](const Detection* a, const Detection* b) {
    return a->score != b->score ? a->score > b->score : std::less<>()(a, b);  // neighbours in one vector: as handed in
  });
  std::vector<bool> verdicts;
  std::set<const AnnotatedObject*> found;
  for (const Detection* detection : order) {
    const AnnotatedObject* best = nullptr;
    double most = least_overlap;
    for (const AnnotatedObject* object : images.at(detection->image).objects) {
      const double shared = overlap(detection->box, object->box);
      if (best == nullptr ? shared >= most : shared > most) {
        best = object;
        most = shared;
      }
    }
    if (best != nullptr && best->kind != ObjectKind::kPlain) continue;
    verdicts.push_back(best != nullptr && found.insert(best).second);
  }
  return verdicts;
}

/// The area under the curve, in [0, 1].
double area_under(const std::vector<bool>& verdicts, std::int64_t objects, PrecisionCurve curve) {
  std::vector<double> recall(verdicts.size());  // of the first k + 1
  std::vector<double> precision(verdicts.size());
  double right = 0;
  for (std::size_t k = 0; k < verdicts.size(); ++k) {
    right += verdicts[k] ? 1 : 0;
    recall[k] = right / static_cast<double>(objects);
    precision[k] = right / static_cast<double>(k + 1);
  }
  // The best at each recall or beyond.
  for (std::size_t k = verdicts.size(); k-- > 1;) precision[k - 1] = std::max(precision[k - 1], precision[k]);

  double sum = 0;
  if (curve == PrecisionCurve::kEveryPoint) {
    for (std::size_t k = 0; k < verdicts.size(); ++k) sum += verdicts[k] ? precision[k] : 0;
    return sum / static_cast<double>(objects);
  }
  for (int tenths = 0; tenths <= 10; ++tenths) {
    const auto reached = std::lower_bound(recall.begin(), recall.end(), tenths * 0.1);
    if (reached != recall.end()) sum += precision[static_cast<std::size_t>(reached - recall.begin())];
  }
  return sum / 11;
}

}  // namespace

VocPrecision voc_precision(const AnnotatedSet& set, const std::vector<Detection>& detections, PrecisionCurve curve,
                           double least_overlap) {
  require(least_overlap > 0 && least_overlap <= 1, "the least overlap is {}, expected more than 0 and at most 1",
          least_overlap);
  const std::vector<ClassImages> classes = images_by_class(set, detections);
  require_few_pairs(set, classes);
  VocPrecision result;
  for (std::size_t label = 0; label < classes.size(); ++label) {
    ClassPrecision each = counts_of(set.class_names[label], classes[label]);
    if (each.objects > 0) {
      each.average_precision_percent =
          100 * area_under(voc_verdicts(classes[label], least_overlap), each.objects, curve);
    }
    result.classes.push_back(each);
  }
  std::vector<std::optional<double>> percents;
  for (const ClassPrecision& each : result.classes) percents.push_back(each.average_precision_percent);
  result.mean_percent = mean_of(percents);
  return result;
}

}  // namespace resnet
