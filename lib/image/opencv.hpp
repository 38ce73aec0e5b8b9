// SPDX-License-Identifier: MIT
#pragma once

#include <opencv2/core.hpp>
#include <string_view>

namespace resnet {

/// OpenCV prints nothing that it throws, and starts no threads: these are the caller's, one for each image. What its
/// decoders and libpng say of a broken file they write to standard error all the same.
void keep_opencv_quiet();

/// Throws what OpenCV threw as an Error in one line, "NAME: OpenCV cannot WHAT: reason", with the cure behind it; and
/// lack of memory as std::bad_alloc, which is no fault of the file.
[[noreturn]] void fail_with(const cv::Exception& error, std::string_view name, std::string_view what,
                            std::string_view cure);

}  // namespace resnet
