/// Fundamental frequency by YIN (de Cheveigne & Kawahara 2002, JASA 111(4)).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/audio.hpp"

namespace troupe::dsp {

/// One value per 10 ms in Hz, 0 where unvoiced; 60 .. 500 Hz.
std::vector<float> f0_contour(const AudioBuffer& audio);

/// Median over voiced frames; absent with fewer than 10 of them.
std::optional<double> median_f0_hz(const AudioBuffer& audio);

/// How lively a pitch is: interquartile range in semitones of the values within half an octave of
/// the median (the others are mostly octave errors). @param contour in Hz, 0 or below 40 unvoiced.
/// @return absent with fewer than 50 voiced values.
std::optional<double> pitch_range_semitones(std::span<const float> contour);

}  // namespace troupe::dsp
