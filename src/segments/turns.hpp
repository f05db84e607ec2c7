/// Segments -> turns (spec T2).
#pragma once

#include <span>
#include <vector>

#include "core/turn.hpp"

namespace troupe::segments {

/// A turn never exceeds these, except that one segment is never split here.
inline constexpr int kMaxTurnCharacters = 500;                       // code points of translation
inline constexpr std::int64_t kMaxTurnSamples = 30 * kSampleRateHz;  // span
/// A pause this long inside a turn separates phrases and stays.
inline constexpr std::int64_t kKeptPauseSamples = ms_to_samples(300);

/// A longer pause ends the turn, so that the layout's own limit on silences applies to it.
inline constexpr std::int64_t kMaxInnerPauseSamples = ms_to_samples(3000);

/// Groups consecutive segments of one speaker; empty translations are skipped (their time stays
/// as silence, and one of another speaker does not break a turn). A spoken segment of another
/// speaker that starts in between does, so that overlapping segments never join.
/// @param segments as check_segments() gives them.
std::vector<Turn> group_turns(std::span<const Segment> segments);

}  // namespace troupe::segments
