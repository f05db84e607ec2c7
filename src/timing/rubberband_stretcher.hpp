/// Stretcher adapter; the choice among Rubber Band R3, SoundTouch and Sonic is argued in
/// docs/adr/0002-stretcher.md. GPL-2+, see NOTICE.
#pragma once

#include <memory>

#include "core/stretcher.hpp"

namespace troupe::timing {

std::unique_ptr<Stretcher> make_rubberband_stretcher();

}  // namespace troupe::timing
