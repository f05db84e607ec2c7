/// The excitation of S3Gen's vocoder: sines of the pitch and noise (HiFTNet, Li et al. 2023,
/// arXiv:2309.09493; SineGen of chatterbox-tts' hifigan.py). Computed here in f64, with noise that
/// the caller owns.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace troupe::speech::chatterbox {

inline constexpr int kSourceHarmonics = 9;
inline constexpr int kSamplesPerFrame = 480;  ///< of the mel: 50 frames a second at 24 kHz

/// The trained 9 -> 1 layer that mixes the harmonics.
struct SourceLayer {
  std::array<float, kSourceHarmonics> weight{};
  float bias = 0;
};

struct SourceNoise {
  std::array<float, kSourceHarmonics> phases{};  ///< radians each harmonic starts at; first 0
  std::vector<float> normal;                     ///< standard normal, one per sample
};

/// @param frames of the mel.
SourceNoise draw_source_noise(std::size_t frames, std::uint64_t seed);

/// @param f0_hz one value per frame; 10 Hz and below is unvoiced. @param noise for as many frames.
/// @return [480 * frames], within +-1.
std::vector<float> hift_source(std::span<const float> f0_hz, const SourceLayer& layer,
                               const SourceNoise& noise);

}  // namespace troupe::speech::chatterbox
