/// The fit ladder (spec T4): leave, the engine's own pace, borrow silence, stretch, overflow.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "timing/layout.hpp"

namespace troupe::timing {

/// The engine's legal ratio of length to natural length; 1..1 when it has none.
struct PaceRange {
  double min = 1, max = 1;
};

/// Step 1, before synthesis: the length to ask of the engine per turn, pauses included; absent =
/// natural.
/// Inside the tolerance a turn that fits its slot and the silence it may borrow is left alone, but
/// only while what is left undone stays below 2 %
/// of the speech so far and 0.5 % of the expected length for the last turn, so that many small
/// misses cannot add up to a bad fit. @param natural predicted natural samples, pauses included,
/// absent = unknown. @param pauses kept pauses per turn, which are never scaled.
std::vector<std::optional<std::int64_t>> choose_lengths(
    const Plan& plan, std::span<const std::optional<std::int64_t>> natural,
    std::span<const std::int64_t> pauses, const PaceRange& pace, const Options& options);

/// What becomes of a turn in the output.
struct Placement {
  std::int64_t start = 0;     ///< absolute sample
  std::int64_t length = 0;    ///< samples after the stretch
  std::int64_t spoken = 0;    ///< samples before the stretch
  std::int64_t overflow = 0;  ///< samples by which the end passes the slot and borrowed silence
};

/// Silence that a turn may take from the gap after it: up to half, leaving 100 ms.
std::int64_t borrowable(std::int64_t gap_after);

/// Step 2, after synthesis: who is stretched by how much and where everyone starts.
/// Too long: borrow silence, then shorten to no less than 0.8. Too short: lengthen to no more than
/// 1.25. concat: nobody overlaps; after an overflow later turns wait and the gaps between them
/// shrink, to no less than 100 ms, until the plan is regained. timeline: every start is the plan's.
/// With options.fit off no length changes.
/// Inside the tolerance a turn is left as spoken, but for the last of a concat, whose miss would be
/// the track's drift.
/// @param spoken samples per turn as rendered. @param pauses kept pauses among them, which are
/// never scaled: 0.8 .. 1.25 holds for the rest. Only lengths are decided; no audio is touched.
std::vector<Placement> fit_turns(const Plan& plan, std::span<const std::int64_t> spoken,
                                 std::span<const std::int64_t> pauses, const Options& options);

}  // namespace troupe::timing
