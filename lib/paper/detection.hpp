// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "detector/detector_recipe.hpp"
#include "model/model_spec.hpp"

namespace resnet::paper {

/// How a detector on this net is trained on PASCAL VOC, 2007 and 2012 together.
///
/// Paper    Section 4.3, "everything else the same" as in reference [32].
/// Differs  [32] does not give a schedule for both years: here 80k iterations of two images at 0.001 and 30k at 0.0001,
///          as is usual. Biases have the rate of all else; in Fast R-CNN twice that.
DetectorRecipe voc_recipe(const ModelSpec& net, std::int64_t classes, std::uint64_t seed);

/// The same on COCO.
///
/// Paper    Its appendix: batches of 8 images on 8 GPUs, 240k iterations at 0.001 and 80k at 0.0001. Anchors of 64^2
///          pixels too: the journal version of reference [32].
/// Differs  The paper's second half sees 16 images, in a step of its own: here both see the same 8.
DetectorRecipe coco_recipe(const ModelSpec& net, std::int64_t classes, std::uint64_t seed);

/// What one net reaches in Faster R-CNN, in percent.
struct ReportedDetection {
  std::string_view net;  ///< As parse_model_name takes it.
  double first_percent;
  double second_percent;
};

/// Table 7: mAP on VOC 2007 test, trained on 07+12, and on VOC 2012 test, trained on 07++12.
inline constexpr std::array<ReportedDetection, 2> kTable7 = {{{"vgg16", 73.2, 70.4}, {"resnet101", 76.4, 73.8}}};

/// Table 8: COCO's validation images; mAP at an overlap of 0.5, and averaged over .5 to .95.
inline constexpr std::array<ReportedDetection, 2> kTable8 = {{{"vgg16", 41.5, 21.2}, {"resnet101", 48.4, 27.2}}};

}  // namespace resnet::paper
