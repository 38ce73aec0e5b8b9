// SPDX-License-Identifier: MIT
#include "train/image_scores.hpp"

#include <ATen/Functions.h>

#include "core/error.hpp"
#include "core/file.hpp"
#include "exchange/safetensors.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using resnet::ImageScores;

namespace {

/// Two images in six classes. The first is of class 0, which comes last; the second of class 1, which comes first.
ImageScores two_images() {
  return {.probabilities = at::tensor({0.05F, 0.10F, 0.15F, 0.20F, 0.24F, 0.26F,  //
                                       0.10F, 0.50F, 0.10F, 0.10F, 0.10F, 0.10F})
                               .view({2, 6}),
          .labels = at::tensor({0, 1}, at::kLong),
          .images = {"a/2.jpg", "b/1.jpg"},
          .class_names = {"c0", "c1", "c2", "c3", "c4", "c5"},
          .made_by = "net"};
}

}  // namespace

TEST_CASE("top-1 and top-5 errors are counted over the images whose class is known") {
  ImageScores scores = two_images();
  const auto errors = resnet::errors_of(scores);
  CHECK(errors.images == 2);
  CHECK(errors.top1_errors == 1);
  CHECK(errors.top5_errors == 1);  // class 0 is the sixth
  CHECK(errors.top1_percent() == 50);
  scores.labels[0] = 1;
  CHECK(resnet::errors_of(scores).top1_errors == 1);
  CHECK(resnet::errors_of(scores).top5_errors == 0);  // class 1 is the fifth
  scores.labels[0] = -1;
  CHECK(resnet::errors_of(scores).images == 1);
  CHECK(resnet::errors_of(scores).top1_errors == 0);
  scores.labels[1] = -1;
  CHECK_THROWS_WITH(resnet::errors_of(scores), Catch::Contains("no image's class is known"));
}

TEST_CASE("an ensemble is the mean of its members' scores, and may be right where each is wrong (Table 5)") {
  // Two nets that take an image of class 0 for 1 and for 2.
  const auto one = [](float p0, float p1, float p2) {
    return ImageScores{
        at::tensor({p0, p1, p2}).view({1, 3}), at::tensor({0}, at::kLong), {"x"}, {"0", "1", "2"}, "net"};
  };
  const ImageScores a = one(0.4F, 0.6F, 0.0F);
  const ImageScores b = one(0.4F, 0.0F, 0.6F);
  CHECK(resnet::errors_of(a).top1_errors == 1);
  CHECK(resnet::errors_of(b).top1_errors == 1);
  const ImageScores mean = resnet::mean_of({a, b});
  CHECK(torch::allclose(mean.probabilities, at::tensor({0.4F, 0.3F, 0.3F}).view({1, 3})));
  CHECK(resnet::errors_of(mean).top1_errors == 0);
  CHECK(mean.made_by == "net; net");
  CHECK(torch::equal(resnet::mean_of({a}).probabilities, a.probabilities));
}

TEST_CASE("scores of other images, labels or classes do not make an ensemble, and the first difference is named") {
  const ImageScores a = two_images();
  ImageScores other = two_images();
  other.images[1] = "b/3.jpg";
  CHECK_THROWS_WITH(resnet::mean_of({a, other}), Catch::Contains("b/1.jpg and b/3.jpg"));
  other = two_images();
  other.labels = at::tensor({0, 2}, at::kLong);
  CHECK_THROWS_WITH(resnet::mean_of({a, other}), Catch::Contains("have other labels"));
  other = two_images();
  other.class_names[0] = "d";
  CHECK_THROWS_WITH(resnet::mean_of({a, other}), Catch::Contains("other classes"));
  other = two_images();
  other.images.pop_back();
  CHECK_THROWS_WITH(resnet::mean_of({a, other}),
                    Catch::Contains("2 and 1 of them") && Catch::Contains("b/1.jpg and none"));
  CHECK_THROWS_AS(resnet::mean_of({}), resnet::Error);
}

TEST_CASE("scores come back from their file as they were") {
  const TempFolder folder;
  const auto file = folder.path() / "scores.safetensors";
  const ImageScores written = two_images();
  resnet::save_scores(file, written);
  const ImageScores read = resnet::load_scores(file);
  CHECK(torch::equal(read.probabilities, written.probabilities));
  CHECK(torch::equal(read.labels, written.labels));
  CHECK(read.images == written.images);
  CHECK(read.class_names == written.class_names);
  CHECK(read.made_by == written.made_by);
}

TEST_CASE("scores of a net whose path is not UTF-8 are saved all the same") {
  const TempFolder folder;
  const auto file = folder.path() / "scores.safetensors";
  ImageScores scores = two_images();
  scores.made_by = "caf\xe9/w\x1b, ten-crop";
  resnet::save_scores(file, scores);
  CHECK(resnet::load_scores(file).made_by == "caf\xef\xbf\xbd/w?, ten-crop");
}

TEST_CASE("a file that holds no scores is refused in one sentence") {
  const TempFolder folder;
  const auto file = folder.path() / "scores.safetensors";
  const auto refusal = [&](const resnet::TensorFile& content) {
    resnet::save_safetensors(file, content);
    try {
      resnet::load_scores(file);
    } catch (const resnet::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const auto labels = [](std::int64_t label) { return at::full({1}, label, at::kLong); };
  CHECK_THAT(refusal({{{"fc.weight", at::zeros({3})}}, {}}), Catch::Contains("'probabilities' is missing"));
  CHECK_THAT(refusal({{{"probabilities", at::zeros({1, 2})}, {"labels", labels(2)}}, {}}),
             Catch::Contains("labels beyond its 2 classes"));
  CHECK_THAT(refusal({{{"probabilities", at::zeros({2, 2})}, {"labels", labels(1)}}, {}}),
             Catch::Contains("scores of 2 images and labels of 1"));
  CHECK_THAT(refusal({{{"probabilities", at::zeros({1, 2})}, {"labels", labels(1)}}, {{"images", "x\ny"}}}),
             Catch::Contains("names 2 images, and has scores of 1"));
}

TEST_CASE("scores whose classes or images have names that would move the cursor are refused") {
  const TempFolder folder;
  const auto file = folder.path() / "scores.safetensors";
  ImageScores scores = two_images();
  scores.class_names[1] = "\x1b[2J";
  resnet::save_scores(file, scores);
  CHECK_THROWS_WITH(resnet::load_scores(file), Catch::Contains("scores.safetensors: holds the name '?[2J'"));
  scores = two_images();
  scores.images[1] = "\x1b[2J";
  resnet::save_scores(file, scores);
  CHECK_THROWS_WITH(resnet::load_scores(file), Catch::Contains("scores.safetensors: holds the name '?[2J'"));
}

TEST_CASE("a submission has the five best classes of each image a line, by the server's numbers, sorted by name") {
  ImageScores scores = two_images();
  scores.images = {"test_2.jpg", "test_1.jpg"};
  scores.probabilities[1] = at::tensor({0.10F, 0.50F, 0.12F, 0.11F, 0.08F, 0.09F});
  // The server numbers the classes from the last to the first: c5 is 1.
  const std::vector<std::string> server = {"c5", "c4", "c3", "c2", "c1", "c0"};
  CHECK(resnet::submission_of(scores, resnet::server_numbers(scores.class_names, server)) == "5 4 3 6 1\n1 2 3 4 5\n");
  CHECK_THROWS_WITH(resnet::server_numbers(scores.class_names, {"c0", "c1"}),
                    Catch::Contains("'c2' is not among the 2"));
  CHECK_THROWS_WITH(resnet::server_numbers({"a", "b"}, {"a", "b"}), Catch::Contains("there are 2"));
}

TEST_CASE("a submission that would lack the line of an image is refused, also one of an ensemble read from files") {
  const TempFolder folder;
  const auto file = folder.path() / "scores.safetensors";
  ImageScores scores = two_images();
  scores.left_out = {"a/1.jpg", "b/2.jpg"};
  resnet::save_scores(file, scores);
  const ImageScores mean = resnet::mean_of({resnet::load_scores(file), scores});
  CHECK_THROWS_WITH(resnet::submission_of(mean, {1, 2, 3, 4, 5, 6}),
                    Catch::Contains("2 could not be read, a/1.jpg among them"));
  CHECK_THROWS_WITH(resnet::mean_of({scores, two_images()}), Catch::Contains("leave other images out"));
}
