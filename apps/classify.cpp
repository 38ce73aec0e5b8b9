// SPDX-License-Identifier: MIT
// Says what is in images, by any net exported to TorchScript: the five best classes with their probabilities.
#include <ATen/Functions.h>

#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "batch/batch_stream.hpp"
#include "batch/photo_batch.hpp"
#include "cli/options.hpp"
#include "cli/print.hpp"
#include "cli/run_main.hpp"
#include "core/error.hpp"
#include "exchange/exported_model.hpp"
#include "experiment/image_files.hpp"
#include "experiment/loaded_data.hpp"
#include "experiment/model_flags.hpp"
#include "image/draw_view.hpp"
#include "tensor/runtime.hpp"

namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kBest = 5;

/// What the net takes: what the file says of it, changed by the flags.
resnet::NetInput input_from(const resnet::Options& options, const resnet::ExportFacts& facts) {
  const auto normalization = resnet::input_hint_from(options);
  resnet::require_usage(facts.input || (normalization && options.given("size")),
                        "{}: says nothing of its images; give --mean, --std and --size", options.text("model-file"));
  resnet::NetInput input = resnet::with_hint(facts.input, normalization, options.text("model-file"));
  if (options.given("size")) input.height = input.width = options.integer("size", 1, resnet::kLargestImageSize);
  if (options.given("shorter-side")) input.shorter_side = options.integer("shorter-side", 0, resnet::kLargestSide);
  resnet::require_usage(
      input.shorter_side == 0 || input.shorter_side >= std::max(input.height, input.width),
      "--shorter-side {}: has no centre of {} x {}; give a larger one, or 0 to resize the whole image",
      input.shorter_side, input.height, input.width);
  return input;
}

/// What the net is to see of the image.
at::Tensor read_levels(const resnet::NetInput& input, const std::string& file) {
  const resnet::EncodedImage image = resnet::read_encoded_image(file);
  const resnet::PhotoView view = resnet::view_of(input, image.header.size);
  at::Tensor levels = resnet::empty_images(1, view.size);
  resnet::draw_view(image, view, {}, levels.data_ptr<float>());
  return levels;
}

/// The probabilities of all classes.
at::Tensor classify(resnet::ExportedModel& model, const at::Tensor& prepared, const std::string& file) {
  at::Tensor probabilities = at::softmax(model.net->forward(prepared)[0].to(at::kDouble), 0);
  resnet::require(probabilities.isfinite().all().item<bool>(),
                  "{}: its scores are not finite; are these the weights, and the --mean and --std, of the net?", file);
  return probabilities;
}

Json best_classes(const at::Tensor& probabilities, const std::vector<std::string>& names) {
  const auto [best, classes] = probabilities.topk(std::min(kBest, probabilities.size(0)));
  Json list = Json::array();
  for (std::int64_t i = 0; i < best.size(0); ++i) {
    const auto number = classes[i].item<std::int64_t>();
    const bool is_named = static_cast<std::size_t>(number) < names.size();
    list.push_back({{"class", number},
                    {"name", is_named ? Json(names[static_cast<std::size_t>(number)]) : Json()},
                    {"probability", best[i].item<double>()}});
  }
  return list;
}

void print_image(const Json& image) {
  resnet::print("{}\n", image.at("image").get<std::string>());
  if (image.at("classes").is_null()) resnet::print("  left out: {}\n", image.at("error").get<std::string>());
  for (const Json& guess : image.at("classes")) {
    resnet::print("  {:6.2f} %  {}\n", 100 * guess.at("probability").get<double>(),
                  guess.at("name").is_null() ? fmt::format("class {}", guess.at("class").get<std::int64_t>())
                                             : guess.at("name").get<std::string>());
  }
}

/// What the program says of one image; of one that cannot be read and is skipped: why.
Json say_of(resnet::ExportedModel& model, const resnet::NetInput& input, const std::string& file,
            resnet::BadImages bad_images) {
  Json said = {{"image", file}, {"classes", nullptr}};
  at::Tensor levels;
  const std::string error = resnet::why_left_out(bad_images, [&] { levels = read_levels(input, file); });
  if (!error.empty()) {
    said["error"] = error;
    return said;
  }
  said["classes"] = best_classes(classify(model, resnet::prepare(input, levels), file), model.facts.class_names);
  return said;
}

}  // namespace

int main(int argc, char** argv) {
  return resnet::run_main([&] {
    resnet::Options options("classify", "Says what is in images, by any net exported to TorchScript.");
    options.add_words("IMAGE...", 1, 100'000, "a JPEG, PNG, WebP or BMP, or a folder of them");
    options.add("model-file", "", "the TorchScript file, e.g. of ./run export; run only one that you trust");
    resnet::add_input_flags(options);
    options.add("size", "", "height and width of what the net sees [what the file says]");
    options.add(
        "shorter-side", "",
        "resize images to this shorter side and take their centre; 0: resize them as a whole [what the file says]");
    resnet::add_bad_images_flag(options);
    options.add_switch("json", "print one JSON object");
    if (!options.parse(argc, argv)) return 0;
    resnet::require_usage(options.given("model-file"), "--model-file is missing: the net to classify with");

    resnet::set_up_runtime();
    const at::NoGradGuard no_gradient;
    resnet::ExportedModel model = resnet::load_exported_model(options.path("model-file"));
    const resnet::NetInput input = input_from(options, model.facts);
    Json images = Json::array();
    const auto bad_images = options.parsed("bad-images", resnet::parse_bad_images);
    for (const std::string& file : resnet::image_files(options.words())) {
      images.push_back(say_of(model, input, file, bad_images));
      if (!options.is_on("json")) print_image(images.back());
    }
    const auto was_left_out = [](const Json& image) { return image.at("classes").is_null(); };
    if (std::all_of(images.begin(), images.end(), was_left_out)) {
      resnet::fail("none of the images could be read; the first: {}", images.at(0).at("error").get<std::string>());
    }
    if (options.is_on("json")) resnet::print_json({{"model_file", options.text("model-file")}, {"images", images}});
    return 0;
  });
}
