// SPDX-License-Identifier: MIT
#include "detector/find_in_photo.hpp"

#include "detector/detection_view.hpp"

namespace resnet {

SeenPhoto see_photo(const TrainedDetector& detector, const std::filesystem::path& file) {
  SeenPhoto photo{read_encoded_image(file), {}};
  photo.seen = see(photo.image, detection_view(photo.image.header.size, detector.sizes, Mirror::kNo), detector.input);
  return photo;
}

std::vector<Detection> find_in_photo(TrainedDetector& detector, const SeenPhoto& photo, const DetectionRule& rule) {
  const torch::Device device = detector.net->parameters().front().device();
  std::vector<Detection> found = find_objects(*detector.net, photo.seen.to(device), rule);
  const ImageSize size = photo.image.header.size;
  const double by_x = static_cast<double>(size.width) / static_cast<double>(photo.seen.size(3));
  const double by_y = static_cast<double>(size.height) / static_cast<double>(photo.seen.size(2));
  for (Detection& each : found) {
    each.box = {by_x * each.box.left, by_y * each.box.top, by_x * each.box.width, by_y * each.box.height};
  }
  return found;
}

}  // namespace resnet
