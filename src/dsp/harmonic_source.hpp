/// The excitation of Kokoro's vocoder: the neural source filter of hn-NSF (Wang, Takaki, Yamagishi
/// 2019, arXiv:1904.12088) as StyleTTS 2 and iSTFTNet use it. Computed here in f64/f32, because the
/// phase of spectral bins that hold rounding noise differs between runtimes and precisions, and
/// with it the voice (docs/formats/kokoro_model.md).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace troupe::dsp {

inline constexpr int kHarmonics = 9;
inline constexpr int kSamplesPerF0 = 300;  ///< at 24 kHz: one f0 value per 12.5 ms
inline constexpr int kSourceBins = 11;     ///< of the 20-point STFT, hop 5

/// The trained 9 -> 1 layer that mixes the harmonics (kokoro/source.safetensors).
struct SourceWeights {
  std::array<float, kHarmonics> linear_weight{};
  float linear_bias = 0;
};

/// @param f0_hz one value per 300 samples; 10 Hz and below is unvoiced.
/// @param noise_seed of the noise that the original model adds (std 0.003 voiced, 0.1 / 3
/// unvoiced); absent: none, as in the ONNX export.
/// @return [22, 60 * f0 count + 1] row-major: magnitudes of the 11 bins, then their phases.
std::vector<float> harmonic_source(std::span<const float> f0_hz, const SourceWeights& weights,
                                   std::optional<std::uint64_t> noise_seed);

}  // namespace troupe::dsp
