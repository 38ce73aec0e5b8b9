// SPDX-License-Identifier: MIT
#include "exchange/read_net.hpp"

#include "core/error.hpp"
#include "exchange/exported_model.hpp"
#include "exchange/recipe_facts.hpp"

namespace resnet {
namespace {

ReadNet read_exported(const std::filesystem::path& path, const ModelHints& hints) {
  const ExportedModel model = load_exported_model(path);
  require_usage(!hints.net && !hints.shortcut && !hints.shortcut_padding && !hints.bottleneck_stride,
                "{}: is a whole net; leave out --model, --shortcut, --shortcut-padding and --bottleneck-stride",
                path.string());
  require(model.facts.input || hints.input, "{}: does not say what its images are normalised by; give --mean and --std",
          path.string());
  const NetInput input = with_hint(model.facts.input, hints.input, path.string());
  ReadNet net{.net = model.net, .class_names = model.facts.class_names};
  net.precision = precision_in(model.facts.recipe).value_or(Precision::kFloat32);
  if (!input.takes_bytes) net.input = input.normalization;
  if (input.shorter_side > 0) {
    net.photo_sizes = photo_sizes(input.height);
    net.photo_sizes->test_side = input.shorter_side;
  }
  return net;
}

}  // namespace

ReadNet read_net(const std::filesystem::path& path, const ModelHints& hints) {
  if (path.extension() == ".pt" && !std::filesystem::is_directory(path)) return read_exported(path, hints);
  const TrainedModel model = load_trained_model(path, hints);
  ReadNet net{.net = model.net, .input = model.input, .spec = model.spec, .class_names = model.class_names};
  net.precision = precision_in(model.recipe).value_or(Precision::kFloat32);
  if (model.spec.design != Design::kCifar) net.photo_sizes = photo_sizes_in(model.recipe).value_or(PhotoSizes());
  return net;
}

}  // namespace resnet
