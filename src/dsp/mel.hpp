/// Mel power spectrogram as librosa computes it (melspectrogram with center=True and zero padding):
/// periodic Hann window, power 2, no logarithm. McFee et al. 2015, librosa.
#pragma once

#include <span>
#include <vector>

namespace troupe::dsp {

/// Sizes in samples. Bins run from 0 to half the sample rate: n_fft / 2 + 1 of them.
struct MelShape {
  int n_fft = 400;
  int hop = 160;
  int n_mels = 40;
};

/// @param filters [n_mels, n_fft / 2 + 1], row-major.
/// @return [frames, n_mels], row-major, frames = samples / hop + 1; empty for no samples.
std::vector<float> mel_power(std::span<const float> samples, std::span<const float> filters,
                             const MelShape& shape);

}  // namespace troupe::dsp
