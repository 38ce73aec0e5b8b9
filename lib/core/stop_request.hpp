// SPDX-License-Identifier: MIT
#pragma once

namespace resnet {

/// From here on Ctrl-C and SIGTERM only ask: `stop_requested()` turns true and the work ends at its next checkpoint.
/// A second signal of the same kind ends the process at once, as it would without this call.
void turn_signals_into_requests();

/// True once a signal has asked to stop.
bool stop_requested();

}  // namespace resnet
