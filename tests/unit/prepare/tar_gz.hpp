// SPDX-License-Identifier: MIT
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <string>
#include <vector>

#include "support/catch.hpp"

/// What a test puts into an archive. A link has its target as content.
struct TarEntry {
  enum class Kind { kFile, kSymlink, kHardlink, kFolder };

  std::string path;
  std::string content;
  Kind kind = Kind::kFile;
};

inline void write_tar_gz(const std::filesystem::path& path, const std::vector<TarEntry>& entries) {
  archive* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  archive_write_set_format_ustar(writer);
  REQUIRE(archive_write_open_filename(writer, path.c_str()) == ARCHIVE_OK);
  for (const TarEntry& each : entries) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, each.path.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, each.kind == TarEntry::Kind::kSymlink  ? AE_IFLNK
                                      : each.kind == TarEntry::Kind::kFolder ? AE_IFDIR
                                                                             : AE_IFREG);
    const bool is_file = each.kind == TarEntry::Kind::kFile;
    if (each.kind == TarEntry::Kind::kSymlink) archive_entry_set_symlink(entry, each.content.c_str());
    if (each.kind == TarEntry::Kind::kHardlink) archive_entry_set_hardlink(entry, each.content.c_str());
    archive_entry_set_size(entry, is_file ? static_cast<la_int64_t>(each.content.size()) : 0);
    REQUIRE(archive_write_header(writer, entry) == ARCHIVE_OK);
    if (is_file) archive_write_data(writer, each.content.data(), each.content.size());
    archive_entry_free(entry);
  }
  REQUIRE(archive_write_close(writer) == ARCHIVE_OK);
  archive_write_free(writer);
}
