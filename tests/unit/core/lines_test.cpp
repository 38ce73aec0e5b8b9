// SPDX-License-Identifier: MIT
#include "core/lines.hpp"

#include "support/catch.hpp"

namespace resnet {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("lines end with a line feed, or with nothing; empty ones count") {
  CHECK(lines_of("a\n\nb").size() == 3);
  CHECK(lines_of("a\nb\n") == Lines{"a", "b"});
  CHECK(lines_of("").empty());
  CHECK(lines_of("\n") == Lines{""});
}

TEST_CASE("what Windows adds to a text is no part of its lines") {
  CHECK(lines_of("\xef\xbb\xbf"
                 "a\r\nb\r\n") == Lines{"a", "b"});
  CHECK(lines_of("a\rb\r") == Lines{"a\rb"});  // at the end alone
  CHECK(lines_of("a\n\xef\xbb\xbf"
                 "b") == Lines{"a",
                               "\xef\xbb\xbf"
                               "b"});
}

}  // namespace
}  // namespace resnet
