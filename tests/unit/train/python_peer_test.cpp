// SPDX-License-Identifier: MIT
// What is made of the numbers of this program and of Python, with stand-ins for both that have them ready.
#include "train/python_peer.hpp"

#include <cstdlib>
#include <nlohmann/json.hpp>
#include <optional>

#include "core/error.hpp"
#include "core/file.hpp"
#include "core/lines.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

using namespace resnet;

namespace {

namespace fs = std::filesystem;
using Catch::Contains;
using Answers = std::vector<nlohmann::json>;

/// The program and a Python in $RESNET_PYTHON: each prints its next answer, of which there is one a round.
class StandIns {
 public:
  StandIns() {
    const char* variable = std::getenv("RESNET_PYTHON");
    if (variable != nullptr) before_ = variable;
    const fs::path python = folder_.path() / "python";
    write_atomically(python, R"sh(#!/bin/sh
cd "$(dirname "$0")" || exit 1
[ "$1" != -c ] || exit 0
echo "$MALLOC_TOP_PAD_ $*" >>asked
case "$*" in
  *--tuned* | *reader=torchvision*) answers=tuned ;;
  *) answers=plain ;;
esac
echo 'a warning that some library prints'
head -n 1 $answers && sed -i 1d $answers
)sh");
    fs::permissions(python, fs::perms::owner_all);
    use_python(python);
  }
  ~StandIns() {
    if (before_) {
      use_python(*before_);
    } else {
      ::unsetenv("RESNET_PYTHON");
    }
  }
  StandIns(const StandIns&) = delete;
  StandIns& operator=(const StandIns&) = delete;

  static void use_python(const fs::path& path) { ::setenv("RESNET_PYTHON", path.c_str(), 1); }

  /// The command of the program, as which a shell prints its answers.
  std::vector<std::string> ours(const Answers& answers) const {
    write("ours", answers);
    const std::string file = (folder_.path() / "ours").string();
    return {"sh", "-c", "head -n 1 \"$0\" && sed -i 1d \"$0\"", file};
  }
  void theirs(const Answers& plain, const Answers& tuned) const {
    write("plain", plain);
    write("tuned", tuned);
  }
  /// What Python was called with, a line each, behind its MALLOC_TOP_PAD_.
  std::vector<std::string> asked() const { return lines_of(read_file(folder_.path() / "asked")); }

 private:
  void write(const char* name, const Answers& answers) const {
    std::string lines;
    for (const nlohmann::json& answer : answers) lines += answer.dump() + "\n";
    write_atomically(folder_.path() / name, lines);
  }

  const TempFolder folder_;
  std::optional<std::string> before_;
};

nlohmann::json answer(double training, double inference, double evaluation) {
  return {{"torch", "2.9.1+cpu"},
          {"parameters", 77},
          {"multiply_adds", 1000},
          {"train_images_per_second", training},
          {"inference_images_per_second", inference},
          {"evaluate_10000_seconds", evaluation}};
}

nlohmann::json with(nlohmann::json answer, const char* key, const nlohmann::json& value) {
  answer[key] = value;
  return answer;
}

BenchmarkOptions options_for(const std::string& model) {
  BenchmarkOptions options;
  options.model = parse_model_name(model);
  options.batch = 4;
  options.precision = Precision::kBFloat16;
  return options;
}

void check_ratio(const SpeedRatio& found, const SpeedRatio& expected) {
  CAPTURE(expected.what, expected.peer);
  CHECK(found.what == expected.what);
  CHECK(found.peer == expected.peer);
  CHECK(found.ours == Approx(expected.ours));
  CHECK(found.theirs == Approx(expected.theirs));
  CHECK(found.ratio == Approx(expected.ratio));
  CHECK(found.lowest == Approx(expected.lowest));
  CHECK(found.highest == Approx(expected.highest));
}

}  // namespace

TEST_CASE("a ratio is taken in each round, and told by the median, the lowest and the highest of them") {
  const StandIns stand_ins;
  const auto ours = stand_ins.ours({answer(100, 900, 2), answer(300, 900, 2), answer(200, 900, 2)});
  // The best tuned Python infers by the faster of its two ways, another in each round.
  stand_ins.theirs({answer(100, 300, 4), answer(100, 300, 6), answer(50, 300, 5)},
                   {with(answer(100, 450, 3), "frozen_images_per_second", 600),
                    with(answer(150, 450, 3), "frozen_images_per_second", 150),
                    with(answer(100, 450, 3), "frozen_images_per_second", 900)});
  const SpeedComparison found = measure_against_python(ours, options_for("resnet8"), /*threads=*/3, /*rounds=*/3);
  CHECK(found.torch == "2.9.1+cpu");
  REQUIRE(found.ratios.size() == 6);
  check_ratio(found.ratios[0], {"training", "as it comes", 200, 100, 3, 1, 4});  // not 200 / 100
  check_ratio(found.ratios[1], {"inference", "as it comes", 900, 300, 3, 3, 3});
  check_ratio(found.ratios[2], {"evaluation", "as it comes", 2, 5, 2.5, 2, 3});  // of seconds
  check_ratio(found.ratios[3], {"training", "best tuned", 200, 100, 2, 1, 2});
  check_ratio(found.ratios[4], {"inference", "best tuned", 900, 600, 1.5, 1, 2});
  check_ratio(found.ratios[5], {"evaluation", "best tuned", 2, 3, 1.5, 1.5, 1.5});

  const auto asked = stand_ins.asked();
  REQUIRE(asked.size() == 6);
  for (const std::string& command : asked) {
    CHECK_THAT(command, Contains("benchmark_peer.py --design=cifar --depth=8 --shortcut=A") && Contains("--batch=4") &&
                            Contains("--threads=3") && Contains("--precision=bf16"));
  }
  for (int i : {0, 2, 4}) CHECK_THAT(asked[i], !Contains("--tuned") && Catch::StartsWith(" "));
  for (int i : {1, 3, 5}) CHECK_THAT(asked[i], Contains("--tuned") && Catch::StartsWith("268435456 "));
}

TEST_CASE("torch.jit.freeze is a peer of its own of ten crops, and among the best tuned too") {
  const StandIns stand_ins;
  const auto crops = [](double eager, double frozen) {
    return with(with(answer(0, 0, 0), "ten_crop_images_per_second", eager), "frozen_ten_crop_images_per_second",
                frozen);
  };
  const auto ours = stand_ins.ours({crops(12, 0), crops(12, 0)});
  stand_ins.theirs({crops(2, 0), crops(3, 0)}, {crops(4, 6), crops(4, 3)});
  const SpeedComparison found = measure_ten_crop_against_python(ours, options_for("resnet18"), 2, 2);
  REQUIRE(found.ratios.size() == 3);
  check_ratio(found.ratios[0], {"ten-crop", "as it comes", 12, 2.5, 5, 4, 6});
  check_ratio(found.ratios[1], {"ten-crop", "best tuned", 12, 5, 2.5, 2, 3});
  check_ratio(found.ratios[2], {"ten-crop", "torch.jit.freeze", 12, 4.5, 3, 2, 4});
  CHECK_THAT(stand_ins.asked().front(), Contains("--design=imagenet") && Contains("--test=ten-crop"));
}

TEST_CASE("the loader of photographs has two peers, and as many workers in each as it has threads") {
  const StandIns stand_ins;
  const auto speed = [](double value) { return nlohmann::json{{"loader_images_per_second", value}}; };
  const auto ours = stand_ins.ours({speed(40)});
  stand_ins.theirs({speed(10)}, {speed(16)});
  const auto ratios = measure_loader_against_python(ours, "photos", /*threads=*/2, /*seconds=*/1, /*rounds=*/1);
  REQUIRE(ratios.size() == 2);
  check_ratio(ratios[0], {"loader", "ImageFolder and Pillow", 40, 10, 4, 4, 4});
  check_ratio(ratios[1], {"loader", "torchvision.io and transforms.v2", 40, 16, 2.5, 2.5, 2.5});
  CHECK_THAT(stand_ins.asked().front(), Contains("--workers=2"));
}

TEST_CASE("Python is not measured on another network, nor where it cannot be") {
  const StandIns stand_ins;
  const nlohmann::json same = answer(1, 1, 1);
  const auto measure = [&](const nlohmann::json& plain, const nlohmann::json& tuned) {
    stand_ins.theirs({plain}, {tuned});
    return measure_against_python(stand_ins.ours({same}), options_for("resnet8"), 1, 1);
  };
  CHECK_THROWS_WITH(measure(with(same, "parameters", 78), same),
                    Contains("the networks differ: ours has 77 parameters, Python's 78"));
  CHECK_THROWS_WITH(measure(same, with(same, "multiply_adds", 999)),
                    Contains("the networks differ: ours has 1000 multiply_adds, Python's 999"));
  CHECK_THROWS_WITH(measure("no JSON object", same), Contains("ended with 0") && Contains("no JSON object"));
  CHECK_NOTHROW(measure(same, same));
  CHECK_THROWS_WITH(measure_against_python({"sh", "-c", "echo {}; exit 3"}, options_for("resnet8"), 1, 1),
                    Contains("sh ended with 3"));
  CHECK_THROWS_WITH(measure_against_python({}, options_for("vgg16"), 1, 1), Contains("vgg16"));

  StandIns::use_python("/nowhere/python");
  CHECK_THROWS_WITH(measure(same, same), Contains("no Python with torch among /nowhere/python; set RESNET_PYTHON"));
  StandIns::use_python("false");
  CHECK_THROWS_WITH(measure(same, same), Contains("no Python with torch among false"));
}

TEST_CASE("a torch.py in the folder that a person stands in is not run") {
  const StandIns restores_the_variable;
  StandIns::use_python("python3");
  const TempFolder foreign;
  write_atomically(foreign.path() / "torch.py", "open('was run', 'w').close()\n");
  const fs::path before = fs::current_path();
  fs::current_path(foreign.path());
  // There is no torch in this Python, or the program then fails.
  CHECK_THROWS_AS(measure_against_python({"sh", "-c", "exit 3"}, options_for("resnet8"), 1, 1), Error);
  fs::current_path(before);
  CHECK_FALSE(fs::exists(foreign.path() / "was run"));
}
