// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace resnet {

/// What an ONNX net gives for these numbers, as OpenCV runs it: a reader of such files that is not ours.
///
/// Shapes   numbers row by row, of these extents [N, C, H, W] -> the output row by row.
/// Throws   Error if OpenCV cannot read the file, or cannot run the net on them.
std::vector<float> run_onnx(const std::filesystem::path& file, const float* numbers,
                            const std::vector<std::int64_t>& extents);

}  // namespace resnet
