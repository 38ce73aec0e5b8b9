// SPDX-License-Identifier: MIT
// What a run draws at random is what a second program draws by what the headers say, stored by generate.py.
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/epoch_order.hpp"
#include "core/file.hpp"
#include "image/photo_colors.hpp"
#include "image/photo_view.hpp"
#include "model/make_model.hpp"
#include "model/model_spec.hpp"
#include "support/catch.hpp"

namespace {

using nlohmann::json;
using Numbers = std::vector<std::int64_t>;

const json& drawn() {
  static const json stored =
      json::parse(resnet::read_file(std::string(RESNET_TESTS_DIR) + "/golden/random/drawn.json"));
  return stored;
}

std::uint64_t seed() { return drawn().at("seed").get<std::uint64_t>(); }

}  // namespace

TEST_CASE("the order of the images of each epoch", "[golden]") {
  const auto expected = drawn().at("order_of_10_images").get<Numbers>();
  const resnet::EpochOrder order(10, seed());
  for (std::size_t k = 0; k < expected.size(); ++k) {
    CAPTURE(k);
    CHECK(order.image(static_cast<std::int64_t>(k)) == expected[k]);
  }
}

TEST_CASE("crops and mirrors of CIFAR-10's training images", "[golden]") {
  const resnet::ImageSet ten{at::zeros({10, 3, 32, 32}, at::kByte), at::zeros({10}, at::kLong), {}};
  const resnet::BatchStream stream(ten, resnet::mean_image(ten), /*batch=*/4, /*padding=*/4, seed());
  const json& views = drawn().at("cifar_views");
  for (std::size_t k = 0; k < views.size(); ++k) {
    CAPTURE(k);
    const auto step = static_cast<std::int64_t>(k) / 4;
    const resnet::TrainingView view = stream.view(step, static_cast<std::int64_t>(k) % 4);
    CHECK(Numbers{view.image, view.top, view.left, view.is_mirrored} == views[k].get<Numbers>());
  }
}

TEST_CASE("sides, crops and mirrors of photographs in training", "[golden]") {
  for (const json& photo : drawn().at("photo_views")) {
    const resnet::ImageSize size{photo.at("height").get<std::int64_t>(), photo.at("width").get<std::int64_t>()};
    const json& views = photo.at("views");
    for (std::size_t k = 0; k < views.size(); ++k) {
      CAPTURE(size.height, size.width, k);
      const auto view = resnet::training_view(resnet::photo_sizes(224), size, seed(), static_cast<std::int64_t>(k));
      CHECK(Numbers{view.resized.height, view.resized.width, view.top, view.left, view.is_mirrored} ==
            views[k].get<Numbers>());
    }
  }
}

TEST_CASE("shifts of the colours of photographs", "[golden]") {
  const json& shifts = drawn().at("color_shifts");
  for (std::size_t k = 0; k < shifts.size(); ++k) {
    const auto shift = resnet::color_shift(resnet::imagenet_colors(), seed(), static_cast<std::int64_t>(k));
    for (std::size_t c = 0; c < 3; ++c) {
      CAPTURE(k, c);
      CHECK(shift[c] == Approx(shifts[k][c].get<double>()).epsilon(1e-12));
    }
  }
}

TEST_CASE("the weights that a net starts from", "[golden]") {
  const auto net = resnet::make_model(resnet::parse_model_name("resnet8"), seed());
  const auto parameters = net->named_parameters();
  for (const auto& [name, expected] : drawn().at("weights").items()) {
    const torch::Tensor weights = parameters[name].flatten();
    for (std::size_t i = 0; i < expected.size(); ++i) {
      CAPTURE(name, i);
      CHECK(weights[static_cast<std::int64_t>(i)].item<float>() == Approx(expected[i].get<double>()).epsilon(1e-6));
    }
  }
}
