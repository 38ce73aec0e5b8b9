// SPDX-License-Identifier: MIT
// Fine-tuning: what a net begins with.
#include "train/initial_weights.hpp"

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/made_up_model.hpp"
#include "support/temp_folder.hpp"
#include "train/photo_data.hpp"

namespace resnet {
namespace {

using Names = std::vector<std::string>;

/// A file with the weights of a small net that has learnt these classes, and a recipe that begins with them.
struct Begun {
  explicit Begun(const Names& class_names) : model(made_up_model({.depth = 8, .classes = 3})) {
    model.class_names = class_names;
    save_trained_model(file, model);
    recipe.model = model.spec;
    recipe.initial_weights = file.string();
    recipe.initial_weights_hash = weights_hash(file);
  }
  TempFolder folder;
  std::filesystem::path file = folder.path() / "weights.safetensors";
  TrainedModel model;
  Recipe recipe;
};

const Names kPets = {"cat", "dog", "frog"};

TEST_CASE("the last layer is kept for the same classes alone, or where nobody knows their names") {
  const auto keeps = [](const Names& learnt, const Names& to_learn) {
    Begun begun(learnt);
    begun.recipe.model.classes = static_cast<std::int64_t>(to_learn.size());
    const auto net = make_model(begun.recipe.model, /*seed=*/7);
    const at::Tensor own = net->named_parameters()["fc.weight"].detach().clone();
    const std::string said = begin_with_weights(*net, begun.recipe, to_learn);
    const auto learnt_parameters = begun.model.net->named_parameters();
    CHECK(torch::equal(net->named_parameters()["conv1.weight"], learnt_parameters["conv1.weight"]));
    const at::Tensor now = net->named_parameters()["fc.weight"];
    const bool is_kept = torch::equal(now, learnt_parameters["fc.weight"]);
    CHECK(torch::equal(now, own) != is_kept);
    CHECK((said.find("a new last layer") == std::string::npos) == is_kept);
    return is_kept;
  };
  CHECK(keeps(kPets, kPets));
  CHECK(keeps({}, kPets));
  CHECK_FALSE(keeps(kPets, {"oak", "pine", "rose"}));
  CHECK_FALSE(keeps(kPets, {"dog", "cat", "frog"}));
  CHECK_FALSE(keeps(kPets, {"cat", "dog"}));
  CHECK_FALSE(keeps({}, {"cat", "dog"}));
}

TEST_CASE("weights that have changed are refused, also by a run that goes on and needs their normalisation alone") {
  Begun begun(kPets);
  PhotoSource source;
  for (PhotoSet* set : {&source.photos.train, &source.photos.validation}) {
    *set = {.folder = {}, .files = {"a.jpg"}, .bytes = {1}, .labels = {0}, .class_names = kPets};
  }
  const TrainingData data = training_data(begun.recipe, source, /*loader_threads=*/0);
  CHECK(torch::equal(data.input.mean, begun.model.input.mean));

  begun.model.input.mean = begun.model.input.mean + 0.1;
  save_trained_model(begun.file, begun.model);
  CHECK_THROWS_WITH(training_data(begun.recipe, source, 0), Catch::Contains("is not the file"));
  CHECK_THROWS_WITH(begin_with_weights(*begun.model.net, begun.recipe, kPets), Catch::Contains("is not the file"));
}

TEST_CASE("of very many photographs a part is tested once they are trained on, from the first class to the last") {
  PhotoSource source;
  PhotoSet& train = source.photos.train;
  const std::int64_t images = 2 * kMostTrainedTested + 1;
  for (std::int64_t i = 0; i < images; ++i) train.files.push_back(fmt::format("{}.jpg", i));
  train.bytes.resize(train.files.size());
  train.labels.resize(train.files.size());
  train.class_names = {"all"};
  source.photos.validation = train;
  source.bad_images = BadImages::kSkip;

  const TrainingData data = training_data({}, source, /*loader_threads=*/0);
  CHECK(data.epoch_images == images);
  CHECK(data.evaluated.images == images);
  CHECK(data.trained.images == kMostTrainedTested);
  // No such files are there, and what cannot be read is named.
  const auto names = [&](std::int64_t batch) { return make_now(data.trained.making, batch).left_out; };
  CHECK_THAT(names(0).at(0), Catch::StartsWith("0.jpg"));
  CHECK_THAT(names(0).at(1), Catch::StartsWith("2.jpg"));
  CHECK_THAT(names(data.trained.batches() - 1).back(), Catch::StartsWith(fmt::format("{}.jpg", images - 3)));
}

}  // namespace
}  // namespace resnet
