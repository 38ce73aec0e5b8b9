// SPDX-License-Identifier: MIT
#include "exchange/weights_proof.hpp"

#include <torch/types.h>

#include <limits>

#include "core/error.hpp"
#include "support/catch.hpp"
#include "support/temp_folder.hpp"

namespace resnet {
namespace {

using Catch::Contains;

TensorFile content() {
  return {{{"weight", torch::tensor({1.0f, -0.0f, std::numeric_limits<float>::quiet_NaN()})},
           {"count", torch::tensor(3)},
           {"none", torch::zeros({0, 2})}},
          {{"model", "resnet8"}}};
}

std::string refusal(const TensorFile& written, const TensorFile& expected) {
  const TempFolder folder;
  save_safetensors(folder.path() / "net.safetensors", written);
  try {
    require_holds(folder.path() / "net.safetensors", expected, "what it becomes");
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

TEST_CASE("a file that holds the tensors bit for bit passes, whatever their numbers") {
  CHECK(refusal(content(), content()) == "accepted");
}

TEST_CASE("a file with another bit, shape, dtype, name, number of tensors or word does not pass") {
  TensorFile other = content();
  other.tensors[0].second =
      torch::tensor({1.0f, 0.0f, std::numeric_limits<float>::quiet_NaN()});  // equal, but for a sign
  CHECK_THAT(refusal(other, content()), Contains("what it becomes: read back, 'weight' is not what the net has"));
  other = content();
  other.tensors[0].second = other.tensors[0].second.view({3, 1});
  CHECK_THAT(refusal(other, content()), Contains("'weight' is not what the net has"));
  other = content();
  other.tensors[1].second = torch::tensor(3, torch::kInt);
  CHECK_THAT(refusal(other, content()), Contains("'count' is not what the net has"));
  other = content();
  other.tensors[1].first = "counts";
  CHECK_THAT(refusal(other, content()), Contains("'counts' is not what the net has"));
  other = content();
  other.tensors.pop_back();
  CHECK_THAT(refusal(other, content()), Contains("has 2 tensors, expected 3"));
  other = content();
  other.metadata["model"] = "resnet14";
  CHECK_THAT(refusal(other, content()), Contains("the same words beside them"));
}

}  // namespace
}  // namespace resnet
