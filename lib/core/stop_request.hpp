// SPDX-License-Identifier: MIT
#pragma once

namespace resnet {

/// From here on Ctrl-C, SIGTERM and SIGHUP, which a terminal that closes sends, only ask: `stop_requested()` turns true
/// and the work ends at its next checkpoint. SIGHUP stays ignored where it was, as by nohup.
///
/// A second Ctrl-C, or a second SIGTERM, ends the process at once, as it would without this call; one after the other
/// does not, as a program that is stopped by both at once shall still save what it has.
void turn_signals_into_requests();

/// True once a signal has asked to stop.
bool stop_requested();

}  // namespace resnet
