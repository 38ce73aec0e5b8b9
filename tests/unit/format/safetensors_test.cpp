// SPDX-License-Identifier: MIT
// What can be written, and how large a header is read; tests/unit/exchange/safetensors_test.cpp has all the rest.
#include "format/safetensors.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/pickle_bytes.hpp"

namespace resnet {
namespace {

using Catch::Contains;

std::string refusal(const Safetensors& content) {
  try {
    write_safetensors(content, "a.safetensors");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("names and words that are not UTF-8 are refused by name, for JSON has no others") {
  const std::string number(4, '\0');
  CHECK(refusal({{{"caf\xc3\xa9", Dtype::kFloat32, {1}, {1}, number}}, {{"recipe", "/caf\xc3\xa9/w"}}}) == "accepted");
  CHECK_THAT(refusal({{}, {{"recipe", "/caf\xe9/w"}}}),
             Contains("a.safetensors: the name 'recipe' or what stands under it is not UTF-8"));
  CHECK_THAT(refusal({{}, {{"caf\xe9", "w"}}}), Contains("a.safetensors: the name 'caf?' or"));
  CHECK_THAT(refusal({{{"caf\xe9", Dtype::kFloat32, {1}, {1}, number}}, {}}),
             Contains("a.safetensors: the name 'caf?' or"));
}

TEST_CASE("a header may have room for the names of a million images, and is written no larger than it is read") {
  Safetensors content{{}, {{"images", std::string(20'000'000, 'n')}}};
  CHECK((read_safetensors(write_safetensors(content, "a"), "a").metadata == content.metadata));
  content.metadata["images"].resize(100'000'000, 'n');
  CHECK_THAT(refusal(content),
             Contains("a.safetensors: its header would have") && Contains("takes one of more than 100000000"));

  constexpr std::uint64_t kTooLarge = 100'000'001;
  const std::string bytes = pickle_bytes::little_endian(kTooLarge) + std::string(kTooLarge, ' ');
  CHECK_THROWS_WITH(read_safetensors(bytes, "a"), Contains("its header would have 100000001 bytes"));
}

}  // namespace
}  // namespace resnet
