// SPDX-License-Identifier: MIT
#include "prepare/archive.hpp"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "core/error.hpp"

namespace resnet {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

void check(bool sound, const Reader& reader, const std::filesystem::path& path) {
  if (sound) return;
  const char* reason = archive_error_string(reader.get());
  fail("{}: is not a sound .tar.gz: {}; remove it and fetch it anew", path.string(),
       reason != nullptr ? reason : "unknown error");
}

std::string read_entry(const Reader& reader, archive_entry* entry, const WantedEntry& wanted,
                       const std::filesystem::path& path) {
  require(archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr,
          "{}: {} is not a plain file in it", path.string(), wanted.path);
  std::string bytes;
  std::vector<char> block(1 << 20);
  while (true) {
    const la_ssize_t length = archive_read_data(reader.get(), block.data(), block.size());
    check(length >= 0, reader, path);
    if (length == 0) return bytes;
    bytes.append(block.data(), static_cast<std::size_t>(length));
    require(bytes.size() <= wanted.most_bytes, "{}: {} in it has more than {} bytes", path.string(), wanted.path,
            wanted.most_bytes);
  }
}

}  // namespace

std::vector<std::string> read_archive(const std::filesystem::path& path, const std::vector<WantedEntry>& wanted) {
  const Reader reader(archive_read_new(), archive_read_free);
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  check(archive_read_open_filename(reader.get(), path.c_str(), 1 << 20) == ARCHIVE_OK, reader, path);

  std::vector<std::optional<std::string>> found(wanted.size());
  archive_entry* entry = nullptr;
  for (int status; (status = archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF;) {
    check(status >= ARCHIVE_WARN, reader, path);  // a warning is about a name or a date, the data is good
    const char* name = archive_entry_pathname(entry);
    const auto match = std::find_if(wanted.begin(), wanted.end(),
                                    [name](const WantedEntry& each) { return name != nullptr && each.path == name; });
    if (match == wanted.end()) continue;
    auto& slot = found[static_cast<std::size_t>(match - wanted.begin())];
    require(!slot, "{}: {} is in it twice", path.string(), match->path);
    slot = read_entry(reader, entry, *match, path);
  }

  std::vector<std::string> contents;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    require(found[i].has_value(), "{}: {} is not in it", path.string(), wanted[i].path);
    contents.push_back(std::move(*found[i]));
  }
  return contents;
}

}  // namespace resnet
