// SPDX-License-Identifier: MIT
#include "format/zip_directory.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

#include "core/error.hpp"

namespace resnet {
namespace {

// PKWARE's APPNOTE, 4.3.12 to 4.3.16 and 4.5.3: the records' sizes without what follows them.
constexpr std::size_t kEnd = 22;
constexpr std::size_t kEnd64 = 56;
constexpr std::size_t kLocator64 = 20;
constexpr std::size_t kEntry = 46;
constexpr std::uint32_t kIn64 = 0xffffffff;  // the number stands in the record of 64 bits

class Fields {
 public:
  Fields(std::string_view bytes, const std::string& what) : bytes_(bytes), what_(what) {}

  void check(bool sound, std::string_view fault) const { require(sound, "{}: is not a sound zip: {}", what_, fault); }

  template <typename T>
  T number(std::uint64_t at) const {
    T value = 0;
    std::memcpy(&value, part(at, sizeof value).data(), sizeof value);
    return value;
  }

  std::string_view part(std::uint64_t at, std::uint64_t size) const {
    check(at <= bytes_.size() && size <= bytes_.size() - at, "its directory is cut off");
    return bytes_.substr(at, size);
  }

  std::uint64_t size() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  const std::string& what_;
};

struct Extent {
  std::uint64_t begin;
  std::uint64_t end;
};

/// Where the directory stands, of which two records say it if the first has no room for the numbers.
Extent extent_of(const Fields& zip) {
  zip.check(zip.size() >= kEnd && zip.part(zip.size() - kEnd, 4) == "PK\x05\x06",
            "the record that ends its directory is not at its end");
  const std::uint64_t end = zip.size() - kEnd;
  Extent extent{zip.number<std::uint32_t>(end + 16), end};
  std::uint64_t size = zip.number<std::uint32_t>(end + 12);
  if (end >= kLocator64 && zip.part(end - kLocator64, 4) == "PK\x06\x07") {
    extent.end = zip.number<std::uint64_t>(end - kLocator64 + 8);
    zip.check(end >= kLocator64 + kEnd64 && extent.end == end - kLocator64 - kEnd64 &&
                  zip.part(extent.end, 4) == "PK\x06\x06",
              "the record of 64 bits that ends its directory is not before the other");
    const std::uint64_t size64 = zip.number<std::uint64_t>(extent.end + 40);
    const std::uint64_t begin64 = zip.number<std::uint64_t>(extent.end + 48);
    zip.check((size == kIn64 || size == size64) && (extent.begin == kIn64 || extent.begin == begin64),
              "the two records that end its directory differ");
    size = size64;
    extent.begin = begin64;
  }
  zip.check(extent.begin <= extent.end && extent.end - extent.begin == size,
            "its directory does not end at the record that says so");
  return extent;
}

/// Where the file of the entry stands: in the entry, or in what is added to it, behind the sizes that stand there too.
std::uint64_t place_of(const Fields& zip, std::uint64_t entry, std::uint64_t extra, std::uint64_t extra_size) {
  const auto place = zip.number<std::uint32_t>(entry + 42);
  if (place != kIn64) return place;
  std::uint64_t before = 0;
  for (const std::uint64_t size : {entry + 20, entry + 24}) before += zip.number<std::uint32_t>(size) == kIn64 ? 8 : 0;
  for (std::uint64_t at = extra; at + 4 <= extra + extra_size;) {
    const auto size = zip.number<std::uint16_t>(at + 2);
    if (zip.number<std::uint16_t>(at) == 1 && before + 8 <= size) return zip.number<std::uint64_t>(at + 4 + before);
    at += 4 + std::uint64_t{size};
  }
  zip.check(false, "its directory does not say where a file is");
  return 0;
}

}  // namespace

std::vector<std::string> names_in_directory(std::string_view bytes, const std::string& what) {
  const Fields zip(bytes, what);
  const Extent extent = extent_of(zip);
  std::vector<std::pair<std::uint64_t, std::string>> found;
  for (std::uint64_t at = extent.begin; at < extent.end;) {
    zip.check(zip.part(at, 4) == "PK\x01\x02", "its directory is broken");
    const auto name_size = zip.number<std::uint16_t>(at + 28);
    const auto extra_size = zip.number<std::uint16_t>(at + 30);
    const std::uint64_t extra = at + kEntry + name_size;
    found.emplace_back(place_of(zip, at, extra, extra_size), zip.part(at + kEntry, name_size));
    at = extra + extra_size + zip.number<std::uint16_t>(at + 32);
    zip.check(at <= extent.end, "its directory is broken");
  }
  std::ranges::stable_sort(found, {}, &std::pair<std::uint64_t, std::string>::first);
  std::vector<std::string> names;
  for (auto& [place, name] : found) names.push_back(std::move(name));
  return names;
}

}  // namespace resnet
