// SPDX-License-Identifier: MIT
#include "tensor/suppress.hpp"

#include <ATen/Functions.h>

#include <vector>

#include "core/error.hpp"
#include "kernel/suppress.hpp"

namespace resnet {

using at::Tensor;

Tensor suppress(const Tensor& boxes, const Tensor& scores, double overlap, std::int64_t most) {
  require(boxes.dim() == 2 && boxes.size(1) == 4 && scores.dim() == 1 && scores.size(0) == boxes.size(0),
          "suppression: expected boxes [N, 4] of left, top, right and bottom, and N scores");
  require(overlap >= 0 && overlap <= 1, "suppression: an overlap of {}, expected one in [0, 1]", overlap);
  require(most >= 0, "suppression: at most {} boxes are to be kept, expected 0 or more", most);
  const Tensor best_first = scores.detach().argsort(/*stable=*/true, /*dim=*/0, /*descending=*/true).cpu();
  const Tensor sorted = boxes.detach().to(at::kCPU, at::kFloat).index_select(0, best_first);
  const auto is_finite = [](const Tensor& numbers) { return at::isfinite(numbers).all().item<bool>(); };
  require(is_finite(sorted) && is_finite(scores.detach()),
          "suppression: a box or a score is no finite number; has the training diverged? Lower the rate");
  const std::vector<std::int64_t> kept =
      resnet::suppress(sorted.const_data_ptr<float>(), sorted.size(0), overlap, most);
  return best_first.index_select(0, at::tensor(kept, at::kLong)).to(boxes.device());
}

}  // namespace resnet
