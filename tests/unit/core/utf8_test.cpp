// SPDX-License-Identifier: MIT
#include "core/utf8.hpp"

#include <nlohmann/json.hpp>

#include "support/catch.hpp"

namespace resnet {
namespace {

using namespace std::string_literals;

constexpr const char* kReplacement = "\xef\xbf\xbd";

// Whether nlohmann's JSON, which is strict, can write the text.
bool is_json(const std::string& text) {
  try {
    return !nlohmann::json(text).dump().empty();
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

TEST_CASE("characters at the ends of each length of UTF-8 are known, and stay as they are") {
  for (const std::string& text : {""s, "\0"s, "a/b c~"s, "\x7f"s, "\xc2\x80"s, "\xdf\xbf"s, "\xe0\xa0\x80"s,
                                  "\xed\x9f\xbf"s, "\xee\x80\x80"s, "\xef\xbf\xbf"s, "\xf0\x90\x80\x80"s,
                                  "\xf4\x8f\xbf\xbf"s, "caf\xc3\xa9 \xe6\xae\x8b\xe5\xb7\xae \xf0\x9f\x99\x82"s}) {
    CAPTURE(text);
    CHECK(is_utf8(text));
    CHECK(is_json(text));
    CHECK(as_utf8(text) == text);
  }
}

TEST_CASE("overlong forms, surrogates, what is beyond U+10FFFF and cut-off characters are no UTF-8 (RFC 3629)") {
  for (const std::string& text : {"\x80"s,
                                  "\xbf"s,
                                  "\xc0\x80"s,
                                  "\xc1\xbf"s,
                                  "\xe0\x9f\xbf"s,
                                  "\xed\xa0\x80"s,
                                  "\xed\xbf\xbf"s,
                                  "\xf0\x8f\xbf\xbf"s,
                                  "\xf4\x90\x80\x80"s,
                                  "\xf5\x80\x80\x80"s,
                                  "\xf8\x88\x80\x80\x80"s,
                                  "\xfe"s,
                                  "\xff"s,
                                  "\xc3"s,
                                  "\xe6\xae"s,
                                  "\xf0\x9f\x99"s,
                                  "\xc3("s,
                                  "\xe6(\x8b"s,
                                  "\xf0\x9f(\x82"s,
                                  "caf\xe9/w"s}) {
    CAPTURE(text);
    CHECK_FALSE(is_utf8(text));
    CHECK_FALSE(is_json(text));
    CHECK(is_utf8(as_utf8(text)));
  }
}

TEST_CASE("each byte that is no part of UTF-8 is replaced, and what stands around it stays") {
  CHECK(as_utf8("caf\xe9/w") == "caf"s + kReplacement + "/w");
  CHECK(as_utf8("\xc3\xa9\xe6\xae") == "\xc3\xa9"s + kReplacement + kReplacement);
  CHECK(as_utf8("\xed\xa0\x80") == std::string(kReplacement) + kReplacement + kReplacement);
}

}  // namespace
}  // namespace resnet
