// SPDX-License-Identifier: MIT
#include "core/digits.hpp"

#include "support/catch.hpp"

using resnet::with_separators;

TEST_CASE("a count has a comma before every three digits, and none in front") {
  CHECK(with_separators(0) == "0");
  CHECK(with_separators(999) == "999");
  CHECK(with_separators(1000) == "1,000");
  CHECK(with_separators(123'456) == "123,456");
  CHECK(with_separators(11'689'512) == "11,689,512");
  CHECK(with_separators(-999) == "-999");
  CHECK(with_separators(-1000) == "-1,000");
}
