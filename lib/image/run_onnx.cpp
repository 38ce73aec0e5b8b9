// SPDX-License-Identifier: MIT
#include "image/run_onnx.hpp"

#include <opencv2/core.hpp>
#include <opencv2/dnn.hpp>

#include "core/error.hpp"
#include "image/opencv.hpp"

namespace resnet {

std::vector<float> run_onnx(const std::filesystem::path& file, const float* numbers,
                            const std::vector<std::int64_t>& extents) {
  keep_opencv_quiet();
  try {
    // Read anew each time: OpenCV fits a net to the first size that it sees.
    cv::dnn::Net net = cv::dnn::readNetFromONNX(file.string());
    const std::vector<int> sizes(extents.begin(), extents.end());
    net.setInput(cv::Mat(sizes, CV_32F, const_cast<float*>(numbers)));
    const cv::Mat output = net.forward();
    require(output.isContinuous() && output.type() == CV_32F, "{}: OpenCV gives no float32 numbers", file.string());
    return {output.ptr<float>(), output.ptr<float>() + output.total()};
  } catch (const cv::Exception& error) {
    fail_with(error, file.string(), "run this ONNX net", "");
  }
}

}  // namespace resnet
