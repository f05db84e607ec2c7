/// Long-term spectrum of speech, and a gentle filter from one to another.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "core/audio.hpp"

namespace troupe::dsp {

/// Third octaves from 100 Hz to 10 kHz.
inline constexpr std::size_t kBands = 21;
using BandLevels = std::array<float, kBands>;

/// Mean power per band in dB over the frames within 25 dB of the loudest, less the mean of the
/// bands. @param audio mono 24 kHz; silence gives zeros.
BandLevels long_term_spectrum(const AudioBuffer& audio);

/// Linear-phase filter that moves speech of spectrum `from` towards `to` by at most `most_db` per
/// band; flat outside the bands. @return 513 taps.
std::vector<float> matching_filter(const BandLevels& from, const BandLevels& to, float most_db);

/// The telephone line, or what else cuts off the treble, that speech of this spectrum came through:
/// where it is more than 12 dB below usual speech (less may be the person's own). @return 513 taps,
/// or nothing where there is sound from 4.5 to 7 kHz.
std::optional<std::vector<float>> narrow_line(const BandLevels& heard);

/// Filters with odd, symmetric taps; nothing moves in time, the length stays.
void apply_filter(std::vector<float>& samples, std::span<const float> taps);

}  // namespace troupe::dsp
