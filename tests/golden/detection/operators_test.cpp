// SPDX-License-Identifier: MIT
// RoI pooling and non-maximum suppression beside torchvision's (generate_operators.py).
#include <torch/autograd.h>
#include <torch/types.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/file.hpp"
#include "support/catch.hpp"
#include "support/each_simd_target.hpp"
#include "support/kernels_guard.hpp"
#include "tensor/roi_pool.hpp"
#include "tensor/suppress.hpp"

using nlohmann::json;
using namespace resnet;
using torch::Tensor;

namespace {

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;

json stored(const std::string& operation) {
  return json::parse(read_file(std::string(RESNET_TESTS_DIR) + "/golden/detection/operators.json")).at(operation);
}

/// `whole_numbers` of generate_operators.py.
Tensor whole_numbers(std::int64_t key, at::IntArrayRef sizes) {
  Tensor result = torch::empty(sizes);
  float* const at = result.data_ptr<float>();
  for (std::int64_t i = 0; i < result.numel(); ++i) {
    const std::int64_t mixed = (i * i * 7919 + i * 2'654'435'761 + key * 104'729) % (1LL << 32);
    at[i] = static_cast<float>(mixed / (1 << 27) - 16);
  }
  return result;
}

Tensor numbers(const json& values, at::IntArrayRef sizes) {
  return torch::tensor(values.get<std::vector<float>>()).view(sizes);
}

Tensor boxes(const json& rows) {
  std::vector<float> flat;
  for (const json& row : rows) {
    for (const json& end : row) flat.push_back(static_cast<float>(end.get<double>()));
  }
  return torch::tensor(flat).view({-1, 4});
}

}  // namespace

TEST_CASE(
    "RoI pooling and its gradient are torchvision's, on each instruction set, and of LibTorch's operations alone") {
  const KernelsGuard guard;
  for (const json& theirs : stored("roi_pool")) {
    const std::int64_t channels = theirs.at("channels");
    const std::int64_t height = theirs.at("height");
    const std::int64_t width = theirs.at("width");
    const std::int64_t grid = theirs.at("grid");
    const Tensor regions = boxes(theirs.at("regions"));
    const Tensor y = numbers(theirs.at("y"), {regions.size(0), channels, grid, grid});
    const Tensor gradient = numbers(theirs.at("gradient"), {1, channels, height, width});
    const auto check = [&](at::ScalarType dtype) {
      CAPTURE(channels, height, width, grid, dtype, kernels_name(kernels()));
      const Tensor map =
          whole_numbers(1, {1, channels, height, width}).to(dtype).contiguous(kChannelsLast).requires_grad_();
      const Tensor ours = roi_pool(map, regions, theirs.at("scale"), grid);
      ours.backward(whole_numbers(2, ours.sizes()).to(dtype));
      CHECK(torch::equal(ours.detach(), y.to(dtype)));
      CHECK(torch::equal(map.grad(), gradient.to(dtype)));
    };
    for (const at::ScalarType dtype : {at::kFloat, at::kBFloat16}) {
      set_kernels(Kernels::kFast);
      on_each_target([&] { check(dtype); });
      set_kernels(Kernels::kEager);
      check(dtype);
    }
  }
}

TEST_CASE("the boxes that suppression keeps are torchvision's, at thresholds, of equal scores and without an area") {
  for (const json& theirs : stored("nms")) {
    const Tensor candidates = boxes(theirs.at("boxes"));
    const Tensor scores = torch::tensor(theirs.at("scores").get<std::vector<float>>());
    const Tensor kept = torch::tensor(theirs.at("kept").get<std::vector<std::int64_t>>());
    const double overlap = theirs.at("overlap");
    CAPTURE(overlap, candidates.size(0));
    on_each_target([&] {
      CHECK(torch::equal(suppress(candidates, scores, overlap, candidates.size(0)), kept));
      CHECK(torch::equal(suppress(candidates, scores, overlap, 5), kept.slice(0, 0, 5)));
    });
  }
}
