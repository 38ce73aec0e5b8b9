// SPDX-License-Identifier: MIT
// Prints a network layer by layer: what leaves each layer, its parameters and its multiply-adds.
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "model/make_model.hpp"

namespace {

constexpr std::int64_t kImageSize = 32;  // of CIFAR-10

std::string with_separators(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (auto at = static_cast<std::int64_t>(digits.size()) - 3; at > 0; at -= 3) {
    digits.insert(static_cast<std::size_t>(at), 1, ',');
  }
  return digits;
}

void print_row(const std::string& name, const std::string& kind, const std::string& output,
               const std::string& parameters, const std::string& multiply_adds) {
  resnet::print("{:<22}{:<14}{:>14}{:>14}{:>18}\n", name, kind, output, parameters, multiply_adds);
}

void print_table(const resnet::ModelSpec& spec, const resnet::ModelCost& cost) {
  resnet::print("{}, shortcuts: {}, one image of {} x {}\n\n", model_name(spec), shortcut_name(spec), kImageSize,
                kImageSize);
  print_row("layer", "kind", "output", "parameters", "multiply-adds");
  for (const resnet::LayerCost& layer : cost.layers) {
    const auto& [channels, height, width] = layer.output;
    print_row(layer.name, layer.kind, fmt::format("{} x {} x {}", channels, height, width),
              with_separators(layer.parameters), with_separators(layer.multiply_adds));
  }
  print_row("total", "", "", with_separators(cost.parameters()), with_separators(cost.multiply_adds()));
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
  return {{"model", model_name(spec)}, {"shortcut", shortcut_name(spec)}, {"depth", spec.depth},
          {"layers", layers},          {"parameters", cost.parameters()}, {"multiply_adds", cost.multiply_adds()}};
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("describe", "Prints a network layer by layer, with exact totals.");
    options.add("model", "resnet20", "network, e.g. plain20 or resnet56");
    options.add("shortcut", "A", "A zero padding, B projections where dimensions grow, C projections everywhere");
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;

    resnet::ModelSpec spec = options.parsed("model", resnet::parse_model_name);
    spec.shortcut = options.parsed("shortcut", resnet::parse_shortcut);
    const resnet::ModelCost cost = resnet::make_model(spec, /*seed=*/0)->cost(kImageSize, kImageSize);
    if (options.is_on("json")) {
      resnet::print_json(to_json(spec, cost));
    } else {
      print_table(spec, cost);
    }
    return 0;
  });
}
