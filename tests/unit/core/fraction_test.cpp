// SPDX-License-Identifier: MIT
#include "core/fraction.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

TEST_CASE("a factor is read as a fraction, a decimal number or a whole number, exactly") {
  CHECK(Fraction::parse("1/64") == Fraction(1, 64));
  CHECK(Fraction::parse("0.25") == Fraction(1, 4));
  CHECK(Fraction::parse(".5") == Fraction(1, 2));
  CHECK(Fraction::parse("0.1") == Fraction(1, 10));
  CHECK(Fraction::parse("1.50") == Fraction(3, 2));
  CHECK(Fraction::parse("2") == Fraction(2, 1));
  CHECK(Fraction::parse("3/2") == Fraction(3, 2));
  CHECK(Fraction::parse("0.000000001") == Fraction(1, 1'000'000'000));
  CHECK(Fraction::parse("1000000000") == Fraction(1'000'000'000, 1));
}

TEST_CASE("a factor is kept in lowest terms, and its text is read back") {
  CHECK(Fraction(6, 4).text() == "3/2");
  CHECK(Fraction(1000, 64000).text() == "1/64");
  CHECK(Fraction(4, 2).text() == "2");
  CHECK(Fraction(64, 64).text() == "1");
  for (const char* text : {"1/64", "0.125", "2", "7/3", "0.123456789", "1000000000/999999999"}) {
    CHECK(Fraction::parse(Fraction::parse(text).text()) == Fraction::parse(text));
  }
  CHECK(Fraction(3, 2).value() == 1.5);
}

TEST_CASE("only a factor of one leaves the paper's schedule as it is") {
  CHECK(Fraction().is_one());
  CHECK(Fraction::parse("64/64").is_one());
  CHECK(Fraction::parse("1.0").is_one());
  CHECK_FALSE(Fraction::parse("1/64").is_one());
  CHECK_FALSE(Fraction::parse("2").is_one());
}

TEST_CASE("a count times a factor is rounded to the nearest and never below 1") {
  CHECK(Fraction(1, 64).of(64'000) == 1000);
  CHECK(Fraction(1, 64).of(32'000) == 500);
  CHECK(Fraction(1, 64).of(500) == 8);   // 7.8125
  CHECK(Fraction(1, 3).of(500) == 167);  // 166.67
  CHECK(Fraction(1, 3).of(400) == 133);  // 133.33
  CHECK(Fraction(3, 2).of(3) == 5);      // 4.5
  CHECK(Fraction(2, 1).of(64'000) == 128'000);
  CHECK(Fraction(1, 1'000'000).of(64'000) == 1);
  CHECK(Fraction(1, 3).of(1) == 1);
  CHECK(Fraction(1, 1'000'000'000).of(1'000'000'000) == 1);
  CHECK(Fraction(1'000'000'000, 1).of(1'000'000'000) == 1'000'000'000'000'000'000);
}

TEST_CASE("what is not a positive factor is refused") {
  for (const char* text : {"0",
                           "0.0",
                           "0/5",
                           "1/0",
                           "-1",
                           "-1/2",
                           "1/-2",
                           "-0.5",
                           "-0.25",
                           "1.-0",
                           "0.-5",
                           "+1",
                           "abc",
                           "",
                           ".",
                           "/",
                           "1/",
                           "/2",
                           "0.",
                           "1.",
                           "1e3",
                           "1/2/3",
                           "1/2.5",
                           "0.2.5",
                           " 1",
                           "1 ",
                           "1 /2",
                           "nan",
                           "inf",
                           "0x10",
                           "1,5",
                           "1000000001",
                           "1/1000000001",
                           "99999999999999999999",
                           "0.1234567890",
                           "1.123456789"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(Fraction::parse(text), Error);
  }
  CHECK_THROWS_WITH(Fraction::parse("1e3"), Catch::Contains("'1e3' is not a factor") && Catch::Contains("1/64"));
  CHECK_THROWS_AS(Fraction(0, 1), Error);
  CHECK_THROWS_AS(Fraction(1, -1), Error);
}

}  // namespace
}  // namespace resnet
