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
  /// Silence until somebody else speaks, never negative. concat: the gap kept in the plan, counted
  /// from the latest end so far, 0 after the last turn. timeline: until the next turn of anyone, 0
  /// when another one still speaks, to the source's end after the last.
  std::int64_t gap_after = 0;
};

struct Plan {
  Layout layout = Layout::concat;  ///< never automatic
  std::vector<Slot> slots;         ///< one per turn
  std::int64_t expected = 0;       ///< samples: end of the last span, or the source's length
};

/// @param turns by start. @param layout concat or timeline. @param source_samples used by timeline.
/// @param options min_silence_ms and max_silence_ms, used by concat.
Plan plan_layout(std::span<const Turn> turns, Layout layout, std::int64_t source_samples,
                 const Options& options);

}  // namespace troupe::timing
