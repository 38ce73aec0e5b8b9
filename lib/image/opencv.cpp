// SPDX-License-Identifier: MIT
#include "image/opencv.hpp"

#include <algorithm>
#include <new>
#include <opencv2/core/utils/logger.hpp>
#include <string>

#include "core/error.hpp"

namespace resnet {

void keep_opencv_quiet() {
  static const bool is_done = [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
    return true;
  }();
  static_cast<void>(is_done);
}

void fail_with(const cv::Exception& error, std::string_view name, std::string_view what, std::string_view cure) {
  if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
  std::string reason = error.err;
  std::replace(reason.begin(), reason.end(), '\n', ' ');
  fail("{}: OpenCV cannot {}: {}{}", name, what, reason, cure);
}

}  // namespace resnet
