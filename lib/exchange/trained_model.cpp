// SPDX-License-Identifier: MIT
#include "exchange/trained_model.hpp"

#include <ATen/ATen.h>

#include <utility>

#include "core/error.hpp"
#include "exchange/model_state.hpp"
#include "exchange/net_metadata.hpp"
#include "exchange/safetensors.hpp"
#include "exchange/state_names.hpp"
#include "exchange/weights_path.hpp"
#include "exchange/weights_proof.hpp"
#include "format/torch_file.hpp"
#include "model/make_model.hpp"

namespace resnet {
namespace {

namespace fs = std::filesystem;

Shortcut shortcut_of(const NetMetadata& said, const TensorFile& tensors, const ModelSpec& spec) {
  if (const auto shortcut = said.shortcut()) return *shortcut;
  StateNames names;
  for (const auto& [name, tensor] : tensors.tensors) names.insert(name);
  return shortcut_by_names(names, spec);
}

ModelSpec spec_of(const std::string& file, const NetMetadata& said, const TensorFile& tensors,
                  const ModelHints& hints) {
  const std::optional<ModelSpec> model = said.model();
  require(
      model || hints.net,
      "{0}: does not say which net it is of; to test or to export it give --model, and for all else make a net of it "
      "with `./run import --from {0} --model ...`",
      file);
  ModelSpec spec = model ? *model : *hints.net;
  require(!hints.net || model_name(*hints.net) == model_name(spec), "{}: is of {}, and --model says {}; leave it out",
          file, model_name(spec), hints.net ? model_name(*hints.net) : "");
  // A hint makes up for what cannot be read, too.
  spec.shortcut = hints.shortcut ? *hints.shortcut : shortcut_of(said, tensors, spec);
  spec.shortcut_padding =
      hints.shortcut_padding ? *hints.shortcut_padding : said.shortcut_padding().value_or(ShortcutPadding::kEnd);
  spec.bottleneck_stride =
      hints.bottleneck_stride ? *hints.bottleneck_stride : said.bottleneck_stride().value_or(stride_of_others(spec));
  const torch::Tensor* last = tensors.find(last_layer(spec).name + ".weight");
  if (last != nullptr) spec.classes = classes_of(last->sizes().vec(), spec);
  return spec;
}

}  // namespace

void save_trained_model(const fs::path& file, const TrainedModel& model) {
  TensorFile content;
  add_model_state(content, *model.net);
  content.metadata = net_metadata(model.spec, model.input, model.class_names, model.recipe);
  save_proved(file, content);
}

std::shared_ptr<Classifier> make_hinted_model(const std::string& file, const ModelSpec& spec, const ModelHints& hints) {
  ModelSpec of_file = spec;  // with what goes with everything in place of the hints
  if (hints.shortcut) of_file.shortcut = Shortcut::kZeroPadding;
  if (hints.shortcut_padding) of_file.shortcut_padding = ShortcutPadding::kEnd;
  if (hints.bottleneck_stride) of_file.bottleneck_stride = BottleneckStride::k1x1;
  try {
    check_spec(of_file);
  } catch (const Error& error) {
    fail("{}: {}", file, error.what());
  }
  return make_unset_model(spec);
}

TrainedModel load_trained_model(const fs::path& path, const ModelHints& hints) {
  const fs::path file = weights_path(path);
  require(fs::exists(file), "{}: is not there; expected a finished run, an imported net's folder, or a weights file",
          file.string());
  require(!is_torch_file(file),
          "{0}: is a file of PyTorch: if it is one of torch.save, make a net of it with `./run import --from {0}` "
          "first; an exported TorchScript net is for `evaluate` and `classify` alone, and ends in .pt",
          file.string());
  const TensorFile content = load_safetensors(file);
  const NetMetadata said(file.string(), content.metadata);
  TrainedModel model;
  model.spec = spec_of(file.string(), said, content, hints);
  model.input = hints.input ? *hints.input : said.input();
  model.class_names = said.class_names();
  require(model.class_names.empty() || std::cmp_equal(model.class_names.size(), model.spec.classes),
          "{}: has the names of {} classes, and the net has {}", file.string(), model.class_names.size(),
          model.spec.classes);
  model.recipe = said.recipe();
  model.net = make_hinted_model(file.string(), model.spec, hints);
  try {
    load_model_state(*model.net, content, file.string());
  } catch (const Error& error) {
    if (said.model()) throw;
    fail("{}; `./run import --from {}` takes the names and dtypes of other programs", error.what(), file.string());
  }
  model.net->eval();
  return model;
}

}  // namespace resnet
