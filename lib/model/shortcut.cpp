// SPDX-License-Identifier: MIT
#include "model/shortcut.hpp"

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
  const std::int64_t before = padding_ == ShortcutPadding::kSymmetric ? (out_ - in_) / 2 : 0;
  return sample_and_pad(x, {.before = before, .after = out_ - in_ - before}, stride_);
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
