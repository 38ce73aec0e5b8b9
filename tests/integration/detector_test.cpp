// SPDX-License-Identifier: MIT
// `./run train_detector` and `./run detect`, as a person uses them, on made-up photographs of a few coloured squares.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/file.hpp"
#include "detector/trained_detector.hpp"
#include "exchange/trained_model.hpp"
#include "model/make_model.hpp"
#include "support/bmp_bytes.hpp"
#include "support/catch.hpp"
#include "support/program.hpp"

namespace fs = std::filesystem;
using Catch::Contains;
using nlohmann::json;

namespace {

/// Four photographs with a red square and a blue one each, in VOC's layout.
struct Squares {
  TempFolder folder;

  Squares() {
    std::string list;
    for (int i = 0; i < 4; ++i) {
      const std::string name = fmt::format("{:06}", i);
      const int red = 4 + 5 * i;
      const int blue = 60 - 4 * i;
      const auto pixel = [&](int y, int x) -> std::array<std::uint8_t, 3> {
        if (y >= 10 && y < 30 && x >= red && x < red + 20) return {230, 30, 30};
        if (y >= 30 && y < 60 && x >= blue && x < blue + 30) return {30, 30, 230};
        return {120, 130, 120};
      };
      resnet::write_atomically(voc() / "JPEGImages" / (name + ".jpg"), bmp_bytes(64, 96, pixel));
      resnet::write_atomically(
          voc() / "Annotations" / (name + ".xml"),
          "<annotation>" + object("red", red, 10, 20) + object("blue", blue, 30, 30) + "</annotation>");
      list += name + "\n";
    }
    for (const char* split : {"train", "test"}) {
      resnet::write_atomically(voc() / "ImageSets/Main" / (std::string(split) + ".txt"), list);
    }
  }
  static std::string object(const char* name, int left, int top, int side) {
    return fmt::format(
        "<object><name>{}</name><bndbox><xmin>{}</xmin><ymin>{}</ymin><xmax>{}</xmax><ymax>{}</ymax></bndbox></object>",
        name, left + 1, top + 1, left + side, top + side);
  }
  fs::path voc() const { return folder.path() / "voc"; }
  fs::path out(const char* name) const { return folder.path() / name; }
  std::string train(const char* out_name, const std::string& more, const std::string& net = "--model resnet18") const {
    return fmt::format(
        "train_detector --data {}:train {} --shorter-side 64 --longest-side 96 --anchor-sides 20,30 --anchor-ratios 1 "
        "--milestones none --threads 1 --out {} {}",
        quoted(voc()), net, quoted(out(out_name)), more);
  }
  /// A trained ResNet-18 of three classes, with batch norm statistics and a normalisation of its own.
  fs::path classifier() const {
    resnet::TrainedModel net;
    net.spec = resnet::parse_model_name("resnet18");
    net.spec.classes = 3;
    net.net = resnet::make_model(net.spec, 1);
    net.net->named_buffers()["bn1.running_mean"].fill_(0.25);
    net.input = resnet::parse_normalization("imagenet", "imagenet");
    resnet::save_trained_model(out("classifier") / "weights.safetensors", net);
    return out("classifier");
  }
};

/// The last line that a program prints: the folder of a finished run.
fs::path run_of(const ProgramResult& result) {
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  return result.standard_output.substr(0, result.standard_output.find('\n'));
}

}  // namespace

TEST_CASE("a detector's training that is stopped goes on, and ends with the bytes of an uninterrupted one") {
  const Squares squares;
  const std::string net = "--classifier " + quoted(squares.classifier());
  const std::string recipe = "--iterations 3 --batch 2";
  const fs::path whole = run_of(run_program(squares.train("whole", recipe, net)));
  for (int i = 0; i < 2; ++i) {
    const ProgramResult stopped = run_program(squares.train("parts", recipe + " --stop-after-seconds 0", net));
    CHECK(stopped.exit_code == 0);
    CHECK(stopped.standard_output.empty());
    CHECK_THAT(stopped.standard_error, Contains(fmt::format("stopped after iteration {} of 3", i + 1)));
  }
  const ProgramResult last = run_program(squares.train("parts", recipe + " --loader-threads 0", net));
  const fs::path parts = run_of(last);
  CHECK_THAT(last.standard_error, Contains("goes on after iteration 2 of 3"));
  CHECK(parts.filename() == whole.filename());
  for (const char* file : {"train.csv", "weights.safetensors", "recipe.ini"}) {
    CAPTURE(file);
    CHECK(resnet::read_file(parts / file) == resnet::read_file(whole / file));
  }
  // What the classifier knew is there: layers that are fixed, statistics, and what images are normalised by.
  const resnet::TrainedDetector trained = resnet::load_trained_detector(whole);
  CHECK(trained.net->named_buffers()["body.bn1.running_mean"].eq(0.25).all().item<bool>());
  CHECK(trained.input.mean.flatten()[0].item<float>() == 0.485F);

  // The recipe that it leaves is a configuration, of the same run.
  const ProgramResult again =
      run_program(fmt::format("train_detector --data {}:train --config {} --threads 1 --out {}", quoted(squares.voc()),
                              quoted(whole / "recipe.ini"), quoted(squares.out("whole"))));
  CHECK(run_of(again) == whole);
}

TEST_CASE("what a detector finds is printed, drawn, and written as average_precision reads it") {
  const Squares squares;
  const ProgramResult trained = run_program(squares.train("out", "--iterations 1 --batch 1"));
  CHECK_THAT(trained.standard_error, Contains("begins at random weights"));
  const std::string detect = "detect --least-score 0 --detector " + quoted(run_of(trained));
  const fs::path images = squares.voc() / "JPEGImages";
  const fs::path drawn = squares.out("drawn");
  const ProgramResult seen = run_program(detect + " --json --draw " + quoted(drawn) + " " + quoted(images));
  INFO(seen.standard_error);
  REQUIRE(seen.exit_code == 0);
  const json said = json::parse(seen.standard_output);
  REQUIRE(said.at("images").size() == 4);
  const json& objects = said.at("images").at(0).at("objects");
  REQUIRE_FALSE(objects.empty());
  for (const json& object : objects) {
    CHECK((object.at("class") == "red" || object.at("class") == "blue"));
    CHECK(object.at("right").get<double>() <= 96);
    CHECK(object.at("bottom").get<double>() <= 64);
  }
  CHECK(resnet::read_file(drawn / "000000.jpg").starts_with("\xff\xd8"));

  const std::string photo = resnet::read_file(images / "000000.jpg");
  const ProgramResult over = run_program(detect + " --draw " + quoted(images) + " " + quoted(images / "000000.jpg"));
  CHECK(over.exit_code == 1);
  CHECK_THAT(over.standard_error, Contains("would lie among the photographs"));
  CHECK(resnet::read_file(images / "000000.jpg") == photo);
  // Nor is one lost that comes later in the command, and two of one name are told apart before any is searched.
  const fs::path second = squares.out("more") / "000000.jpg";
  fs::create_directories(second.parent_path());
  fs::copy_file(images / "000001.jpg", second);
  const std::string both = quoted(second) + " " + quoted(images / "000000.jpg");
  for (const auto& [into, words] : {std::pair(images, "would lie among the photographs"),
                                    std::pair(squares.out("drawn too"), "two of the images have this name")}) {
    const ProgramResult refused = run_program(detect + " --draw " + quoted(into) + " " + both);
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.standard_error, Contains(words));
    CHECK(refused.standard_output.empty());
  }
  // A photograph that is given by a link elsewhere lies where its picture would.
  const fs::path link = squares.out("links") / "000000.jpg";
  fs::create_directories(link.parent_path());
  fs::create_symlink(images / "000000.jpg", link);
  const ProgramResult linked = run_program(detect + " --draw " + quoted(images) + " " + quoted(link));
  CHECK(linked.exit_code == 1);
  CHECK_THAT(linked.standard_error, Contains("is one of the photographs, by another path"));
  CHECK(resnet::read_file(images / "000000.jpg") == photo);

  // A search needs no annotations.
  fs::rename(squares.voc() / "Annotations", squares.out("Annotations"));
  const std::string set = " --set " + quoted(squares.voc()) + ":test --write " + quoted(squares.out("found"));
  const ProgramResult searched = run_program(detect + set);
  INFO(searched.standard_error);
  REQUIRE(searched.exit_code == 0);
  fs::rename(squares.out("Annotations"), squares.voc() / "Annotations");
  const ProgramResult judged =
      run_program(fmt::format("average_precision --annotations {} --split test --detections {} --json",
                              quoted(squares.voc()), quoted(squares.out("found"))));
  INFO(judged.standard_error);
  REQUIRE(judged.exit_code == 0);
  const json verdict = json::parse(judged.standard_output);
  CHECK(verdict.at("annotated_objects") == 8);
  std::size_t in_images = 0;
  for (const json& image : said.at("images")) in_images += image.at("objects").size();
  CHECK(verdict.at("detections") == in_images);

  // Files of classes that this detector does not have would be judged as its own.
  resnet::write_atomically(squares.out("found") / "comp4_det_test_sofa.txt", "000000 0.5 1 1 2 2\n");
  const ProgramResult mixed = run_program(detect + set);
  CHECK(mixed.exit_code == 1);
  CHECK_THAT(mixed.standard_error, Contains("comp4_det_test_sofa.txt") && Contains("another folder"));
}

TEST_CASE("a detector finds objects in a set whose classes stand in another order, and are more or fewer") {
  const Squares squares;
  const std::string detector = quoted(run_of(run_program(squares.train("out", "--iterations 1 --batch 1"))));
  const fs::path file = squares.out("test.json");
  resnet::write_atomically(file, R"({"images": [{"id": 7, "file_name": "000001.jpg"}],
                                     "categories": [{"id": 90, "name": "blue"}, {"id": 2, "name": "sofa"}]})");
  const fs::path found = squares.out("found.json");
  const ProgramResult searched =
      run_program(fmt::format("detect --least-score 0 --detector {} --set {}:{} --write {}", detector, quoted(file),
                              quoted(squares.voc() / "JPEGImages"), quoted(found)));
  INFO(searched.standard_error);
  REQUIRE(searched.exit_code == 0);
  const json detections = json::parse(resnet::read_file(found));
  REQUIRE_FALSE(detections.empty());
  for (const json& each : detections) {
    CHECK(each.at("image_id") == 7);
    CHECK(each.at("category_id") == 90);
  }

  const auto check_refused = [&](const fs::path& set, const fs::path& into, const std::string& words) {
    const std::string before = resnet::read_file(set);
    const ProgramResult refused =
        run_program(fmt::format("detect --detector {} --set {}:{} --write {}", detector, quoted(set),
                                quoted(squares.voc() / "JPEGImages"), quoted(into)));
    CHECK(refused.exit_code == 1);
    CHECK_THAT(refused.standard_error, Contains(words));
    CHECK(resnet::read_file(set) == before);
  };
  check_refused(file, squares.voc() / ".." / file.filename(), "is the file of the set itself");
  const fs::path empty = squares.out("empty.json");
  resnet::write_atomically(empty, R"({"images": [], "categories": [{"id": 90, "name": "blue"}]})");
  check_refused(empty, found, "empty.json: names no image");
}

TEST_CASE("what cannot be read stops a search, or is left out where it is asked for") {
  const Squares squares;
  const std::string detect = "detect --detector " + quoted(run_of(run_program(squares.train("out", "--iterations 1"))));
  const fs::path images = squares.voc() / "JPEGImages";
  resnet::write_atomically(images / "000002.jpg", "no image");
  const std::string set = " --set " + quoted(squares.voc()) + ":test --write " + quoted(squares.out("found"));
  const ProgramResult stopped = run_program(detect + set);
  CHECK(stopped.exit_code == 1);
  CHECK_THAT(stopped.standard_error, Contains("000002.jpg"));
  CHECK_FALSE(fs::exists(squares.out("found")));
  const ProgramResult skipped = run_program(detect + set + " --bad-images skip");
  CHECK(skipped.exit_code == 0);
  CHECK_THAT(skipped.standard_output, Contains("in 3 of 4 images"));
  CHECK_THAT(skipped.standard_error, Contains("000002.jpg"));
  const ProgramResult none = run_program(detect + " --bad-images skip " + quoted(images / "000002.jpg"));
  CHECK(none.exit_code == 1);
  CHECK_THAT(none.standard_error, Contains("none of the images could be read"));
}

TEST_CASE("train_detector and detect say what is wrong with their flags and files") {
  const Squares squares;
  const auto check = [](const std::string& command, int code, const char* message) {
    CAPTURE(command);
    const ProgramResult result = run_program(command);
    CHECK(result.exit_code == code);
    CHECK_THAT(result.standard_error, Contains(message));
  };
  check("train_detector", 2, "--data is missing");
  check("train_detector --data /nowhere", 2, "is no set");
  check(squares.train("out", "", "--model resnet20"), 2, "32 x 32");
  check(squares.train("out", "--recipe kitti"), 2, "expected voc or coco");
  check(squares.train("out", "", "--classifier /nowhere"), 1, "/nowhere");
  fs::copy(squares.classifier(), squares.out("net #2"));
  check(squares.train("out", "", "--classifier " + quoted(squares.out("net #2"))), 2, "no recipe.ini can hold that");
  check(squares.train("out", "", "--model resnet34 --classifier " + quoted(squares.classifier())), 2,
        "the net of --classifier is resnet18");
  check(squares.train("out", "--bottleneck-stride 3x3"), 2, "bottleneck");
  check(squares.train("out", "--classes 3"), 2, "the data has 2");
  check("train_detector --model resnet18 --longest-side 100 --data " + quoted(squares.voc()) + ":train", 2,
        "--longest-side: the longest side, 100, is less");
  check(squares.train("out", "--shortcut-padding symmetric", "--model resnet50"), 2, "--shortcut-padding: resnet50: ");
  const fs::path config = squares.out("recipe.ini");
  resnet::write_atomically(config, "model = resnet18\nlongest-side = 100\n");
  check("train_detector --config " + quoted(config) + " --data " + quoted(squares.voc()) + ":train", 1,
        "recipe.ini: longest-side: the longest side, 100, is less");
  resnet::write_atomically(squares.out("empty") / "ImageSets/Main/val.txt", "a\n");
  resnet::write_atomically(squares.out("empty") / "JPEGImages/a.jpg",
                           bmp_bytes(64, 96, [](int, int) { return std::array<std::uint8_t, 3>{120, 130, 120}; }));
  resnet::write_atomically(squares.out("empty") / "Annotations/a.xml", "<annotation></annotation>");
  check("train_detector --model resnet18 --data " + quoted(squares.out("empty")) + ":val", 1,
        "none of its images (1) has an object to learn");
  check("detect --detector /nowhere a.jpg", 1, "is not there");
  check("detect a.jpg", 2, "--detector is missing");
  check("detect --detector /nowhere", 2, "give either images or --set");
  check("detect --detector /nowhere --set x", 2, "--set and --write go together");
  resnet::write_atomically(squares.voc() / "JPEGImages/000002.jpg", "no image");
  check(squares.train("broken", "--iterations 2 --batch 2"), 1, "000002.jpg");
  fs::remove(squares.voc() / "JPEGImages/000002.jpg");
  check(squares.train("broken", "--iterations 2"), 1, "000002.jpg: no such file");
}
