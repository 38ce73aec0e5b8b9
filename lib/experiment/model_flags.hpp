// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "batch/normalization.hpp"
#include "cli/options.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {

/// The flags that say what a file of weights may not say itself: `--model`, `--shortcut`, `--shortcut-padding`,
/// `--bottleneck-stride`, `--mean` and `--std`.
void add_model_flags(Options& options);

/// Those of them that say what its images are normalised by: `--mean` and `--std`.
void add_input_flags(Options& options);

/// What these say; nothing without them. Throws Error with Fault::kUsage if one stands without the other.
std::optional<Normalization> input_hint_from(const Options& options);

/// What all of them say. Throws Error with Fault::kUsage for a value that cannot be used; and as input_hint_from.
ModelHints model_hints_from(const Options& options);

}  // namespace resnet
