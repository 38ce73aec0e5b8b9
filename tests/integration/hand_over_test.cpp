// SPDX-License-Identifier: MIT
// A trained net in the hands of other programs: exported, classified with, run in Python and without this library.
#include <torch/csrc/jit/api/module.h>
#include <torch/types.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>

#include "batch/batch_stream.hpp"
#include "core/file.hpp"
#include "exchange/export_onnx.hpp"
#include "exchange/export_torchscript.hpp"
#include "exchange/exported_model.hpp"
#include "exchange/safetensors.hpp"
#include "image/draw_view.hpp"
#include "support/catch.hpp"
#include "support/kernels_guard.hpp"
#include "support/made_up_model.hpp"
#include "support/program.hpp"
#include "support/python.hpp"
#include "support/skip.hpp"
#include "train/image_scores.hpp"

namespace fs = std::filesystem;
using namespace resnet;
using Catch::Contains;
using nlohmann::json;
using torch::Tensor;

namespace {

void check_refused(const std::string& command, int exit_code, const std::string& reason) {
  const ProgramResult result = run_program(command);
  INFO(command << ": " << result.standard_error);
  CHECK(result.exit_code == exit_code);
  CHECK(count_of(result.standard_error, "error: ") == 1);
  CHECK_THAT(result.standard_error, Contains(reason));
  CHECK(result.standard_output.empty());
}

std::string files_in(const fs::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.insert(entry.path().filename());
  std::string text;
  for (const std::string& name : names) text += name + " ";
  return text;
}

/// A PNG of these pixels, uint8 [3, H, W].
fs::path write_png(const fs::path& file, const Tensor& pixels) {
  fs::create_directories(file.parent_path());
  Tensor bgr = pixels.flip(0).permute({1, 2, 0}).contiguous();
  const cv::Mat image(static_cast<int>(bgr.size(0)), static_cast<int>(bgr.size(1)), CV_8UC3, bgr.data_ptr());
  REQUIRE(cv::imwrite(file.string(), image));
  return file;
}

Tensor random_bytes(at::IntArrayRef sizes) { return torch::randint(0, 256, sizes, torch::kByte); }

/// What `classify --json` says of one image, as the class numbers and probabilities of the five best.
json classes_of(const ProgramResult& result) {
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);
  return json::parse(result.standard_output).at("images").at(0).at("classes");
}

void check_classes(const json& classes, const Tensor& logits) {
  const auto [best, numbers] = torch::softmax(logits, 1)[0].topk(5);
  REQUIRE(classes.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(classes[i].at("class") == numbers[static_cast<std::int64_t>(i)].item<std::int64_t>());
    CHECK(classes[i].at("probability").get<double>() ==
          Approx(best[static_cast<std::int64_t>(i)].item<double>()).epsilon(1e-3));
  }
}

}  // namespace

TEST_CASE("a state_dict of a net with the stride in the 1x1 comes with the warning that torchvision's differ") {
  const TempFolder folder;
  const std::string here = quoted(folder.path());
  const auto said_of = [&](const std::string& stride) {
    ModelSpec spec = parse_model_name("resnet50");
    spec.bottleneck_stride = parse_bottleneck_stride(stride);
    save_trained_model(folder.path() / "weights.safetensors", made_up_model(spec));
    const ProgramResult result = run_program("export --run " + here + " --to " + here + "/net.pth");
    CHECK(result.exit_code == 0);
    return result.standard_error;
  };
  const std::string warning = "torchvision's have it in the 3x3 layer, this net in the 1x1";
  CHECK_THAT(said_of("1x1"), Contains(warning));
  CHECK_THAT(said_of("3x3"), !Contains(warning));
}

TEST_CASE("a file of weights is exported in the format of the extension, and each is a net again") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const std::string here = quoted(folder.path());
  const TrainedModel model = made_up_model({.depth = 8, .shortcut = Shortcut::kProjectionWhereNeeded});
  save_trained_model(folder.path() / "weights.safetensors", model);
  for (const char* name : {"net.pt", "net.onnx", "net.safetensors", "net.pth"}) {
    const ProgramResult result = run_program("export --run " + here + " --to " + here + "/" + name);
    INFO(result.standard_error);
    CHECK(result.exit_code == 0);
    CHECK_THAT(result.standard_error, Contains("resnet8, shortcuts: B"));
  }
  CHECK(files_in(folder.path()) == "net.onnx net.pt net.pth net.safetensors weights.safetensors ");
  const Tensor images = torch::randn({2, 3, 32, 32});
  CHECK(torch::allclose(load_exported_model(folder.path() / "net.pt").net->forward(images), model.net->forward(images),
                        1e-4, 1e-5));
  CHECK(read_file(folder.path() / "net.safetensors") == read_file(folder.path() / "weights.safetensors"));

  const auto serving =
      run_program("export --run " + here + "/net.safetensors --to " + here +
                  "/net --format torchscript --fold --with-preprocessing --mean imagenet --std imagenet");
  INFO(serving.standard_error);
  REQUIRE(serving.exit_code == 0);
  const ExportFacts facts = load_exported_model(folder.path() / "net").facts;
  CHECK(facts.input->takes_bytes);
  CHECK(facts.input->normalization.std[0].item<float>() == 0.229F);
}

TEST_CASE("an export that cannot be is refused, and leaves nothing") {
  const TempFolder folder;
  const std::string here = quoted(folder.path());
  save_trained_model(folder.path() / "w.safetensors", made_up_model({.depth = 8}));
  const std::string run = "export --run " + here + "/w.safetensors ";
  check_refused("export --to " + here + "/net.pt", 2, "--run is missing");
  check_refused(run, 2, "--to is missing");
  check_refused(run + "--to " + here + "/net.bin", 2, "say the --format");
  check_refused(run + "--to " + here + "/net.pt --format pickle", 2, "pickle");
  check_refused(run + "--to " + here + "/net.pth --fold", 2, "--fold");
  check_refused(run + "--to " + here + "/net.safetensors --with-preprocessing", 2, "--with-preprocessing");
  check_refused(run + "--to " + here + "/net.pt --model resnet9", 2, "resnet9");
  check_refused(run + "--to " + here + "/net.pt --model resnet14", 1, "is of resnet8, and --model says resnet14");
  check_refused("export --run " + here + "/none --to " + here + "/net.pt", 1, "none");
  check_refused(run + "--to " + here + "/w.safetensors/net.pt", 1, "w.safetensors");
  check_refused(run + "--to " + here + " --format onnx", 1, "is a folder");
  TensorFile content = load_safetensors(folder.path() / "w.safetensors");
  content.metadata["model"] = "plain8";
  content.metadata["shortcut"] = "B";
  save_safetensors(folder.path() / "v.safetensors", content);
  check_refused("export --run " + here + "/v.safetensors --to " + here + "/net.pt", 1,
                "v.safetensors: plain8: a plain net has no shortcuts");
  CHECK(files_in(folder.path()) == "v.safetensors w.safetensors ");
}

TEST_CASE("images are classified by an exported net, named or numbered, with and without preprocessing") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  TrainedModel model = made_up_model({.depth = 8});
  const Tensor pixels = random_bytes({3, 32, 32});
  const fs::path image = write_png(folder.path() / "image.png", pixels);
  const fs::path net = folder.path() / "net.pt";
  const Tensor expected = model.net->forward(normalized(pixels.unsqueeze(0), model.input));
  const std::string command = "classify --model-file " + quoted(net) + " " + quoted(image);
  for (const bool with_preprocessing : {false, true}) {
    export_torchscript(net, model, {.with_preprocessing = with_preprocessing});
    const json classes = classes_of(run_program(command + " --json"));
    check_classes(classes, expected);
    CHECK(classes[0].at("name") == "thing " + std::to_string(classes[0].at("class").get<int>()));
  }
  const ProgramResult text = run_program(command + " " + quoted(image));
  CHECK(count_of(text.standard_output, "image.png\n") == 2);
  CHECK(count_of(text.standard_output, " %  thing ") == 10);

  model.class_names.clear();
  export_torchscript(net, model, {.folded = true});
  CHECK(classes_of(run_program(command + " --json"))[0].at("name").is_null());
  CHECK(count_of(run_program(command).standard_output, " %  class ") == 5);
  // Another size is resized as a whole: an image of one colour stays what it is.
  const fs::path large = write_png(folder.path() / "large.png", torch::full({3, 50, 70}, 99, torch::kByte));
  check_classes(classes_of(run_program("classify --json --model-file " + quoted(net) + " " + quoted(large))),
                model.net->forward(normalized(torch::full({1, 3, 32, 32}, 99, torch::kByte), model.input)));
}

TEST_CASE("a net for photographs sees the centre of 224 of an image whose shorter side is 256 (Figure 4)") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  TrainedModel model = made_up_model({.design = Design::kImageNet, .depth = 18, .classes = 7});
  model.input = parse_normalization("imagenet", "imagenet");
  const fs::path net = folder.path() / "net.pt";
  export_torchscript(net, model, {.with_preprocessing = true});
  // Of 256 x 300 pixels nothing is resized: rows 16 to 239 and columns 38 to 261 are left.
  const Tensor pixels = random_bytes({3, 256, 300});
  const fs::path image = write_png(folder.path() / "image.png", pixels);
  const std::string command = "classify --json --model-file " + quoted(net) + " ";
  const Tensor centre = pixels.slice(1, 16, 240).slice(2, 38, 262).unsqueeze(0);
  check_classes(classes_of(run_program(command + quoted(image))), model.net->forward(normalized(centre, model.input)));
  // With another shorter side the proportions stay: of one colour, an image is that of any size.
  const fs::path large = write_png(folder.path() / "large.png", torch::full({3, 700, 500}, 99, torch::kByte));
  const Tensor grey = torch::full({1, 3, 224, 224}, 99, torch::kByte);
  check_classes(classes_of(run_program(command + quoted(large))), model.net->forward(normalized(grey, model.input)));
  const Tensor whole = pixels.slice(1, 0, 256).slice(2, 22, 278).unsqueeze(0);
  check_classes(classes_of(run_program(command + quoted(image) + " --size 256")),
                model.net->forward(normalized(whole, model.input)));
  check_refused(command + quoted(image) + " --size 300", 2, "has no centre of 300 x 300");
}

TEST_CASE("classify, evaluate and a net that normalises by itself see the same crop of a photograph of 500 x 375") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  TrainedModel model = made_up_model({.design = Design::kImageNet, .depth = 18, .classes = 7});
  model.input = parse_normalization("imagenet", "imagenet");
  model.recipe = "image-size = 64\ntest-side = 73\n";
  save_trained_model(folder.path() / "weights.safetensors", model);
  const fs::path image = write_png(folder.path() / "photos/image.png", random_bytes({3, 375, 500}));
  const fs::path file = folder.path() / "scores.safetensors";
  const ProgramResult tested = run_program("evaluate " + quoted(folder.path()) + " --unlabeled " +
                                           quoted(folder.path() / "photos") + " --scores " + quoted(file));
  INFO(tested.standard_error);
  REQUIRE(tested.exit_code == 0);
  const Tensor scores = load_scores(file).probabilities.log();  // whose softmax they are
  const fs::path net = folder.path() / "net.pt";
  const std::string command = "classify --json --model-file " + quoted(net) + " " + quoted(image);
  export_torchscript(net, model, {});
  check_classes(classes_of(run_program(command)), scores);

  export_torchscript(net, model, {.with_preprocessing = true});
  // Drawn as levels: those between two whole numbers must be rounded to the same one.
  const EncodedImage photo = read_encoded_image(image);
  Tensor levels = empty_images(1, {64, 64});
  draw_view(photo, center_view(photo_sizes(64), photo.header.size), {}, levels.data_ptr<float>());
  check_classes(classes_of(run_program(command)),
                model.net->forward(normalized(levels.round().to(torch::kByte), model.input)));
}

TEST_CASE("a TorchScript file of others is classified with once the flags say what it takes") {
  const TempFolder folder;
  const fs::path net = folder.path() / "net.pt";
  torch::jit::Module foreign("Foreign");
  foreign.define("def forward(self, x):\n    return torch.flatten(torch.mean(x, [2]), 1)\n");
  foreign.save(net.string());
  const std::string image = quoted(write_png(folder.path() / "a.png", torch::full({3, 4, 4}, 51, torch::kByte)));
  const std::string command = "classify --json --model-file " + quoted(net) + " " + image;
  check_refused(command, 2, "give --mean, --std and --size");
  check_refused(command + " --size 2 --mean none", 2, "--std");
  const json classes = classes_of(run_program(command + " --size 2 --mean 0.2,0.1,0 --std 1,1,0.1"));
  // (51 / 255 - mean) / std is 0, 0.1 and 2, each in two of the six columns.
  CHECK(classes[0].at("probability").get<double>() ==
        Approx(std::exp(2) / (2 * (std::exp(0) + std::exp(0.1) + std::exp(2)))));
  CHECK(classes[0].at("class").get<int>() / 2 == 2);
}

TEST_CASE("what cannot be classified is refused by name") {
  const TempFolder folder;
  const fs::path net = folder.path() / "net.pt";
  const std::string image = quoted(write_png(folder.path() / "a.png", random_bytes({3, 8, 8})));
  const std::string command = "classify --model-file " + quoted(net) + " ";
  check_refused("classify " + image, 2, "--model-file is missing");
  check_refused(command + image, 1, "net.pt: no such file");
  std::ofstream(net) << "no net";
  check_refused(command + image, 1, "net.pt: is not a TorchScript file");
  export_torchscript(net, made_up_model({.depth = 8}), {.with_preprocessing = true});
  check_refused(command + quoted(folder.path() / "b.png"), 1, "b.png: no such file");
  std::ofstream(folder.path() / "b.png") << "no image";
  check_refused(command + quoted(folder.path() / "b.png"), 1, "b.png: is no image");
  check_refused(command + quoted(folder.path() / "b.png") + " --json --bad-images skip", 1,
                "none of the images could be read; the first: ");
  check_refused(command + image + " --mean none --std none", 2, "normalises its images itself");
}

TEST_CASE("what a net cannot do is no fault of an image that may be left out: another size, scores that are finite") {
  const TempFolder folder;
  const fs::path net = folder.path() / "net.pt";
  const auto save = [&](const std::string& result) {
    torch::jit::Module foreign("Foreign");
    foreign.define("def forward(self, x):\n    return " + result + "\n");
    foreign.save(net.string());
  };
  const std::string image = quoted(write_png(folder.path() / "a.png", torch::full({3, 4, 4}, 51, torch::kByte)));
  const std::string command =
      "classify --json --bad-images skip --mean none --std none --model-file " + quoted(net) + " " + image;
  save("torch.matmul(torch.flatten(x, 1), torch.ones([12, 5]))");
  CHECK(classes_of(run_program(command + " --size 2")).size() == 5);
  check_refused(command + " --size 3", 1, "net.pt: the net cannot take these images");
  save("torch.log(torch.flatten(x, 1) - 1000.0)");
  check_refused(command + " --size 2", 1, "a.png: its scores are not finite");
}

TEST_CASE("a folder of images is classified in the order of its names, and a broken one left out by flag and named") {
  const TempFolder folder;
  const fs::path net = folder.path() / "net.pt";
  export_torchscript(net, made_up_model({.depth = 8}), {.with_preprocessing = true});
  const fs::path images = folder.path() / "images";
  for (const char* name : {"b.png", "a.png"}) write_png(images / name, random_bytes({3, 32, 32}));
  std::ofstream(images / "aa.png") << "no image";
  const std::string command = "classify --json --model-file " + quoted(net) + " " + quoted(images);
  check_refused(command, 1, "aa.png: is no image");
  const ProgramResult result = run_program(command + " --bad-images skip");
  REQUIRE(result.exit_code == 0);
  const json said = json::parse(result.standard_output).at("images");
  REQUIRE(said.size() == 3);
  CHECK(said[0].at("image") == (images / "a.png").string());
  CHECK(said[0].at("classes").size() == 5);
  CHECK(said[1].at("classes").is_null());
  CHECK_THAT(said[1].at("error").get<std::string>(), Contains("aa.png: is no image"));
  CHECK(said[2].at("classes").size() == 5);
}

TEST_CASE("in Python an exported net gives the same scores, its state fits a PyTorch net, and both train alike") {
  const std::string python = python_with_torch();
  if (python.empty()) {
    skip("no Python with torch; set RESNET_PYTHON to one");
    return;
  }
  const KernelsGuard guard;
  set_kernels(Kernels::kEager);
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  std::string nets;  // one Python for all, as it takes seconds to start
  const auto add = [&](const fs::path& net, const TrainedModel& model, const Tensor& images) {
    const fs::path values = net.string() + ".safetensors";
    const Tensor numbers = images.scalar_type() == torch::kByte ? normalized(images, model.input) : images;
    save_safetensors(values, {{{"images", images}, {"logits", model.net->forward(numbers)}}, {}});
    // Python's own net has ten classes, and knows no zeros before the channels.
    const bool has_peer = model.spec.design == Design::kCifar && model.spec.classes == 10 &&
                          model.spec.shortcut_padding == ShortcutPadding::kEnd;
    nets += " " + quoted(net) + " " + quoted(values) + " " + (has_peer ? shortcut_name(model.spec) : "alone");
  };
  for (const ModelSpec& spec : every_kind_of_net()) {
    const TrainedModel model = made_up_model(spec);
    const Tensor images = torch::randn({5, 3, 36, 28});
    const fs::path net = folder.path() / name_of(spec);
    export_torchscript(net.string() + ".pt", model, {});
    add(net.string() + ".pt", model, images);
    export_onnx(net.string() + ".onnx", model, {});
    add(net.string() + ".onnx", model, images);
  }
  const TrainedModel model = made_up_model({.depth = 8, .shortcut_padding = ShortcutPadding::kSymmetric});
  for (const bool folded : {false, true}) {
    const ExportForm form{.with_preprocessing = true, .folded = folded};
    const fs::path net = folder.path() / (folded ? "folded" : "serving");
    export_torchscript(net.string() + ".pt", model, form);
    add(net.string() + ".pt", model, random_bytes({2, 3, 32, 32}));
    export_onnx(net.string() + ".onnx", model, form);
    add(net.string() + ".onnx", model, random_bytes({2, 3, 32, 32}));
  }

  const fs::path script = fs::path(RESNET_TESTS_DIR) / "integration" / "check_exported.py";
  const ProgramResult result = run_command(python + " " + quoted(script) + nets);
  INFO(result.standard_output << result.standard_error);
  if (result.exit_code == 77) skip("ONNX files in Python, which lacks onnx or onnxruntime");
  CHECK((result.exit_code == 0 || result.exit_code == 77));
}

TEST_CASE("a program of ten lines, built with LibTorch alone as docs/serving says, classifies an image") {
  const torch::NoGradGuard no_gradient;
  const TempFolder folder;
  const fs::path serving = fs::path(RESNET_SOURCE_DIR) / "docs" / "serving";
  const std::string readme = read_file(serving / "README.md");
  const std::size_t start = readme.find("g++ ");
  const std::string command = readme.substr(start, readme.find("```", start) - start);
  fs::create_directories(folder.path() / "docs/serving");
  fs::create_directory(folder.path() / "out");
  fs::copy_file(serving / "classify.cpp", folder.path() / "docs/serving/classify.cpp");
  const ProgramResult built =
      run_command("cd " + quoted(folder.path()) + " && torch=" + quoted(RESNET_TORCH_ROOT) + " && " + command);
  INFO(built.standard_error);
  REQUIRE(built.exit_code == 0);

  const TrainedModel model = made_up_model({.depth = 8});
  export_torchscript(folder.path() / "net.pt", model, {.with_preprocessing = true, .folded = true});
  for (int i = 0; i < 3; ++i) {
    const Tensor pixels = random_bytes({3, 32, 32});
    write_png(folder.path() / "image.ppm", pixels);
    const auto expected =
        model.net->forward(normalized(pixels.unsqueeze(0), model.input)).argmax(1).item<std::int64_t>();
    const ProgramResult result = run_command("cd " + quoted(folder.path()) + " && out/classify net.pt image.ppm");
    INFO(result.standard_error);
    CHECK(result.standard_output == "class " + std::to_string(expected) + "\n");
  }
}
