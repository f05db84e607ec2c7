/// Loudness by EBU R128 (spec M1): every speaker at the target, then the whole.
#pragma once

#include <stop_token>

#include "mix/dub_stream.hpp"

namespace troupe::mix {

/// One window of work: what is rendered between two looks at the stop token.
inline constexpr std::int64_t kWindow = kSampleRateHz / 2;

/// Fetches every turn once. @return per speaker the gain that brings their joined turns, in the
/// track's channels, to target_lufs, within +-30 dB; by RMS when there is less than 400 ms to
/// measure; 1 for silence.
Result<Gains> level_speakers(const MixRequest& request, std::stop_token stop);

/// Renders the dub without writing it and scales the gains, by at most 6 dB in all, until the
/// whole, limiter included, is at target_lufs in the track's channels (quiet starts and overlaps
/// move it off). Once where the limiter has nothing to do, else up to three times.
Result<void> level_whole(const MixRequest& request, Gains& gains, std::stop_token stop);

}  // namespace troupe::mix
