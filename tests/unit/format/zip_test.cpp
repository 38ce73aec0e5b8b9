// SPDX-License-Identifier: MIT
#include "format/zip.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/zip_bytes.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;
using Catch::Contains;

std::string refusal(const std::string& bytes) {
  try {
    read_zip(bytes, "a.zip");
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.starts_with("a.zip: ") ? text : "does not name the file: " + text;
  }
  return "accepted";
}

TEST_CASE("what is put into a zip comes out of it, in order, and equal entries give equal bytes") {
  const std::string large(300'000, 'x');
  const std::vector<ZipSource> sources = {{"z/data.pkl", "a pickle"}, {"z/data/0", large}, {"empty", ""}};
  const std::string bytes = write_zip(sources);
  CHECK(write_zip(sources) == bytes);
  const auto entries = read_zip(bytes, "a.zip");
  REQUIRE(entries.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(entries[i].name == sources[i].name);
    CHECK(entries[i].bytes == sources[i].bytes);
  }
}

TEST_CASE("a zip put together byte by byte is read, stored and deflated; folders are left out") {
  // zlib.compress(b'a' * 100)[2:-4] of Python: raw deflate
  const std::string deflated = "\x4b\x4c\xa4\x3d\x00\x00"s;
  const auto entries =
      read_zip(zip_bytes::zip({{"folder/", ""}, {"stored", "hello"}, {"deflated", deflated, 8, std::string(100, 'a')}}),
               "a.zip");
  REQUIRE(entries.size() == 2);
  CHECK(entries[0].bytes == "hello");
  CHECK(entries[1].bytes == std::string(100, 'a'));
}

TEST_CASE("a zip cut off at any length, and one with a byte changed, is refused or read, and nothing worse") {
  const std::string whole = zip_bytes::zip({{"a/data.pkl", "hello"}, {"a/data/0", "12345678"}});
  REQUIRE(refusal(whole) == "accepted");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK(refusal(whole.substr(0, length)).starts_with("a.zip: "));
  }
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char c : {'\0', '\x01', '\x7f', '\xff'}) {
      std::string changed = whole;
      changed[i] = c;
      CHECK_THAT(refusal(changed), !Contains("does not name"));
    }
  }
}

TEST_CASE("an entry with another checksum than its bytes have is refused") {
  std::string bytes = zip_bytes::zip({{"a", "hello"}});
  bytes[bytes.find("hello")] = 'j';
  CHECK_THAT(refusal(bytes), Contains("is not a sound zip"));
}

TEST_CASE("an entry that is there twice, encrypted, or packed in a way of its own is refused by name") {
  CHECK_THAT(refusal(zip_bytes::zip({{"a", "x"}, {"a", "y"}})), Contains("'a' in it: is there twice"));
  zip_bytes::Entry encrypted{"a", "hello"};
  encrypted.flags = 1;
  CHECK_THAT(refusal(zip_bytes::zip({encrypted})), Contains("'a' in it: is encrypted"));
  CHECK_THAT(refusal(zip_bytes::zip({{"a", "hello", 14}})), Contains("'a' in it: is neither stored nor deflated"));
}

TEST_CASE("deflated zeros that would unpack to a hundred times the file are refused") {
  const std::string bomb = zip_bytes::deflated_zeros(10'000'000);
  REQUIRE(bomb.size() < 100'000);
  CHECK_THAT(refusal(zip_bytes::zip({{"a", bomb, 8, std::string(10'000'000, '\0')}})),
             Contains("'a' in it: unpacks to more than the file's size justifies"));
}

TEST_CASE("stored entries that share their bytes are refused") {
  CHECK(refusal(zip_bytes::nested(std::string(10'000, 'x'), 1)) == "accepted");
  CHECK_THAT(refusal(zip_bytes::nested(std::string(10'000, 'x'), 50)), Contains("'48' in it: shares bytes"));
}

/// A block of deflate that holds its bytes as they are; more blocks follow.
std::string stored_block(const std::string& bytes) {
  const auto size = static_cast<std::uint16_t>(bytes.size());
  return '\0' + zip_bytes::little_endian(size) + zip_bytes::little_endian(static_cast<std::uint16_t>(~size)) + bytes;
}

/// So many deflated entries, each of which has the next one, with its header as a stored block, for its bytes: all end
/// with the same blocks, of which nothing comes out.
std::string deflated_nest(std::size_t empty_blocks, int count) {
  std::string nothing;
  for (std::size_t i = 0; i < empty_blocks; ++i) nothing += stored_block("");
  std::vector<zip_bytes::Entry> entries = {{"0", nothing + "\x01\x00\x00\xff\xff"s, 8, ""}};
  for (int i = 1; i < count; ++i) {
    const zip_bytes::Entry& next = entries.back();
    const std::string header = next.local().substr(0, next.local().size() - next.packed.size());
    entries.push_back({std::to_string(i), stored_block(header) + next.packed, 8, header + *next.unpacked});
  }
  const std::string bytes = entries.back().local();
  std::string directory;
  for (const auto& entry : entries) directory += entry.central(bytes.size() - entry.local().size());
  return bytes + zip_bytes::end_of(directory, bytes.size(), entries.size());
}

TEST_CASE("deflated entries that share their bytes are refused, though next to nothing comes out of them") {
  CHECK(refusal(deflated_nest(40'000, 1)) == "accepted");
  CHECK_THAT(refusal(deflated_nest(40'000, 2)), Contains("'0' in it: shares bytes"));
  CHECK_THAT(refusal(deflated_nest(40'000, 40)), Contains("'38' in it: shares bytes"));
}

TEST_CASE("what is no zip is refused") {
  for (const std::string& bytes : {""s, "PK"s, "hello"s, std::string(100'000, '\0'), "PK\x03\x04"s}) {
    CHECK_THAT(refusal(bytes), Contains("a.zip: is not a sound zip"));
  }
}

}  // namespace
}  // namespace resnet
