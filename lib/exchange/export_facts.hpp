// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "exchange/trained_model.hpp"
#include "image/photo_view.hpp"

namespace resnet {

/// What an exported net is to be given.
///
/// Shapes   [N, 3, H, W] of any size, but for a VGG net's ONNX; `height` and `width` are those of the images that it
///          was trained on.
struct NetInput {
  bool takes_bytes = false;  ///< uint8 planes R, G, B; else float32, normalised.
  Normalization normalization;
  std::int64_t height = 0;
  std::int64_t width = 0;

  /// Before its centre of height x width is taken, an image is resized so that its shorter side has so many pixels; 0:
  /// it is resized to height x width as a whole.
  std::int64_t shorter_side = 0;
};

/// What travels with an exported net beside its numbers, in a few small files that other programs can read too.
///
/// classes.txt has a name a line. input.json says what the net takes: "takes" is "bytes" or "normalised", "mean" is
/// nested lists of shape [3, H, W] or [3, 1, 1], "std" of [3, 1, 1], above 0; "shorter_side" is there unless it is 0.
/// recipe.ini is that of the training.
struct ExportFacts {
  std::optional<NetInput> input;
  std::vector<std::string> class_names;
  std::string recipe;
};

/// The facts of a net that takes bytes, or normalised numbers. Where its mean has no size of its own, the images' is
/// that which its recipe says, or that of its design, 32 x 32 or 224 x 224.
///
/// Paper    Section 3.4: the centre crop of 224 is that of an image whose shorter side is 256 (Figure 4).
ExportFacts facts_of(const TrainedModel& model, bool takes_bytes);

/// The names of the files that facts can stand in.
const std::vector<std::string>& fact_files();

/// The files, text by name; what is not known has none.
std::map<std::string, std::string> to_files(const ExportFacts& facts);

/// Reads the files; an empty one is a missing one. Throws Error, naming `what` and the fault, if one is not as above.
ExportFacts facts_from(const std::map<std::string, std::string>& files, const std::string& what);

/// What the net is to be given: as its file says, where it says something, but normalised by the hint if there is one.
///
/// Throws   Error with Fault::kUsage, naming `what`, for a hint to a net that normalises its images itself.
NetInput with_hint(const std::optional<NetInput>& said, const std::optional<Normalization>& hint,
                   const std::string& what);

/// What the net is to see of an image of this size: its centre, or where there is no shorter side all of it.
PhotoView view_of(const NetInput& input, ImageSize image);

/// What the exported net is to be given for images, which are uint8 [N, 3, H, W], or float32 levels of 0..255 as
/// resizing leaves them: bytes, to which levels are rounded, or the normalised numbers.
at::Tensor prepare(const NetInput& input, const at::Tensor& images);

}  // namespace resnet
