// SPDX-License-Identifier: MIT
#include "model/model_spec.hpp"

#include <string>

#include "core/error.hpp"
#include "support/catch.hpp"

using namespace resnet;

namespace {

std::string refusal(const std::string& name) {
  try {
    parse_model_name(name);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::kUsage);
    return error.what();
  }
  return "accepted";
}

std::string refusal(const ModelSpec& spec) {
  try {
    check_spec(spec);
  } catch (const Error& error) {
    CHECK(error.fault() == Fault::kUsage);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("a name says family and depth, and a spec gives its name back") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet56", "resnet8", "plain1202", "resnet12002",
                                    "cifar_resnet50", "cifar_resnet152", "plain50", "plain152");
  CHECK(model_name(parse_model_name(name)) == name);
}

TEST_CASE("plain20 is the plain net of 20 layers, resnet56 the residual one of 56 with option A") {
  CHECK(parse_model_name("plain20") == ModelSpec{Family::kPlain, 20, Shortcut::kZeroPadding, 10, 0});
  CHECK(parse_model_name("resnet56") == ModelSpec{Family::kResidual, 56, Shortcut::kZeroPadding, 10, 0});
}

TEST_CASE("the prefix may be written where it is not needed") {
  CHECK(model_name(parse_model_name("cifar_resnet20")) == "resnet20");
}

TEST_CASE("the bare names of Table 1 are reserved for the ImageNet nets") {
  CHECK(refusal("resnet50") ==
        "resnet50: this name is reserved for the ImageNet net; the CIFAR-10 net of that depth is cifar_resnet50");
  CHECK_THAT(refusal("resnet152"), Catch::Contains("reserved") && Catch::Contains("cifar_resnet152"));
  for (const std::string name : {"resnet18", "resnet34", "resnet101", "plain18", "plain34"}) {
    CAPTURE(name);
    CHECK_THAT(refusal(name), Catch::Contains(name + ": this name is reserved") &&
                                  Catch::Contains("no CIFAR-10 net has") && !Catch::Contains("cifar_" + name));
  }
}

TEST_CASE("a depth that is not 6n + 2 is refused with the nearest that are") {
  CHECK(refusal("resnet21") ==
        "resnet21: a CIFAR-10 net has 6n + 2 layers, n = 1 to 2000; the nearest is resnet20 or resnet26");
  CHECK_THAT(refusal("cifar_resnet18"), Catch::Contains("resnet14 or resnet20"));
  CHECK_THAT(refusal("resnet49"), Catch::Contains("resnet44 or cifar_resnet50"));
}

TEST_CASE("n = 0 and depths beyond all bounds are refused") {
  CHECK_THAT(refusal("resnet2"), Catch::Contains("the nearest is resnet8"));
  CHECK_THAT(refusal("resnet0"), Catch::Contains("the nearest is resnet8"));
  CHECK_THAT(refusal("plain12008"), Catch::Contains("the nearest is plain12002"));
  CHECK_THAT(refusal("plain99999999999999999999999"), Catch::Contains("the nearest is plain12002"));
}

TEST_CASE("what is no net at all is refused") {
  const std::string name = GENERATE(as<std::string>(), "foo", "", "resnet", "resnet-20", "resnet+20", "resnet 20",
                                    "resnet020", "resnet20x", "ResNet20", "cifar_", "20");
  CAPTURE(name);
  CHECK_THAT(refusal(name), Catch::StartsWith(name + ": no such net"));
}

TEST_CASE("the padding of option A is written end or symmetric, and is option A's alone") {
  for (const std::string text : {"end", "symmetric"}) {
    CHECK(shortcut_padding_name(parse_shortcut_padding(text)) == text);
  }
  CHECK_THROWS_WITH(parse_shortcut_padding("both"), "shortcut padding: 'both' is unknown, expected end or symmetric");
  CHECK(refusal({.shortcut_padding = ShortcutPadding::kSymmetric}) == "accepted");
  CHECK_THAT(refusal({.shortcut = Shortcut::kProjectionWhereNeeded, .shortcut_padding = ShortcutPadding::kSymmetric}),
             Catch::Contains("only option A"));
  CHECK_THAT(refusal({.family = Family::kPlain, .shortcut_padding = ShortcutPadding::kSymmetric}),
             Catch::Contains("only option A"));
}

TEST_CASE("shortcut options are written A, B and C") {
  CHECK(parse_shortcut("A") == Shortcut::kZeroPadding);
  CHECK(parse_shortcut("B") == Shortcut::kProjectionWhereNeeded);
  CHECK(parse_shortcut("C") == Shortcut::kProjectionEverywhere);
  for (const std::string text : {"A", "B", "C"}) CHECK(shortcut_name(parse_shortcut(text)) == text);
  CHECK(shortcut_name(parse_model_name("resnet20")) == "A");
  CHECK(shortcut_name(parse_model_name("plain20")) == "none");
  CHECK_THROWS_WITH(parse_shortcut("D"), "shortcut: 'D' is no option, expected A, B or C");
  CHECK_THROWS_AS(parse_shortcut(""), Error);
}

TEST_CASE("a spec that no net can have is refused") {
  CHECK(refusal(ModelSpec{}) == "accepted");
  CHECK_THAT(refusal(ModelSpec{.depth = 21}), Catch::Contains("6n + 2"));
  CHECK_THAT(refusal(ModelSpec{.depth = -4}), Catch::Contains("6n + 2"));
  CHECK_THAT(refusal(ModelSpec{.classes = 0}), Catch::Contains("0 classes"));
  CHECK_THAT(refusal(ModelSpec{.bn_batch = -1}), Catch::Contains("bn_batch"));
  CHECK_THAT(refusal(ModelSpec{.family = Family::kPlain, .shortcut = Shortcut::kProjectionEverywhere}),
             Catch::Contains("plain20: a plain net has no shortcuts"));
}
