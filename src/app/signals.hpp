/// Ctrl-C, SIGTERM and a terminal that closes (SIGHUP) as a request to stop.
#pragma once

#include <stop_token>

namespace troupe::app {

/// The first of them requests a stop, so that temp files go; a second ends the process at
/// once. Call first thing in main: threads made later must inherit the blocked signals.
void stop_on_signals(std::stop_source source);

}  // namespace troupe::app
