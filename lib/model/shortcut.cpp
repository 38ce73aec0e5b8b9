// SPDX-License-Identifier: MIT
#include "model/shortcut.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "model/conv_norm.hpp"
#include "model/convolution.hpp"
#include "tensor/sample_and_pad.hpp"

namespace resnet {

ShortcutPath::ShortcutPath(std::int64_t in, std::int64_t out, std::int64_t stride, const ModelSpec& spec)
    : in_(in), out_(out), stride_(stride), padding_(spec.shortcut_padding) {
  require(in >= 1 && out >= 1 && stride >= 1,
          "shortcut: {} channels in, {} out, stride {}; expected each to be at least 1", in, out, stride);
  const bool projects = spec.shortcut == Shortcut::kProjectionEverywhere ||
                        (spec.shortcut == Shortcut::kProjectionWhereNeeded && !is_identity());
  if (projects) {
    projection_ = register_module("0", make_convolution(in, out, /*kernel=*/1, stride));
    norm_ = register_module("1", std::make_shared<BatchNorm>(out, spec.bn_batch));
  } else {
    require(out >= in, "shortcut: option A can add zero channels but not drop any, and got {} in, {} out", in, out);
  }
}

torch::Tensor ShortcutPath::forward(const torch::Tensor& x) {
  if (projection_) return convolve_norm(*projection_, *norm_, x);
  if (is_identity()) return x;
  return sample_and_pad(x, {.before = zeros_before(), .after = zeros_after()}, stride_);
}

std::string ShortcutPath::script() const {
  const std::string head = "def forward(self, x: Tensor) -> Tensor:\n";
  if (projection_) return head + "    return getattr(self, \"1\").forward(getattr(self, \"0\").forward(x))\n";
  if (is_identity()) return head + "    return x\n";
  return head + fmt::format(
                    "    sampled = x[:, :, ::{0}, ::{0}]\n"
                    "    return torch.constant_pad_nd(sampled, [0, 0, 0, 0, {1}, {2}]).contiguous(memory_format=2)\n",
                    stride_, zeros_before(), zeros_after());
}

FeatureMap ShortcutPath::add_cost(ModelCost& cost, const std::string& name, FeatureMap in) const {
  if (projection_) {
    return add_batch_norm(cost, name + ".1", *norm_,
                          add_convolution(cost, name + ".0", *projection_, in, "projection"));
  }
  if (is_identity()) return in;
  const FeatureMap out{out_, (in.height - 1) / stride_ + 1, (in.width - 1) / stride_ + 1};
  cost.layers.push_back({name, "zero padding", out});
  return out;
}

}  // namespace resnet
