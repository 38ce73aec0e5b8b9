// SPDX-License-Identifier: MIT
// Detection (Section 4.3): Tables 7 and 8, and how the paper's references train.
#include "paper/detection.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace resnet;

TEST_CASE("ResNet-101 gains what Section 4.3 says over VGG-16 (Tables 7 and 8)") {
  const auto& voc = paper::kTable7;
  CHECK(voc[0].net == "vgg16");
  CHECK(voc[1].net == "resnet101");
  CHECK(voc[0].first_percent == 73.2);
  CHECK(voc[1].first_percent == 76.4);
  CHECK(voc[0].second_percent == 70.4);
  CHECK(voc[1].second_percent == 73.8);

  // "a 6.0% increase in COCO's standard metric (mAP@[.5, .95]), which is a 28% relative improvement"
  const auto& coco = paper::kTable8;
  CHECK(coco[0].first_percent == 41.5);
  CHECK(coco[1].first_percent == 48.4);
  const double gain = coco[1].second_percent - coco[0].second_percent;
  CHECK(gain == Approx(6.0));
  CHECK(100 * gain / coco[0].second_percent == Approx(28).margin(0.5));
}

TEST_CASE("a detector is trained on VOC as Fast and Faster R-CNN are") {
  const DetectorRecipe recipe = paper::voc_recipe(parse_model_name("resnet101"), 20, 3);
  CHECK(recipe.detector.body.classes == 21);
  CHECK(recipe.seed == 3);
  CHECK(recipe.batch == 2);
  CHECK(recipe.iterations == 110'000);
  CHECK(recipe.learning_rate == 0.001);
  CHECK(rate_at(recipe, 79'999) == 0.001);
  CHECK(rate_at(recipe, 80'000) == Approx(0.0001));
  CHECK(recipe.momentum == 0.9);
  CHECK(recipe.weight_decay == 0.0005);
  CHECK(recipe.sizes == DetectionSizes{600, 1000});
  CHECK(recipe.detector.anchors == AnchorShapes{{128, 256, 512}, {0.5, 1, 2}});
  check_recipe(recipe);
}

TEST_CASE("a detector is trained on COCO for 240k and 80k iterations of 8 images (the paper's appendix)") {
  const DetectorRecipe recipe = paper::coco_recipe(parse_model_name("vgg16"), 80, 0);
  CHECK(recipe.detector.body.classes == 81);
  CHECK(recipe.batch == 8);
  CHECK(recipe.iterations == 320'000);
  CHECK(rate_at(recipe, 239'999) == 0.001);
  CHECK(rate_at(recipe, 240'000) == Approx(0.0001));
  CHECK(recipe.detector.anchors.count() == 12);
  check_recipe(recipe);
}
