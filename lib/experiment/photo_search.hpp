// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "batch/photo_batch.hpp"
#include "cli/options.hpp"
#include "detect/detection.hpp"
#include "detector/annotated_photos.hpp"
#include "detector/find_in_photo.hpp"
#include "detector/trained_detector.hpp"
#include "tensor/precision.hpp"
#include "tensor/runtime.hpp"

namespace resnet {

/// A detector, and how it looks into photographs here.
struct PhotoSearch {
  TrainedDetector detector;  ///< On the runtime's device.
  DetectionRule rule;
  Precision precision = Precision::kFloat32;
  Runtime runtime;
  BadImages bad_images = BadImages::kStop;
};

/// The flags that say which detector, and how: --detector, --least-score, --precision, --bad-images, and those of the
/// runtime.
void add_search_flags(Options& options);

/// What they say. Sets up the process's runtime. Throws Error if the file is no detector's.
PhotoSearch photo_search_from(const Options& options);

/// What is found in one photograph.
std::vector<Detection> search_photo(PhotoSearch& search, const SeenPhoto& photo);

/// Told of each photograph that was looked into, by its place in the set.
using OnPhoto = std::function<void(std::size_t place, const SeenPhoto& photo, const std::vector<Detection>& found)>;

struct FoundInSet {
  std::vector<Detection> found;
  std::size_t left_out = 0;  ///< Photographs that could not be read.
};

/// What is found in all photographs of a set, with a progress line on standard error: `Detection::image` and `label`
/// are the set's. Classes that the set lacks are left out.
///
/// Throws Error if the set has none of the detector's classes; if a photograph cannot be read and such files are to
/// stop, or if none can be read.
FoundInSet search_photos(PhotoSearch& search, const AnnotatedPhotos& photos, const OnPhoto& on_photo);

/// Whether the detections of a set have COCO's form: one file, not a folder with one for each class.
bool has_coco_form(const AnnotatedSet& set);

/// Writes detections in the form of the set, as average_precision reads them.
void write_detections(const AnnotatedSet& set, const std::vector<Detection>& found, const std::filesystem::path& into);

/// Throws Error, and changes nothing, if write_detections could not write there, or would replace the file of the set
/// itself, or if files of other classes lie there, which would be read with them: before hours of work.
void require_detections_writable(const AnnotatedSet& set, const std::filesystem::path& into);

/// A photograph, and what the picture of it is to be called.
struct PhotoToDraw {
  std::string name;  ///< Of its picture, without ".jpg".
  std::filesystem::path file;
};

/// Photographs with what was found drawn into them, in a folder.
class FoundPictures {
 public:
  /// Throws Error, before any is searched, if no file can be made in the folder, if one of the photographs lies there
  /// or is what a picture would be called, by another path, or if two pictures would have one name.
  FoundPictures(std::filesystem::path folder, std::vector<std::string> class_names,
                const std::vector<PhotoToDraw>& photos);

  /// Writes `<name>.jpg`, of one of those photographs.
  void add(const std::string& name, const SeenPhoto& photo, const std::vector<Detection>& found) const;

 private:
  std::filesystem::path picture_of(const std::string& name) const;

  std::filesystem::path folder_;
  std::vector<std::string> class_names_;
};

}  // namespace resnet
