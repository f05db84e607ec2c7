/// Windowed-sinc conversion between two rates, as torchaudio.transforms.Resample with its defaults
/// (6 zero crossings, roll-off 0.99, Hann): for models that were fed by it. For everything else
/// there is dsp/resample.hpp, which is better. Smith, Digital Audio Resampling, CCRMA 1984.
#pragma once

#include <span>
#include <vector>

namespace troupe::dsp {

/// @return ceil(samples * to_hz / from_hz) samples.
std::vector<float> sinc_resample(std::span<const float> samples, int from_hz, int to_hz);

}  // namespace troupe::dsp
