// SPDX-License-Identifier: MIT
#include "format/tar.hpp"

#include <array>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/tar_bytes.hpp"

namespace resnet {
namespace {

using namespace tar_bytes;
using Catch::Contains;

constexpr std::array<std::string_view, 2> kNames = {"a", "b"};

std::string refusal(const std::string& bytes) {
  try {
    read_tar(bytes, kNames, "a.tar");
  } catch (const Error& error) {
    const std::string text = error.what();
    return text.starts_with("a.tar: ") ? text : "does not name the file: " + text;
  }
  return "accepted";
}

TEST_CASE("the files of a tar are read, up to its first empty block") {
  const std::string content(700, 'x');
  const std::string bytes = tar({facts(), {"b", content}, {"a", ""}}) + tar({{"after", ""}});
  CHECK(is_tar(bytes));
  const auto files = read_tar(bytes, kNames, "a.tar");
  REQUIRE(files.size() == 2);
  CHECK(files.at("b") == content);
  CHECK(files.at("b").data() >= bytes.data());  // a view
  CHECK(files.at("a").empty());
}

TEST_CASE("what another reader could take for something else is refused") {
  for (const char kind : {'\0', '1', '2', '5', 'g', 'L', 'S', 'K', 'x'}) {
    CAPTURE(kind);
    CHECK_THAT(refusal(tar({{"a", "", kind}, {"b", ""}})), Contains("a.tar: 'a' in it is no plain file"));
  }
  CHECK_THAT(refusal(tar({{"a", "1"}, {"b", ""}, {"a", "2"}})), Contains("'a' is there twice"));
  CHECK_THAT(refusal(tar({{"a", ""}})), Contains("has no 'b' in it"));
  CHECK_THAT(refusal(tar({{"a", ""}, {"b", ""}, {"c/", ""}})), Contains("has a file 'c/' in it, expected a, b alone"));
  CHECK_THAT(refusal(tar({facts("path"), {"a", ""}, {"b", ""}})), Contains("says 'path' of a file in it"));
  for (const char* broken : {"99 mtime=1\n", "10 mtime=1", "8 mtime\n", "x", "0 a=b\n"}) {
    CAPTURE(broken);
    const std::string refused = refusal(tar({{"././@PaxHeader", broken, 'x'}, {"a", ""}, {"b", ""}}));
    CHECK((refused.find("facts on a file in it are broken") != std::string::npos ||
           refused.find("says 'mtime' of a file in it") != std::string::npos));
  }
  // More facts, in what fills the block: Python reads them too.
  std::string padded_facts = tar({facts(), {"a", ""}, {"b", ""}});
  padded_facts.replace(512 + facts().bytes.size(), 17, "17 path=storages\n");
  CHECK_THAT(refusal(padded_facts), Contains("something stands behind the end of a file in it"));
  std::string prefixed = header({"a", ""});
  prefixed.replace(345, 6, "folder");
  CHECK_THAT(refusal(with_checksum(prefixed)), Contains("'a' in it is in a folder"));
  std::string signed_size = header({"a", ""});
  signed_size.replace(124, 12, "-0000000001\0"s);
  CHECK_THAT(refusal(with_checksum(signed_size)), Contains("a size in it is wrong"));
  std::string wrong = tar({{"a", ""}, {"b", ""}});
  wrong[0] = 'b';
  CHECK_THAT(refusal(wrong), Contains("a header's checksum is wrong"));
}

TEST_CASE("a tar that is cut off is refused") {
  const std::string whole = tar({{"a", std::string(600, 'x')}});
  for (std::size_t size = 1; size < 512 + 600; ++size) {
    CAPTURE(size);
    CHECK(refusal(whole.substr(0, size)).starts_with("a.tar: "));
    CHECK(refusal(whole.substr(0, size)) != "accepted");
  }
}

TEST_CASE("a checksum that only a lenient reader understands makes a tar all the same") {
  const std::string strict = header({"a", ""});
  unsigned sum = 8 * ' ';
  for (std::size_t i = 0; i < strict.size(); ++i) {
    if (i < 148 || i >= 156) sum += static_cast<unsigned char>(strict[i]);
  }
  for (const std::string& checksum :
       {fmt::format("{:o}", sum), fmt::format(" 0o{:o} ", sum), fmt::format("+{:06o}", sum),
        fmt::format("{:o}_{:03o}", sum / 512, sum % 512),
        "\x80"s + std::string(5, '\0') + static_cast<char>(sum / 256) + static_cast<char>(sum % 256)}) {
    CAPTURE(checksum);
    std::string bytes = strict;
    CHECK(is_tar(bytes.replace(148, 8, padded(checksum, 8))));
  }
  std::string other = strict;
  CHECK_FALSE(is_tar(other.replace(148, 8, padded(fmt::format("{:o}", sum + 1), 8))));
  CHECK_FALSE(is_tar(std::string(512, '\0')));
  CHECK_FALSE(is_tar(strict.substr(0, 511)));
}

}  // namespace
}  // namespace resnet
