// SPDX-License-Identifier: MIT
#include "core/json.hpp"

#include <string>

#include "support/catch.hpp"

namespace resnet {
namespace {

std::string nested(const std::string& open, const std::string& close, int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += open;
  text += "1";
  for (int i = 0; i < levels; ++i) text += close;
  return text;
}

TEST_CASE("JSON is read with its keys in the order of the text") {
  const auto object = parse_json(R"({"b": [1, -2.5, "x", true, null], "a": {}})");
  REQUIRE(object.is_object());
  CHECK(object.begin().key() == "b");
  CHECK(object.dump() == R"({"b":[1,-2.5,"x",true,null],"a":{}})");
}

TEST_CASE("what is no JSON is discarded") {
  for (const char* text : {"", "{", "[1,]", "{}{}", "nan", "\xff", "\"\xff\"", "1e999", "{\"a\" 1}"}) {
    CAPTURE(text);
    CHECK(parse_json(text).is_discarded());
  }
}

TEST_CASE("a hundred levels are read, and more are discarded however many they are") {
  for (const auto& [open, close] : {std::pair<std::string, std::string>{"[", "]"}, {"{\"a\":", "}"}}) {
    CAPTURE(open);
    CHECK(parse_json(nested(open, close, 100)).is_structured());
    CHECK(parse_json(nested(open, close, 101)).is_discarded());
    CHECK(parse_json(nested(open, close, 450'000)).is_discarded());
    CHECK(parse_json("{\"b\":[1," + nested(open, close, 450'000) + "]}").is_discarded());
  }
}

}  // namespace
}  // namespace resnet
