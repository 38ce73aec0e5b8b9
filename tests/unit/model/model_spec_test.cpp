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

TEST_CASE("a name says design, family and depth, and a spec gives its name back") {
  const std::string name = GENERATE(as<std::string>(), "plain20", "resnet56", "resnet8", "plain1202", "resnet12002",
                                    "cifar_resnet50", "cifar_resnet152", "plain50", "plain152", "plain18", "plain34",
                                    "resnet18", "resnet34", "resnet50", "resnet101", "resnet152", "vgg16", "vgg19");
  CHECK(model_name(parse_model_name(name)) == name);
}

TEST_CASE("plain20 is the plain net of 20 layers, resnet56 the residual one of 56 with option A") {
  CHECK(parse_model_name("plain20") == ModelSpec{.family = Family::kPlain, .depth = 20, .classes = 10});
  CHECK(parse_model_name("resnet56") ==
        ModelSpec{.family = Family::kResidual, .depth = 56, .shortcut = Shortcut::kZeroPadding, .classes = 10});
}

TEST_CASE(
    "the bare names of Table 1 are the ImageNet nets: option A up to 34 layers (Table 2), B from 50 on, 1000 classes") {
  for (const std::int64_t depth : {18, 34}) {
    CHECK(parse_model_name("plain" + std::to_string(depth)) ==
          ModelSpec{.design = Design::kImageNet, .family = Family::kPlain, .depth = depth, .classes = 1000});
    CHECK(parse_model_name("resnet" + std::to_string(depth)) ==
          ModelSpec{.design = Design::kImageNet, .depth = depth, .shortcut = Shortcut::kZeroPadding, .classes = 1000});
  }
  for (const std::int64_t depth : {50, 101, 152}) {
    CHECK(parse_model_name("resnet" + std::to_string(depth)) == ModelSpec{.design = Design::kImageNet,
                                                                          .depth = depth,
                                                                          .shortcut = Shortcut::kProjectionWhereNeeded,
                                                                          .classes = 1000,
                                                                          .bottleneck_stride = BottleneckStride::k1x1});
  }
  CHECK(parse_model_name("cifar_resnet50") == ModelSpec{.depth = 50});
  CHECK(parse_model_name("plain50").design == Design::kCifar);
}

TEST_CASE("VGG is plain, of 16 or 19 layers") {
  CHECK(parse_model_name("vgg16") ==
        ModelSpec{.design = Design::kVgg, .family = Family::kPlain, .depth = 16, .classes = 1000});
  CHECK(refusal("vgg11") == "vgg11: of VGG's nets there are vgg16 and vgg19");
  CHECK_THAT(refusal("cifar_vgg16"), Catch::StartsWith("cifar_vgg16: no such net"));
}

TEST_CASE("the paper writes plain-20, ResNet-110 and VGG-16") {
  CHECK(paper_name(parse_model_name("plain20")) == "plain-20");
  CHECK(paper_name(parse_model_name("resnet110")) == "ResNet-110");
  CHECK(paper_name(parse_model_name("resnet34")) == "ResNet-34");
  CHECK(paper_name(parse_model_name("vgg16")) == "VGG-16");
}

TEST_CASE("nets of a design are trained on images of 32 x 32, or of 224 x 224") {
  CHECK(image_size(parse_model_name("resnet110").design) == 32);
  CHECK(image_size(parse_model_name("resnet18").design) == 224);
  CHECK(image_size(parse_model_name("vgg19").design) == 224);
}

TEST_CASE("the prefix may be written where it is not needed") {
  CHECK(model_name(parse_model_name("cifar_resnet20")) == "resnet20");
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
                                    "resnet020", "resnet20x", "ResNet20", "cifar_", "20", "vgg", "vgg16_bn");
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

TEST_CASE("the stride of a bottleneck is written 1x1 or 3x3, and is a bottleneck's alone") {
  for (const std::string text : {"1x1", "3x3"}) {
    CHECK(bottleneck_stride_name(parse_bottleneck_stride(text)) == text);
  }
  CHECK(parse_bottleneck_stride("3x3") == BottleneckStride::k3x3);
  CHECK_THROWS_WITH(parse_bottleneck_stride("3"), "bottleneck stride: '3' is unknown, expected 1x1 or 3x3");
  for (const std::string name : {"resnet34", "plain34", "resnet110", "cifar_resnet50", "vgg16"}) {
    ModelSpec spec = parse_model_name(name);
    CHECK_FALSE(has_bottlenecks(spec));
    spec.bottleneck_stride = BottleneckStride::k3x3;
    CHECK_THAT(refusal(spec), Catch::Contains("has no bottleneck blocks"));
  }
  for (const std::string name : {"resnet50", "resnet101", "resnet152"}) {
    ModelSpec spec = parse_model_name(name);
    CHECK(has_bottlenecks(spec));
    spec.bottleneck_stride = BottleneckStride::k3x3;
    CHECK(refusal(spec) == "accepted");
  }
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
  CHECK_THAT(refusal(ModelSpec{.design = Design::kImageNet, .depth = 20}), Catch::Contains("50, 101 or 152"));
  CHECK_THAT(refusal(ModelSpec{.design = Design::kImageNet, .family = Family::kPlain, .depth = 50}),
             Catch::Contains("18 or 34 layers"));
  CHECK_THAT(refusal(ModelSpec{.design = Design::kVgg, .depth = 16}), Catch::Contains("vgg16 and vgg19"));
  CHECK_THAT(refusal(ModelSpec{.design = Design::kVgg, .family = Family::kPlain, .depth = 16, .bn_batch = 32}),
             Catch::Contains("VGG has no batch norm"));
}
