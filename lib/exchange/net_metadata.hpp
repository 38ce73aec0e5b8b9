// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "batch/normalization.hpp"
#include "model/model_spec.hpp"

namespace resnet {

/// What a file of weights says of its net in its metadata: text under a key, which NetMetadata reads. Numbers are
/// written so that they read back as the same bits.
std::map<std::string, std::string> net_metadata(const ModelSpec& spec, const Normalization& input,
                                                const std::vector<std::string>& class_names, const std::string& recipe);

/// What a file of weights says of its net, as net_metadata puts it there.
///
/// It may be a stranger's file: each text is checked when it is asked for, and none reaches a message as it stands.
///
/// Throws   Error, which names the file and the text, if that cannot be read.
class NetMetadata {
 public:
  /// The metadata must live as long.
  NetMetadata(std::string file, const std::map<std::string, std::string>& metadata);

  /// Design, family and depth; the rest is what the name alone says.
  std::optional<ModelSpec> model() const;

  /// Those of a plain net, which has none, are A, as in ModelSpec.
  std::optional<Shortcut> shortcut() const;

  std::optional<ShortcutPadding> shortcut_padding() const;
  std::optional<BottleneckStride> bottleneck_stride() const;

  /// Throws Error, which names the flags that would say it, also if it is not there.
  Normalization input() const;

  /// Those of its classes, or none; as class_names_in (core/names.hpp) reads them.
  std::vector<std::string> class_names() const;

  /// The recipe.ini of the run that trained it, or no text.
  std::string recipe() const;

 private:
  const std::string* find(const std::string& key) const;

  std::string file_;
  const std::map<std::string, std::string>& metadata_;
};

/// Whether images can be normalised by these numbers: they are finite, and no std is 0 or negative.
bool is_usable(const Normalization& by);

}  // namespace resnet
