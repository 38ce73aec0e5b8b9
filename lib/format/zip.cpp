// SPDX-License-Identifier: MIT
#include "format/zip.hpp"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>  // newlocale and uselocale are POSIX's

#include <algorithm>
#include <memory>
#include <unordered_set>

#include "core/error.hpp"
#include "core/shown.hpp"
#include "format/zip_directory.hpp"

namespace resnet {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;
using Writer = std::unique_ptr<archive, decltype(&archive_write_free)>;
using Entry = std::unique_ptr<archive_entry, decltype(&archive_entry_free)>;

constexpr std::size_t kMostEntries = 100'000;
constexpr std::uint64_t kMostInflation = 4;

void check(bool sound, archive* reader, const std::string& what) {
  if (sound) return;
  const char* reason = archive_error_string(reader);
  fail("{}: is not a sound zip: {}", what, reason != nullptr ? shown(reason) : "unknown error");
}

/// libarchive gives names beyond ASCII only in a locale that has them; the program's own may be that of C.
class Utf8Names {
 public:
  Utf8Names() : utf8_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), before_(::uselocale(utf8_)) {}
  ~Utf8Names() {
    ::uselocale(before_);
    if (utf8_ != nullptr) ::freelocale(utf8_);
  }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  locale_t utf8_;  // null where there is none: uselocale then changes nothing
  locale_t before_;
};

/// As Python's reader of these files compares names, which knows no upper case.
std::string lower(std::string name) {
  std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
  return name;
}

/// What the entries that are still to come may take.
struct Budget {
  std::uint64_t packed;  // of the file's bytes: those that share some cost time for them, though nothing comes out
  std::uint64_t unpacked;
};

/// libarchive says how an entry is packed in the name of its format alone.
void check_method(archive* reader, const std::string& where) {
  const char* format = archive_format_name(reader);
  const std::string_view name = format != nullptr ? format : "";
  require(name.ends_with("(uncompressed)") || name.ends_with("(deflation)"),
          "{}: is neither stored nor deflated, but '{}'", where, shown(name));
}

std::string read_entry(archive* reader, const std::string& what, const std::string& where, Budget& budget) {
  std::string bytes;
  const void* block = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const la_int64_t start = archive_filter_bytes(reader, 0);  // the place in the file
  for (int status; (status = archive_read_data_block(reader, &block, &size, &offset)) != ARCHIVE_EOF;) {
    check(status == ARCHIVE_OK, reader, what);  // a warning here is a wrong checksum or size
    require(static_cast<std::uint64_t>(offset) == bytes.size(), "{}: has gaps", where);
    require(size <= budget.unpacked, "{}: unpacks to more than the file's size justifies", where);
    budget.unpacked -= size;
    bytes.append(static_cast<const char*>(block), size);
  }
  const auto packed = static_cast<std::uint64_t>(archive_filter_bytes(reader, 0) - start);
  require(packed <= budget.packed, "{}: shares bytes of the file with other entries", where);
  budget.packed -= packed;
  return bytes;
}

la_ssize_t append(archive*, void* target, const void* bytes, std::size_t size) {
  static_cast<std::string*>(target)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

void check_written(int status, archive* writer) {
  require(status == ARCHIVE_OK, "zip: cannot be made: {}", archive_error_string(writer));
}

}  // namespace

std::vector<ZipEntry> read_zip(std::string_view bytes, const std::string& what) {
  const std::vector<std::string> names_said = names_in_directory(bytes, what);
  const Utf8Names utf8_names;
  const Reader reader(archive_read_new(), archive_read_free);
  archive_read_support_format_zip_seekable(reader.get());  // by its directory, as Python reads it
  check(archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) == ARCHIVE_OK, reader.get(), what);

  std::vector<ZipEntry> entries;
  std::unordered_set<std::string> names;
  Budget budget{.packed = bytes.size(), .unpacked = kMostInflation * bytes.size()};
  archive_entry* entry = nullptr;
  std::size_t place = 0;
  for (int status; (status = archive_read_next_header(reader.get(), &entry)) != ARCHIVE_EOF;) {
    check(status >= ARCHIVE_WARN, reader.get(), what);  // a warning is about a name or a date
    const char* name = archive_entry_pathname(entry);
    require(name != nullptr, "{}: an entry of this zip has a name that cannot be read", what);
    require(place < names_said.size() && names_said[place] == name,
            "{}: is not a sound zip: '{}' has another name in its directory", what, shown(name));
    ++place;
    if (archive_entry_filetype(entry) == AE_IFDIR) continue;
    const std::string where = what + ": '" + shown(name) + "' in it";
    require(entries.size() < kMostEntries, "{}: has more than {} entries", what, kMostEntries);
    require(names.insert(lower(name)).second, "{}: is there twice", where);
    require(archive_entry_filetype(entry) == AE_IFREG, "{}: is no plain file", where);
    require(archive_entry_is_encrypted(entry) == 0, "{}: is encrypted", where);
    check_method(reader.get(), where);
    entries.push_back({name, read_entry(reader.get(), what, where, budget)});
  }
  require(place == names_said.size(), "{}: is not a sound zip: its directory names {} files, of which {} are there",
          what, names_said.size(), place);
  return entries;
}

std::string write_zip(const std::vector<ZipSource>& entries) {
  std::string bytes;
  const Writer writer(archive_write_new(), archive_write_free);
  check_written(archive_write_set_format_zip(writer.get()), writer.get());
  check_written(archive_write_zip_set_compression_store(writer.get()), writer.get());
  check_written(archive_write_set_bytes_in_last_block(writer.get(), 1), writer.get());  // no padding
  check_written(archive_write_open(writer.get(), &bytes, nullptr, append, nullptr), writer.get());
  for (const ZipSource& source : entries) {
    const Entry entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), source.name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(source.bytes.size()));
    check_written(archive_write_header(writer.get(), entry.get()), writer.get());
    const la_ssize_t written = archive_write_data(writer.get(), source.bytes.data(), source.bytes.size());
    require(written == static_cast<la_ssize_t>(source.bytes.size()), "zip: cannot be made: {}",
            archive_error_string(writer.get()));
  }
  check_written(archive_write_close(writer.get()), writer.get());
  return bytes;
}

}  // namespace resnet
