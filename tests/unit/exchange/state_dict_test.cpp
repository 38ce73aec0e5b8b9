// SPDX-License-Identifier: MIT
#include "exchange/state_dict.hpp"

#include "core/error.hpp"
#include "core/file.hpp"
#include "format/weights_file.hpp"
#include "model/make_model.hpp"
#include "support/catch.hpp"
#include "support/full_disk.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

TrainedModel net(std::uint64_t seed) {
  const ModelSpec spec = parse_model_name("resnet8");
  return {spec, make_model(spec, seed), parse_normalization("cifar10", "none"), {}, ""};
}

std::string saved(std::uint64_t seed) {
  const TempFolder folder;
  save_state_dict(folder.path() / "net.pth", net(seed));
  return read_file(folder.path() / "net.pth");
}

TEST_CASE("the tensors of a saved state_dict stand in the order of Python's, module by module, and dense") {
  const TempFolder folder;
  save_state_dict(folder.path() / "net.pth", net(1));
  const WeightsFile file(folder.path() / "net.pth");
  CHECK(file.format() == "torch.save");
  REQUIRE(file.arrays().size() == 7 * 6 + 2);
  const std::vector<std::string> first = {"conv1.weight",         "bn1.weight",      "bn1.bias",
                                          "bn1.running_mean",     "bn1.running_var", "bn1.num_batches_tracked",
                                          "layer1.0.conv1.weight"};
  for (std::size_t i = 0; i < first.size(); ++i) CHECK(file.arrays()[i].name == first[i]);
  CHECK(file.arrays().back().name == "fc.bias");
  for (const NamedArray& array : file.arrays()) CHECK(array.strides == dense_strides(array.shape));
}

TEST_CASE("equal nets are saved as equal bytes, and others are not") {
  CHECK(saved(1) == saved(1));
  CHECK(saved(1) != saved(2));
}

TEST_CASE("on a full disk the old state_dict stands") {
  const TempFolder folder;
  save_state_dict(folder.path() / "net.pth", net(1));
  const std::string before = read_file(folder.path() / "net.pth");
  {
    const FullDisk full(1000);
    CHECK_THROWS_AS(save_state_dict(folder.path() / "net.pth", net(2)), Error);
  }
  CHECK(read_file(folder.path() / "net.pth") == before);
}

}  // namespace
}  // namespace resnet
