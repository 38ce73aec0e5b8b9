// SPDX-License-Identifier: MIT
// The library in a program of someone's own, as docs/library says.
#include <torch/types.h>

#include "batch/test_views.hpp"
#include "exchange/exported_model.hpp"
#include "exchange/state_dict.hpp"
#include "support/catch.hpp"
#include "support/jpeg_bytes.hpp"
#include "support/made_up_model.hpp"
#include "support/program.hpp"

namespace fs = std::filesystem;
using namespace resnet;

TEST_CASE("the example of docs/library classifies a photograph with weights from Python's form, learns and exports") {
  const TempFolder folder;
  const TrainedModel model = made_up_model({.design = Design::kImageNet, .depth = 18, .classes = 7});
  save_state_dict(folder.path() / "net.pth", model);
  const fs::path photo = folder.path() / "photo.jpg";
  write_atomically(photo, jpeg_bytes::jpeg({.width = 300, .height = 260}));
  const ProgramResult result = run_program("library_example resnet18 " + quoted(folder.path() / "net.pth") + " " +
                                           quoted(photo) + " " + quoted(folder.path() / "net.pt"));
  INFO(result.standard_error);
  REQUIRE(result.exit_code == 0);

  const torch::NoGradGuard no_gradient;
  const PhotoTesting testing{.sizes = photo_sizes(224), .input = parse_normalization("imagenet", "imagenet")};
  const torch::Tensor image = crops_of(read_encoded_image(photo), testing, TestView::kCenter);
  const torch::Tensor scores = model.net->forward(image);
  CHECK_THAT(result.standard_output,
             Catch::StartsWith("class " + std::to_string(scores.argmax(1).item<std::int64_t>()) + "\nloss "));
  // One step has moved the net's weights, and not the running statistics of batch norm alone.
  model.net->train();
  model.net->forward(image);
  model.net->eval();
  const ExportedModel exported = load_exported_model(folder.path() / "net.pt");
  REQUIRE(exported.facts.input->takes_bytes);
  const torch::Tensor bytes = torch::full({1, 3, 224, 224}, 99, torch::kByte);
  const torch::Tensor moved = exported.net->forward(bytes);
  REQUIRE(moved.sizes() == scores.sizes());
  CHECK_FALSE(torch::allclose(moved, model.net->forward(normalized(bytes, testing.input)), 1e-3));

  const ProgramResult refused =
      run_program("library_example resnet18 " + quoted(photo) + " " + quoted(photo) + " x.pt");
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.standard_error, Catch::StartsWith("error: ") && Catch::Contains("photo.jpg"));
}

namespace {

ProgramResult configure(const fs::path& source, const fs::path& build) {
  return run_command(
      quoted(RESNET_CMAKE) + " -S " + quoted(source) + " -B " + quoted(build) +
      " -G Ninja -DCMAKE_BUILD_TYPE=Release -DTorch_DIR=" + quoted(fs::path(RESNET_TORCH_ROOT) / "share/cmake/Torch"));
}

}  // namespace

TEST_CASE("the CMakeLists.txt of docs/library configures") {
  const TempFolder folder;
  const ProgramResult result = configure(fs::path(RESNET_SOURCE_DIR) / "docs" / "library", folder.path());
  INFO(result.standard_output << result.standard_error);
  CHECK(result.exit_code == 0);
}

TEST_CASE("another project takes the library alone, whatever it calls its targets (docs/library)") {
  const TempFolder folder;
  // A target named as one of our programs, a test of its own, and no word on the standard of C++.
  write_atomically(folder.path() / "CMakeLists.txt",
                   "cmake_minimum_required(VERSION 3.25)\n"
                   "project(theirs LANGUAGES CXX)\n"
                   "enable_testing()\n"
                   "add_subdirectory(\"" RESNET_SOURCE_DIR
                   "\" resnet)\n"
                   "add_executable(train main.cpp)\n"
                   "target_link_libraries(train PRIVATE resnet::model resnet::detect resnet::train)\n"
                   "add_test(NAME theirs COMMAND train)\n");
  write_atomically(folder.path() / "main.cpp",
                   "#include \"model/model_spec.hpp\"\n"
                   "int main() { return resnet::parse_model_name(\"resnet20\").depth == 20 ? 0 : 1; }\n");
  const fs::path build = folder.path() / "build";
  const ProgramResult configured = configure(folder.path(), build);
  INFO(configured.standard_output << configured.standard_error);
  REQUIRE(configured.exit_code == 0);
  const ProgramResult tests = run_command(quoted(RESNET_CTEST) + " --test-dir " + quoted(build) + " -N");
  CHECK_THAT(tests.standard_output, Catch::Contains("Total Tests: 1\n"));
  const ProgramResult compiled =
      run_command(quoted(RESNET_CMAKE) + " --build " + quoted(build) + " --target CMakeFiles/train.dir/main.cpp.o");
  INFO(compiled.standard_output);
  CHECK(compiled.exit_code == 0);
}
