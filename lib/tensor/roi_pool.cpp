// SPDX-License-Identifier: MIT
#include "tensor/roi_pool.hpp"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "kernel/bf16.hpp"
#include "kernel/roi_pool.hpp"
#include "tensor/kernel_choice.hpp"
#include "tensor/single_backward.hpp"

namespace resnet {
namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr auto kChannelsLast = at::MemoryFormat::ChannelsLast;
constexpr std::int64_t kRowsPerTask = 4;
constexpr std::int64_t kChannelsPerTask = 128;  // fewer leave too little to read in one piece

struct Bins {
  RoiPoolShape shape;
  std::vector<BinSpan> spans;

  const BinSpan* rows_of(std::int64_t region) const { return spans.data() + region * 2 * shape.grid; }
  const BinSpan* columns_of(std::int64_t region) const { return rows_of(region) + shape.grid; }
};

Bins bins_of(const Tensor& map, const Tensor& regions, double scale, std::int64_t grid) {
  require(map.dim() == 4 && map.size(0) == 1 && map.numel() > 0,
          "RoI pool: expected a map [1, channels, height, width] with numbers in it; pool one image at a time");
  require(regions.dim() == 2 && regions.size(1) == 4,
          "RoI pool: expected regions [regions, 4] of left, top, right and bottom");
  require(grid >= 1, "RoI pool: the grid has {} bins in each direction, expected 1 or more", grid);
  const Tensor ends = regions.detach().to(at::kCPU, at::kFloat).contiguous();
  require(at::isfinite(ends).all().item<bool>(),
          "RoI pool: a region has an end that is no finite number; has the training diverged? Lower the rate");
  const RoiPoolShape shape{map.size(2), map.size(3), map.size(1), ends.size(0), grid};
  return {shape, roi_bins(shape, ends.const_data_ptr<float>(), scale)};
}

// LibTorch's own operations. For each output the place of its number is found outside of the graph; what is at those
// places is then one operation, whose gradient is a sum.

// Bins in one direction as pixels [grid, longest]: those of a shorter one end with its last pixel again, which changes
// no maximum. An empty bin gets some pixel.
Tensor pixels_of(const BinSpan* spans, std::int64_t grid, std::int64_t extent) {
  std::int64_t longest = 1;
  for (std::int64_t i = 0; i < grid; ++i) longest = std::max<std::int64_t>(longest, spans[i].last - spans[i].first);
  const Tensor pixels = at::empty({grid, longest}, at::kLong);
  std::int64_t* at = pixels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < grid; ++i) {
    for (std::int64_t j = 0; j < longest; ++j) {
      *at++ = std::clamp<std::int64_t>(std::min<std::int64_t>(spans[i].first + j, spans[i].last - 1), 0, extent - 1);
    }
  }
  return pixels;
}

// [C, H, W] -> [C, grid, grid, numbers of a bin], row by row.
Tensor numbers_of_bins(const Tensor& map, const Tensor& rows, const Tensor& columns) {
  return map.index_select(1, rows.flatten())
      .index_select(2, columns.flatten())
      .view({map.size(0), rows.size(0), rows.size(1), columns.size(0), columns.size(1)})
      .transpose(2, 3)
      .flatten(3);
}

// Where on the map, row * W + column, the largest number of each bin lies: [C, grid, grid].
Tensor places_of(const Tensor& map, const Bins& bins, std::int64_t region) {
  const RoiPoolShape& s = bins.shape;
  const Tensor rows = pixels_of(bins.rows_of(region), s.grid, s.height).to(map.device());
  const Tensor columns = pixels_of(bins.columns_of(region), s.grid, s.width).to(map.device());
  const Tensor largest = std::get<1>(numbers_of_bins(map, rows, columns).max(/*dim=*/3, /*keepdim=*/true));
  const Tensor numbered = at::arange(s.height * s.width, largest.options()).view({1, s.height, s.width});
  return numbers_of_bins(numbered, rows, columns).expand({s.channels, -1, -1, -1}).gather(3, largest).squeeze(3);
}

// [R, 1, grid, grid].
Tensor empty_bins(const Bins& bins) {
  const RoiPoolShape& s = bins.shape;
  const Tensor result = at::empty({s.regions, 1, s.grid, s.grid}, at::kBool);
  bool* at = result.mutable_data_ptr<bool>();
  const auto is_empty = [](BinSpan span) { return span.first == span.last; };
  for (std::int64_t region = 0; region < s.regions; ++region) {
    for (std::int64_t i = 0; i < s.grid; ++i) {
      for (std::int64_t j = 0; j < s.grid; ++j) {
        *at++ = is_empty(bins.rows_of(region)[i]) || is_empty(bins.columns_of(region)[j]);
      }
    }
  }
  return result;
}

Tensor eager_roi_pool(const Tensor& map, const Bins& bins) {
  const RoiPoolShape& s = bins.shape;
  const Tensor places = at::empty({s.channels, s.regions, s.grid, s.grid}, map.options().dtype(at::kLong));
  for (std::int64_t region = 0; region < s.regions; ++region) {
    places.select(1, region).copy_(places_of(map.detach()[0], bins, region));
  }
  // In float32, or the gradient would be rounded to bfloat16 with each number that is added.
  const bool is_reduced = at::isReducedFloatingType(map.scalar_type());
  return map.to(is_reduced ? at::kFloat : map.scalar_type())
      .reshape({s.channels, s.height * s.width})
      .gather(1, places.flatten(1))
      .view(places.sizes())
      .transpose(0, 1)
      .masked_fill(empty_bins(bins).to(map.device()), 0)
      .to(map.scalar_type())
      .contiguous(kChannelsLast);
}

// Ours.

bool fits_kernels(const Tensor& map) {
  const bool has_type = map.scalar_type() == at::kFloat || map.scalar_type() == at::kBFloat16;
  return kernels() == Kernels::kFast && map.is_cpu() && has_type && map.is_contiguous(kChannelsLast) &&
         map.size(2) * map.size(3) <= kMostRoiPixels;
}

template <typename T>
void forward_in(const Bins& bins, const Tensor& map, const Tensor& y, const Tensor& places) {
  const T* const from = static_cast<const T*>(map.const_data_ptr());
  T* const to = static_cast<T*>(y.mutable_data_ptr());
  RoiPlace* const kept = places.defined() ? places.mutable_data_ptr<RoiPlace>() : nullptr;
  at::parallel_for(0, bins.shape.regions * bins.shape.grid, kRowsPerTask, [&](std::int64_t first, std::int64_t last) {
    roi_pool(bins.shape, from, bins.spans.data(), to, kept, first, last);
  });
}

// `places` is undefined where nobody will ask for a gradient.
Tensor forward(const Tensor& map, const Bins& bins, const Tensor& places) {
  const RoiPoolShape& s = bins.shape;
  const Tensor y = at::empty({s.regions, s.channels, s.grid, s.grid}, map.options(), kChannelsLast);
  map.scalar_type() == at::kFloat ? forward_in<float>(bins, map, y, places) : forward_in<Bf16>(bins, map, y, places);
  return y;
}

template <typename T>
void backward_in(const RoiPoolShape& shape, const Tensor& dy, const Tensor& places, const Tensor& sums) {
  const T* const from = static_cast<const T*>(dy.const_data_ptr());
  const RoiPlace* const kept = places.const_data_ptr<RoiPlace>();
  float* const to = sums.mutable_data_ptr<float>();
  at::parallel_for(0, shape.channels, kChannelsPerTask, [&](std::int64_t first, std::int64_t last) {
    roi_pool_gradient(shape, from, kept, to, first, last);
  });
}

class FastRoiPool : public torch::autograd::Function<FastRoiPool> {
 public:
  static Tensor forward(AutogradContext* ctx, const Tensor& map, const Bins& bins) {
    const RoiPoolShape& s = bins.shape;
    const Tensor places = at::empty({s.regions, s.grid, s.grid, s.channels}, at::kUInt16);
    ctx->save_for_backward({places});
    ctx->saved_data["map"] = map.sizes().vec();
    return resnet::forward(map, bins, places);
  }

  static variable_list backward(AutogradContext* ctx, const variable_list& gradients) {
    require_single_backward("RoI pool");
    const auto map = ctx->saved_data["map"].toIntVector();
    const Tensor places = ctx->get_saved_variables()[0];
    const RoiPoolShape shape{map[2], map[3], map[1], places.size(0), places.size(1)};
    const Tensor dy = gradients[0].contiguous(kChannelsLast);
    const Tensor sums = at::empty(map, at::kFloat, kChannelsLast).zero_();
    dy.scalar_type() == at::kFloat ? backward_in<float>(shape, dy, places, sums)
                                   : backward_in<Bf16>(shape, dy, places, sums);
    return {sums.to(dy.scalar_type()), Tensor()};
  }
};

}  // namespace

Tensor roi_pool(const Tensor& map, const Tensor& regions, double scale, std::int64_t grid) {
  const Bins bins = bins_of(map, regions, scale, grid);
  if (!fits_kernels(map)) return eager_roi_pool(map, bins);
  if (!at::GradMode::is_enabled() || !map.requires_grad()) return forward(map, bins, Tensor());
  return FastRoiPool::apply(map, bins);
}

}  // namespace resnet
