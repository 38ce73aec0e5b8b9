// SPDX-License-Identifier: MIT
// Prints a network layer by layer: what leaves each layer, its parameters and its multiply-adds.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/digits.hpp"
#include "model/make_model.hpp"

namespace {

constexpr std::int64_t kMostClasses = 1'000'000;

void print_row(const std::string& name, const std::string& kind, const std::string& output,
               const std::string& parameters, const std::string& multiply_adds) {
  resnet::print("{:<22}{:<14}{:>14}{:>14}{:>18}\n", name, kind, output, parameters, multiply_adds);
}

void print_table(const resnet::ModelSpec& spec, const resnet::ModelCost& cost) {
  const std::int64_t size = image_size(spec.design);
  const std::string stride =
      has_bottlenecks(spec) ? fmt::format(", stride on the {}", bottleneck_stride_name(spec.bottleneck_stride)) : "";
  resnet::print("{}, shortcuts: {}{}, {} classes, one image of {} x {}\n\n", model_name(spec), shortcut_name(spec),
                stride, spec.classes, size, size);
  print_row("layer", "kind", "output", "parameters", "multiply-adds");
  for (const resnet::LayerCost& layer : cost.layers) {
    const auto& [channels, height, width] = layer.output;
    print_row(layer.name, layer.kind, fmt::format("{} x {} x {}", channels, height, width),
              resnet::with_separators(layer.parameters), resnet::with_separators(layer.multiply_adds));
  }
  print_row("total", "", "", resnet::with_separators(cost.parameters()), resnet::with_separators(cost.multiply_adds()));
}

nlohmann::ordered_json to_json(const resnet::ModelSpec& spec, const resnet::ModelCost& cost) {
  nlohmann::ordered_json layers = nlohmann::ordered_json::array();
  for (const resnet::LayerCost& layer : cost.layers) {
    layers.push_back({{"name", layer.name},
                      {"kind", layer.kind},
                      {"output", {layer.output.channels, layer.output.height, layer.output.width}},
                      {"parameters", layer.parameters},
                      {"multiply_adds", layer.multiply_adds}});
  }
  return {{"model", model_name(spec)},
          {"shortcut", shortcut_name(spec)},
          {"bottleneck_stride", has_bottlenecks(spec) ? bottleneck_stride_name(spec.bottleneck_stride) : "none"},
          {"classes", spec.classes},
          {"depth", spec.depth},
          {"image_size", image_size(spec.design)},
          {"layers", layers},
          {"parameters", cost.parameters()},
          {"multiply_adds", cost.multiply_adds()}};
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("describe", "Prints a network layer by layer, with exact totals.");
    options.add("model", "resnet20", "network, e.g. plain20 or resnet56 for CIFAR-10, resnet50 for ImageNet, vgg16");
    options.add(
        "shortcut", "",
        "A zero padding, B projections where dimensions grow, C projections everywhere [A; B from resnet50 on]");
    options.add("bottleneck-stride", "1x1", "of resnet50 and deeper: 1x1 as the authors', 3x3 as torchvision's");
    options.add("classes", "", "of the last layer [10 of CIFAR-10, 1000 of ImageNet]");
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;

    resnet::ModelSpec spec = options.parsed("model", resnet::parse_model_name);
    if (options.given("shortcut")) spec.shortcut = options.parsed("shortcut", resnet::parse_shortcut);
    spec.bottleneck_stride = options.parsed("bottleneck-stride", resnet::parse_bottleneck_stride);
    if (options.given("classes")) spec.classes = options.integer("classes", 1, kMostClasses);
    const std::int64_t size = image_size(spec.design);
    const resnet::ModelCost cost = resnet::make_unset_model(spec)->cost(size, size);
    if (options.is_on("json")) {
      resnet::print_json(to_json(spec, cost));
    } else {
      print_table(spec, cost);
    }
    return 0;
  });
}
