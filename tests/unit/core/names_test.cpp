// SPDX-License-Identifier: MIT
#include "core/names.hpp"

#include "support/catch.hpp"

namespace resnet {
namespace {

using Catch::Contains;

TEST_CASE("a name may hold blanks and any language, and is refused where nobody could see it or a list would lose it") {
  CHECK_NOTHROW(check_name("sports car", "list"));
  CHECK_NOTHROW(check_name("北京", "list"));
  CHECK_THROWS_WITH(check_name("   ", "list"), Contains("list: holds the name '   ', which is of blanks alone"));
  for (const char* name : {"a\nb", "\x7f", "\xc2\x9b",
                           "\xef\xbb\xbf"
                           "a",
                           "\xff"}) {
    CHECK_THROWS_WITH(check_name(name, "list"), Contains("list: holds the name") && Contains("no printable UTF-8"));
  }
}

TEST_CASE("classes stand one a line, and the line of one that cannot be is named") {
  CHECK(class_names_in("cat\ndog", "list") == std::vector<std::string>{"cat", "dog"});
  CHECK(class_names_in("", "list").empty());
  CHECK_THROWS_WITH(class_names_in("cat\n\n", "list"), Contains("list: line 2: is empty"));
  CHECK_THROWS_WITH(class_names_in("cat\n \n", "list"), Contains("list: line 2: holds the name ' '"));
}

}  // namespace
}  // namespace resnet
