/// Takes away what lies below speech.
#pragma once

#include <span>

namespace troupe::dsp {

/// Butterworth high-pass of fourth order at 60 Hz, in place: 24 dB less at 30 Hz, 1 dB at 70 Hz.
/// Rumble of wind, desks and rooms can be as strong as speech without anybody hearing it.
/// @param samples mono 24 kHz.
void remove_rumble(std::span<float> samples);

}  // namespace troupe::dsp
