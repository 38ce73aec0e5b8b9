// SPDX-License-Identifier: MIT
// The recipe for ImageNet (Section 3.4).
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "core/error.hpp"
#include "exchange/recipe_facts.hpp"
#include "paper/imagenet_errors.hpp"
#include "paper/recipe.hpp"
#include "support/catch.hpp"
#include "train/learning_rate.hpp"
#include "train/recipe.hpp"

using resnet::Fraction;
using resnet::Recipe;
using resnet::run_id;

namespace {

Recipe recipe_of(const char* model, std::int64_t image_size = 224) {
  return resnet::paper::imagenet_recipe(resnet::parse_model_name(model), 0, image_size);
}

}  // namespace

TEST_CASE("the recipe of the paper for ImageNet (Section 3.4)") {
  const Recipe recipe = recipe_of("resnet50");
  CHECK(recipe.batch == 256);
  CHECK(recipe.learning_rate == 0.1);
  CHECK(recipe.iterations == 600'000);
  CHECK(recipe.weight_decay == 0.0001);
  CHECK(recipe.momentum == 0.9);
  CHECK(recipe.milestones.empty());
  CHECK(recipe.warmup_rate == 0);
  CHECK(recipe.micro_batch == 32);  // the authors' images on each of eight GPUs
  CHECK(recipe.photos.sizes.crop == 224);
  CHECK(recipe.photos.sizes.least_side == 256);
  CHECK(recipe.photos.sizes.most_side == 480);
  CHECK(recipe.photos.sizes.test_side == 256);
  CHECK(recipe.photos.sizes.dense_sides == std::vector<std::int64_t>{224, 256, 384, 480, 640});
  CHECK(recipe.photos.colors == resnet::imagenet_colors());
  CHECK(recipe.photos.color_deviation == 0.1);
  CHECK(recipe.statistics_batches == 50);
  CHECK_NOTHROW(resnet::check_recipe(recipe));
}

TEST_CASE("the error is measured every 5,000 iterations, and eight measurements without a gain are a plateau") {
  Recipe recipe = recipe_of("resnet18");
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 5'000);
  CHECK(recipe.plateau == resnet::PlateauRule{8, 0.2, 3});
  recipe.schedule = Fraction(1, 10);
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 500);
  recipe.schedule = Fraction(1, 1000);  // but never so often that an error is noise, or testing dearer than training
  CHECK(resnet::scheduled_iterations(recipe) == 600);
  CHECK(resnet::scheduled_evaluation_interval(recipe) == 100);
}

TEST_CASE("milestones that are given take the place of the plateau's rule") {
  Recipe recipe = recipe_of("resnet18");
  CHECK(resnet::rate_at(recipe, 400'000, {}, 2) == Approx(0.001).epsilon(1e-12));
  recipe.milestones = {300'000};
  CHECK(resnet::rate_at(recipe, 299'999, {}, 2) == 0.1);
  CHECK(resnet::rate_at(recipe, 300'000, {}, 2) == 0.01);
}

TEST_CASE("a smaller crop brings all sides in proportion") {
  const Recipe recipe = recipe_of("resnet18", 112);
  CHECK(recipe.photos.sizes.least_side == 128);
  CHECK(recipe.photos.sizes.most_side == 240);
  CHECK(recipe.photos.sizes.test_side == 128);
}

TEST_CASE("a run's id on photographs changes with everything that decides its numbers") {
  const Recipe base = recipe_of("resnet50");
  const auto changed = [&](auto change) {
    Recipe recipe = base;
    change(recipe);
    return run_id(recipe);
  };
  const std::vector<std::string> ids = {
      run_id(base),
      changed([](Recipe& r) { r.model.classes = 10; }),
      changed([](Recipe& r) { r.model.bottleneck_stride = resnet::BottleneckStride::k3x3; }),
      changed([](Recipe& r) { r.micro_batch = 64; }),
      changed([](Recipe& r) { r.plateau.checks = 7; }),
      changed([](Recipe& r) { r.plateau.gain_points = 0.3; }),
      changed([](Recipe& r) { r.plateau.most_drops = 2; }),
      changed([](Recipe& r) { r.photos.sizes.crop = 112; }),
      changed([](Recipe& r) { r.photos.sizes.least_side = 224; }),
      changed([](Recipe& r) { r.photos.sizes.most_side = 256; }),
      changed([](Recipe& r) { r.photos.sizes.test_side = 224; }),
      changed([](Recipe& r) { r.photos.colors.mean[1] = 0.5; }),
      changed([](Recipe& r) { r.photos.colors.shifts[2][0] = 0.1; }),
      changed([](Recipe& r) { r.photos.color_deviation = 0; }),
      changed([](Recipe& r) { r.statistics_batches = 0; }),
      changed([](Recipe& r) { r.initial_weights_hash = "0123456789abcdef"; }),
      changed([](Recipe& r) { r.data = resnet::DataSource::kSynthetic; })};
  CHECK(std::set<std::string>(ids.begin(), ids.end()).size() == ids.size());
  CHECK(changed([](Recipe& r) { r.initial_weights = "elsewhere"; }) == run_id(base));  // where a file lies, does not
}

TEST_CASE("the id of a recipe for photographs does not change from version to version") {
  // The folders of the published runs of Figure 4 bear these names.
  const std::vector<std::pair<const char*, const char*>> ids = {{"plain18", "plain18-1_1000-seed0-03d71d19"},
                                                                {"plain34", "plain34-1_1000-seed0-f98d9953"},
                                                                {"resnet18", "resnet18-1_1000-seed0-9db003f1"},
                                                                {"resnet34", "resnet34-1_1000-seed0-d8d3d279"}};
  for (const auto& [model, id] : ids) {
    Recipe recipe = recipe_of(model, 64);
    recipe.model.classes = 10;
    recipe.batch = 64;
    recipe.schedule = Fraction(1, 1000);
    CHECK(run_id(recipe) == id);
  }
}

TEST_CASE("nets without batch norm have no statistics to average after training") {
  Recipe recipe = recipe_of("vgg16");
  CHECK(recipe.statistics_batches == 0);
  CHECK(resnet::paper::synthetic_imagenet_recipe(recipe.model, 0).statistics_batches == 0);
  resnet::check_recipe(recipe);
  recipe.statistics_batches = 1;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe),
                    Catch::Contains("--statistics-batches: VGG's nets have no batch norm"));
}

TEST_CASE("VGG's nets need images that its five poolings leave something of") {
  Recipe recipe = recipe_of("vgg16", 32);
  CHECK_NOTHROW(resnet::check_recipe(recipe));
  recipe = recipe_of("vgg16", 31);
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--image-size: 31 is too small for vgg16"));
  CHECK_NOTHROW(resnet::check_recipe(recipe_of("resnet18", 31)));
}

TEST_CASE("a batch without images is refused, of either kind of net") {
  for (const char* model : {"resnet20", "resnet18"}) {
    Recipe recipe = recipe_of(model);
    recipe.batch = 0;
    CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--batch: 0 is no number of images"));
  }
}

TEST_CASE("the shortcut option that the paper gives a net is not part of its run's name") {
  CHECK(run_id(recipe_of("resnet34")).starts_with("resnet34-1-"));
  CHECK(run_id(recipe_of("resnet50")).starts_with("resnet50-1-"));
  Recipe c = recipe_of("resnet34");
  c.model.shortcut = resnet::Shortcut::kProjectionEverywhere;
  CHECK(run_id(c).starts_with("resnet34C-1-"));
}

TEST_CASE("what a recipe on photographs says of its sizes can be read back") {
  Recipe recipe = recipe_of("resnet18", 64);
  recipe.photos.sizes.test_side = 100;
  const auto sizes = resnet::photo_sizes_in(resnet::recipe_ini(recipe));
  REQUIRE(sizes);
  CHECK(sizes->crop == 64);
  CHECK(sizes->test_side == 100);
  CHECK(sizes->dense_sides == resnet::photo_sizes(64).dense_sides);
  const Recipe cifar = resnet::paper::cifar_recipe(resnet::parse_model_name("resnet20"), 0);
  CHECK_FALSE(resnet::photo_sizes_in(resnet::recipe_ini(cifar)));
  CHECK_FALSE(resnet::photo_sizes_in("image-size = 99999999\n"));
}

TEST_CASE("what a recipe says of its precision can be read back") {
  Recipe recipe = recipe_of("resnet18");
  for (const resnet::Precision precision : {resnet::Precision::kFloat32, resnet::Precision::kBFloat16}) {
    recipe.precision = precision;
    CHECK(resnet::precision_in(resnet::recipe_ini(recipe)) == precision);
  }
  CHECK_FALSE(resnet::precision_in("precision = bf17\n"));
  CHECK_FALSE(resnet::precision_in(""));
}

TEST_CASE("sides without room for a crop, and micro-batches that batch norm does not divide, are refused") {
  Recipe recipe = recipe_of("resnet18");
  recipe.photos.sizes.test_side = 223;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--test-side: 223 has no room"));
  recipe = recipe_of("resnet18");
  recipe.photos.sizes.most_side = 255;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--shorter-sides: 256,255 is no range"));
  recipe = recipe_of("resnet18");
  recipe.micro_batch = 257;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--micro-batch: 257"));
  recipe = recipe_of("resnet18");
  recipe.model.bn_batch = 16;
  CHECK_NOTHROW(resnet::check_recipe(recipe));
  recipe.model.bn_batch = 24;
  CHECK_THROWS_WITH(resnet::check_recipe(recipe), Catch::Contains("--bn-batch: 24 is not a divisor"));
}

TEST_CASE("the nets of each table are those whose errors the paper gives (Tables 2 to 5)") {
  const auto same = [](const std::vector<resnet::paper::NetRuns>& nets, const auto& reported) {
    if (nets.size() != reported.size()) return false;
    for (std::size_t i = 0; i < nets.size(); ++i) {
      const resnet::ModelSpec& net = nets[i].model;
      if (net.family != reported[i].family || net.depth != reported[i].depth || net.shortcut != reported[i].shortcut) {
        return false;
      }
      resnet::check_spec(net);
    }
    return true;
  };
  CHECK(same(resnet::paper::table2_nets(), resnet::paper::kTable2));
  CHECK(same(resnet::paper::table3_nets(), resnet::paper::kTable3));
  CHECK(same(resnet::paper::table4_nets(), resnet::paper::kTable4));
  std::int64_t models = 0;
  for (const auto& net : resnet::paper::table5_nets()) models += net.runs;
  CHECK(models == resnet::paper::kEnsembleModels);
  // Section 4.1 rounds what Table 2 gives.
  const auto& table = resnet::paper::kTable2;
  CHECK(*table[2].errors.top1_percent - *table[3].errors.top1_percent ==
        Approx(resnet::paper::kGainOver18).margin(0.06));
  CHECK(*table[1].errors.top1_percent - *table[3].errors.top1_percent ==
        Approx(resnet::paper::kGainOverPlain34).margin(0.06));
  CHECK(*table[0].errors.top1_percent - *table[2].errors.top1_percent == Approx(resnet::paper::kGainOverPlain18));
}

TEST_CASE("Tables 3 and 4, written down once more") {
  using namespace resnet::paper;
  const auto numbers_of = [](const auto& table) {
    std::vector<std::pair<double, double>> numbers;
    for (const auto& row : table) {
      numbers.emplace_back(row.errors.top1_percent.value_or(0), row.errors.top5_percent.value_or(0));
    }
    return numbers;
  };
  using Numbers = std::vector<std::pair<double, double>>;
  CHECK(numbers_of(kTable3Others) == Numbers{{28.07, 9.33}, {0, 9.15}, {24.27, 7.38}});
  CHECK(numbers_of(kTable3) ==
        Numbers{
            {28.54, 10.02}, {25.03, 7.76}, {24.52, 7.46}, {24.19, 7.40}, {22.85, 6.71}, {21.75, 6.05}, {21.43, 5.71}});
  CHECK(numbers_of(kTable4Others) == Numbers{{0, 8.43}, {0, 7.89}, {24.4, 7.1}, {21.59, 5.71}, {21.99, 5.81}});
  CHECK(numbers_of(kTable4) == Numbers{{21.84, 5.71}, {21.53, 5.60}, {20.74, 5.25}, {19.87, 4.60}, {19.38, 4.49}});
  CHECK(numbers_of(kTable5Others) == Numbers{{0, 7.32}, {0, 6.66}, {0, 6.8}, {0, 4.94}, {0, 4.82}});
}

TEST_CASE("the errors of Tables 2 to 5 agree with each other and with what the text says of them") {
  using namespace resnet::paper;
  // Two nets stand in both Table 2 and Table 3.
  CHECK(kTable3[0].errors.top1_percent == kTable2[1].errors.top1_percent);
  CHECK(kTable3[1].errors.top1_percent == kTable2[3].errors.top1_percent);
  // A, B, C, then depth: each row is better than the one above, by both errors, but that C is no part of the deeper
  // nets.
  for (std::size_t i = 1; i < kTable3.size(); ++i) {
    CHECK(*kTable3[i].errors.top1_percent < *kTable3[i - 1].errors.top1_percent);
    CHECK(*kTable3[i].errors.top5_percent < *kTable3[i - 1].errors.top5_percent);
  }
  for (std::size_t i = 1; i < kTable4.size(); ++i) {
    CHECK(*kTable4[i].errors.top1_percent < *kTable4[i - 1].errors.top1_percent);
    CHECK(*kTable4[i].errors.top5_percent < *kTable4[i - 1].errors.top5_percent);
  }
  // Five scales are better than ten crops.
  for (const ReportedImageNet& net : kTable4) {
    const auto ten_crop = std::ranges::find_if(kTable3, [&](const ReportedImageNet& other) {
      return other.depth == net.depth && other.shortcut == net.shortcut;
    });
    REQUIRE(ten_crop != kTable3.end());
    CHECK(*net.errors.top1_percent < *ten_crop->errors.top1_percent);
    CHECK(*net.errors.top5_percent < *ten_crop->errors.top5_percent);
  }
  // "Our 152-layer ResNet has a single-model top-5 validation error of 4.49%", better than all ensembles before it; the
  // ensemble has 3.57 %.
  CHECK(kTable4.back().errors.top5_percent == 4.49);
  for (const ReportedMethod& other : kTable5Others) CHECK(*other.errors.top5_percent >= kBestOtherTop5Percent);
  CHECK(*kTable4.back().errors.top5_percent < kBestOtherTop5Percent);
  CHECK(kEnsembleTop5Percent == 3.57);
}
