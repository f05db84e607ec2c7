/// The plan, fixed from the timestamps before synthesis (spec T3).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/turn.hpp"
#include "troupe/options.hpp"

namespace troupe::timing {

/// Where a turn belongs in the output.
struct Slot {
  std::int64_t start = 0;   ///< absolute sample
  std::int64_t target = 0;  ///< samples, kept pauses included
  std::int64_t gap_after =
      0;  ///< silence to the next turn (concat) or the next turn of anyone
          ///< (timeline; negative when overlapped, then 0); to the end for the last
};

struct Plan {
  Layout layout = Layout::concat;  ///< never automatic
  std::vector<Slot> slots;         ///< one per turn
  std::int64_t expected = 0;       ///< samples: end of the last span, or the source's length
};

/// @param layout concat or timeline. @param source_samples used by timeline.
Plan plan_layout(std::span<const Turn> turns, Layout layout, std::int64_t source_samples,
                 const Options& options);

}  // namespace troupe::timing
