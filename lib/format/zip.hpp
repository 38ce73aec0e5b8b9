// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace resnet {

/// A file inside a zip, unpacked.
struct ZipEntry {
  std::string name;
  std::string bytes;
};

/// One to be put into a zip; its bytes stay where they are.
struct ZipSource {
  std::string name;
  std::string_view bytes;
};

/// All files of a zip, in the order in which they stand there; its folders are left out.
///
/// Together they take no more bytes than the zip has, and are at most 4 times as large (float weights shrink by a
/// tenth): entries that share bytes, or are all zeros, buy neither time nor memory.
///
/// Throws   Error, which begins with `what`, if the zip is damaged or its entries are beyond that, or if an entry is
///          there twice (in upper or lower case), encrypted, a link, compressed in another way, or the 100,001st.
std::vector<ZipEntry> read_zip(std::string_view bytes, const std::string& what);

/// A zip of these files, stored as they are. Equal entries give equal bytes: it has no dates.
std::string write_zip(const std::vector<ZipSource>& entries);

}  // namespace resnet
