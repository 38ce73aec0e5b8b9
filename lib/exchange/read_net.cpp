// SPDX-License-Identifier: MIT
#include "exchange/read_net.hpp"

#include "core/error.hpp"
#include "exchange/exported_model.hpp"

namespace resnet {
namespace {

ReadNet read_exported(const std::filesystem::path& path, const ModelHints& hints) {
  const ExportedModel model = load_exported_model(path);
  if (hints.input) return {model.net, hints.input};
  require(model.facts.input.has_value(), "{}: does not say what its images are normalised by; give --mean and --std",
          path.string());
  if (model.facts.input->takes_bytes) return {model.net, std::nullopt};
  return {model.net, model.facts.input->normalization};
}

}  // namespace

ReadNet read_net(const std::filesystem::path& path, const ModelHints& hints) {
  if (path.extension() == ".pt") return read_exported(path, hints);
  const TrainedModel model = load_trained_model(path, hints);
  return {model.net, model.input};
}

}  // namespace resnet
