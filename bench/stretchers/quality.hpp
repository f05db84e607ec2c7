/// What a stretch does to speech, measured without a listener.
#pragma once

#include "core/audio.hpp"

namespace troupe::bench {

struct Quality {
  double mel_db = 0;          ///< log-mel distance to the original read at 1/ratio, RMS over frames
  double pitch_cents = 0;     ///< median f0 against the original's, absolute
  double periodicity = 0;     ///< loss of the autocorrelation peak in voiced frames (roughness)
  double attack_percent = 0;  ///< steepest rises of level: lost of their steepness in dB per 4 ms
  double offset_ms = 0;       ///< where the level curve fits best against where it should be
};

/// @param out `in` stretched to round(in * ratio) samples.
Quality compare(const AudioBuffer& in, const AudioBuffer& out, double ratio);

/// Log-mel distance in dB of two signals of the same clock, each frame against the best within
/// 20 ms, over frames within 50 dB of the loudest.
double mel_distance_db(const AudioBuffer& reference, const AudioBuffer& other, double ratio);

}  // namespace troupe::bench
