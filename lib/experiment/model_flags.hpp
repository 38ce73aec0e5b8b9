// SPDX-License-Identifier: MIT
#pragma once

#include "cli/options.hpp"
#include "exchange/trained_model.hpp"

namespace resnet {

/// The flags that say what a file of weights may not say itself: `--model`, `--shortcut`, `--shortcut-padding`,
/// `--mean` and `--std`.
void add_model_flags(Options& options);

/// What they say. Throws Error with Fault::kUsage for a value that cannot be used, and for one whose partner is missing.
ModelHints model_hints_from(const Options& options);

}  // namespace resnet
