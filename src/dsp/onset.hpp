/// Where speech audibly begins and ends.
#pragma once

#include <optional>
#include <span>

#include "core/audio.hpp"

namespace troupe::dsp {

/// 5 ms frames whose RMS is above max(peak frame RMS - 40 dB, -60 dBFS) are audible; isolated
/// clicks shorter than 15 ms do not count, nor faint ones before the first sound. @return absent
/// when nothing is audible.
std::optional<TimeRange> audible_range(std::span<const float> samples, int sample_rate_hz);

/// Raised-cosine fades over the first and last `fade_samples`.
void fade_edges(std::span<float> samples, std::int64_t fade_samples);

}  // namespace troupe::dsp
