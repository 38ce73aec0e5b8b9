// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace resnet {

/// A PNG with the chunks alone that its pixels are made of: the critical ones (IHDR, PLTE, IDAT, IEND), and tRNS.
///
/// The others are texts, profiles and times. libpng inflates and keeps up to a thousand of them, of 8 MB each, before
/// anybody sees a pixel: a file of 8 MB takes as many gigabytes. None of them changes what OpenCV decodes, which knows
/// nothing of gamma and profiles.
///
/// What follows IEND is left out. Nothing is checked: what has no type of four letters is kept, a file that is cut
/// short stays cut short, and whoever decodes it finds the fault. `png` begins with a signature of 8 bytes.
///
/// Differs  A PNG with one of the others between two IDATs, where none may be, is read all the same.
std::string pixel_chunks(std::string_view png);

}  // namespace resnet
