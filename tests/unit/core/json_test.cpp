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

TEST_CASE("objects with the searches of one of ten thousand keys are read, and of more discarded unless sorted") {
  const auto object = [](int keys) {
    std::string text = "{\"a:b\": 0";
    for (int i = 1; i < keys; ++i) text += ",\"" + std::to_string(i) + "\":0";
    return text + "}";
  };
  CHECK(parse_json(object(10'000)).size() == 10'000);
  CHECK(parse_json(object(10'001)).is_discarded());
  CHECK(parse_large_json(object(10'001)).size() == 10'001);
  // The limit is for all objects: that one leaves room for one of a hundred keys beside it, and no more.
  const std::string both = "[" + object(10'000) + "," + object(100);
  CHECK(parse_json(both + "]").size() == 2);
  CHECK(parse_json(both + "," + object(16) + "]").is_discarded());
  // A long list of objects has many keys and costs nothing: provenance.json has one of each session.
  std::string list = "[0";
  for (int i = 0; i < 700; ++i) list += "," + object(16);
  CHECK(parse_json(list + "]").size() == 701);
}

TEST_CASE("a field is there in its own type only") {
  const auto object =
      parse_json(R"({"text": "x", "truth": true, "count": 3, "less": -3, "number": 1.5, "none": null})");
  CHECK(field_of<std::string>(object, "text") == "x");
  CHECK(field_of<bool>(object, "truth") == true);
  CHECK(field_of<std::int64_t>(object, "less") == -3);
  CHECK(field_of<std::uint64_t>(object, "count") == 3);
  CHECK(field_of<double>(object, "number") == 1.5);
  CHECK(field_of<double>(object, "count") == 3);
  for (const char* name : {"truth", "count", "none", "absent"}) CHECK(!field_of<std::string>(object, name));
  for (const char* name : {"text", "truth", "number", "none", "absent"}) CHECK(!field_of<std::int64_t>(object, name));
  for (const char* name : {"text", "count", "none", "absent"}) CHECK(!field_of<bool>(object, name));
  for (const char* name : {"text", "truth", "none", "absent"}) CHECK(!field_of<double>(object, name));
  CHECK(!field_of<std::uint64_t>(object, "less"));
  CHECK(!field_of<std::int64_t>(parse_json(R"({"count": 18446744073709551615})"), "count"));
  for (const char* text : {"[1]", "3", "null", "{"}) CHECK(!field_of<double>(parse_json(text), "count"));
}

}  // namespace
}  // namespace resnet
