// SPDX-License-Identifier: MIT
#include "core/number.hpp"

#include <cmath>

#include "support/catch.hpp"

using resnet::finite_number;
using resnet::numbers_between_commas;
using resnet::whole_number;

TEST_CASE("a text is a finite number as a whole, or none") {
  CHECK(finite_number("0.125") == 0.125);
  CHECK(finite_number("-2e3") == -2000);
  for (const char* text : {"", " 1", "1 ", "+1", "1,5", "1x", "nan", "inf", "1e999", "--1"}) {
    INFO(text);
    CHECK(!finite_number(text));
  }
}

TEST_CASE("a text is a whole number as a whole, or none") {
  CHECK(whole_number("007") == 7);
  CHECK(whole_number("-1") == -1);
  CHECK(whole_number("9223372036854775807") == 9'223'372'036'854'775'807);
  CHECK(whole_number("-9223372036854775808") == -9'223'372'036'854'775'807 - 1);
  for (const char* text : {"", " 1", "1 ", "+1", "1.0", "1e3", "0x10", "9223372036854775808", "-", "--1"}) {
    INFO(text);
    CHECK(!whole_number(text));
  }
}

TEST_CASE("a text is numbers between commas as a whole, or none") {
  using Numbers = std::vector<double>;
  CHECK(numbers_between_commas("0.5") == Numbers{0.5});
  CHECK(numbers_between_commas("1,-2e3,0.125") == Numbers{1, -2000, 0.125});
  for (const char* text : {"", ",", "1,", ",1", "1,,2", "1, 2", "1 ,2", "1;2", "1,x", "1,1e999"}) {
    INFO(text);
    CHECK(!numbers_between_commas(text));
  }
  const auto without_bounds = numbers_between_commas("inf,nan");
  REQUIRE(without_bounds.has_value());
  CHECK(std::isinf(without_bounds->front()));
  CHECK(std::isnan(without_bounds->back()));
}
