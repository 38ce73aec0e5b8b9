// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace resnet::paper {

/// What Table 1 gives as the output size of conv1, and of the layers of conv2_x to conv5_x, on an image of 224 x 224.
struct OutputSize {
  std::string_view stage;
  std::string_view prefix;  ///< What the names of the stage's layers begin with.
  std::int64_t size;
};
inline constexpr std::array<OutputSize, 5> kTable1Sizes = {{{"conv1", "conv1", 112},
                                                            {"conv2_x", "layer1.", 56},
                                                            {"conv3_x", "layer2.", 28},
                                                            {"conv4_x", "layer3.", 14},
                                                            {"conv5_x", "layer4.", 7}}};

/// The "FLOPs" of a net, which are multiply-adds, as the paper gives them: to one decimal of 1e9.
///
/// Paper    Table 1; of VGG's, Section 3.3 and Section 4.1.
/// Differs  The paper rounds by no one rule: of our exact counts, 3.858e9 is its 3.8e9 for 50 layers, and 7.570e9 its
///          7.6e9 for 101. Of VGG-16 15.3e9 are the convolutions alone, of VGG-19 19.6e9 are all layers. Table 1 does
///          not say whether its 18 and 34 layers are plain or residual, nor with which shortcuts.
struct ReportedCost {
  std::string_view name;  ///< "resnet50": see parse_model_name.
  double multiply_adds;
};
inline constexpr std::array<ReportedCost, 5> kTable1 = {
    {{"resnet18", 1.8e9}, {"resnet34", 3.6e9}, {"resnet50", 3.8e9}, {"resnet101", 7.6e9}, {"resnet152", 11.3e9}}};
inline constexpr double kVgg16MultiplyAdds = 15.3e9;
inline constexpr double kVgg19MultiplyAdds = 19.6e9;

/// Section 3.3: the 34-layer net has "only 18% of VGG-19", that is 3.6e9 of 19.6e9.
inline constexpr double kShareOfVgg19Percent = 18;

}  // namespace resnet::paper
