/// One line on stderr that moves, only on a terminal.
#pragma once

#include <string>

#include "pipeline/dub.hpp"

namespace troupe::app {

/// @return an empty function when stderr is no terminal or the console is quiet.
pipeline::Progress make_progress(bool quiet);
/// Wipes the line.
void end_progress(bool quiet);

}  // namespace troupe::app
