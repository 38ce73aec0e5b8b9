// SPDX-License-Identifier: MIT
#include "exchange/state_names.hpp"

#include <torch/types.h>

#include "model/make_model.hpp"
#include "support/catch.hpp"

namespace resnet {
namespace {

StateNames names_of(const ModelSpec& spec) {
  StateNames names;
  for (const auto& entry : make_unset_model(spec)->named_parameters()) names.insert(entry.key());
  return names;
}

TEST_CASE(
    "which blocks have a projection tells the shortcuts, of bottlenecks too, whose first stage projects under B") {
  for (const char* name : {"resnet8", "resnet20", "resnet18", "resnet34", "resnet50", "resnet101"}) {
    for (const char* option : {"A", "B", "C"}) {
      CAPTURE(name, option);
      ModelSpec spec = parse_model_name(name);
      spec.shortcut = parse_shortcut(option);
      const StateNames names = names_of(spec);
      CHECK(shortcut_name(shortcut_by_names(names, spec)) == option);
      const auto seen = net_by_names(names, Family::kResidual);
      REQUIRE(seen.has_value());
      CHECK(model_name(*seen) == name);
      CHECK(seen->shortcut == spec.shortcut);
    }
  }
}

TEST_CASE("a plain net is one by what is said of it, as its names are those of option A") {
  for (const char* name : {"plain20", "plain18", "plain34"}) {
    CAPTURE(name);
    const StateNames names = names_of(parse_model_name(name));
    CHECK(model_name(*net_by_names(names, Family::kPlain)) == name);
    CHECK(shortcut_by_names(names, parse_model_name(name)) == Shortcut::kZeroPadding);
  }
}

TEST_CASE("names of no net's blocks are those of none") {
  CHECK_FALSE(net_by_names({}, Family::kResidual).has_value());
  CHECK_FALSE(net_by_names(names_of(parse_model_name("vgg16")), Family::kPlain).has_value());
  StateNames names = names_of(parse_model_name("resnet34"));
  names.insert("layer4.3.conv1.weight");  // {3, 4, 6, 4} blocks
  CHECK_FALSE(net_by_names(names, Family::kResidual).has_value());
}

TEST_CASE("every net has the tensor before whose name a prefix stands") {
  for (const char* name : {"plain20", "resnet20", "plain34", "resnet50", "vgg19"}) {
    CAPTURE(name);
    const ModelSpec spec = parse_model_name(name);
    CHECK(names_of(spec).contains(std::string(anchor_name(spec.design))));
  }
}

TEST_CASE("the last layer's rows are the classes, if it is as wide as the net") {
  CHECK(classes_of({7, 2048}, parse_model_name("resnet50")) == 7);
  CHECK(classes_of({7, 512}, parse_model_name("resnet50")) == 1000);
  CHECK(classes_of({7, 512}, parse_model_name("resnet34")) == 7);
  CHECK(classes_of({7, 4096}, parse_model_name("vgg16")) == 7);
  CHECK(classes_of({7, 64}, parse_model_name("resnet20")) == 7);
  CHECK(classes_of({7}, parse_model_name("resnet20")) == 10);
}

TEST_CASE("a stride that no file says is torchvision's, on the 3x3, where there are bottlenecks") {
  CHECK(stride_of_others(parse_model_name("resnet50")) == BottleneckStride::k3x3);
  CHECK(stride_of_others(parse_model_name("resnet34")) == BottleneckStride::k1x1);
}

}  // namespace
}  // namespace resnet
