// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "record/provenance.hpp"
#include "record/run_folder.hpp"
#include "tensor/precision.hpp"
#include "tensor/runtime.hpp"

namespace resnet {

/// What takes up a run now, for its provenance; iterations and seconds are to come.
Session begin_session(const Runtime& runtime, Precision precision, const std::string& command,
                      const std::string& commit);

using OnEvent = std::function<void(const std::string& sentence)>;

/// Where the run stood when the last process left it. What cannot be read counts as nothing, and is told: only the time
/// depends on it.
RunStatus earlier_status(const RunFolder& run, const OnEvent& on_event);

/// Tells what is another in this session than in the run's last one, if it rounds otherwise: device, kernels, threads
/// and LibTorch.
void tell_changes(const RunFolder& run, const Session& now, const OnEvent& on_event);

}  // namespace resnet
