/// The three steps of Kokoro: prosody | durations and harmonic source on the host | generator.
/// Immutable, thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "core/audio.hpp"
#include "dsp/harmonic_source.hpp"
#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_conditionals.hpp"
#include "speech/kokoro/kokoro_phonemes.hpp"

namespace troupe::speech {

struct KokoroGraphs {
  std::shared_ptr<const nn::Graph> prosody, contour, generator;
};

struct KokoroProsody {
  std::vector<float> frames;  ///< predicted per token, before speed and rounding, [n]
  Tensor prosody_features;    ///< f32 [1, 640, n]
  Tensor text_features;       ///< f32 [1, 512, n]
};

/// What is known before the expensive part runs.
struct KokoroContour {
  Tensor f0;      ///< f32 [1, 2F] Hz
  Tensor energy;  ///< f32 [1, 2F], log scale

  /// Where the sound will be audible, in samples, from the energy alone. Over 48 renderings (6
  /// presets, 3 languages, 2 paces) its length misses by 47 ms on average and 78 ms at the 90th
  /// percentile, where the tokens' own frames miss by 87 and 153; breaths may fool it by 0.4 s.
  TimeRange audible() const;
};

/// Kept around the audible part so that fades do not touch it.
inline constexpr std::int64_t kLeadSamples = ms_to_samples(5), kTailSamples = ms_to_samples(20);
/// A predicted length further off than this is a breath that the energy curve misjudges.
inline constexpr std::int64_t kMostCorrection = ms_to_samples(250);

/// What can be heard of a rendering, faded at both ends. @param length wanted, in samples: a sound
/// that dies away before its time is followed by its own breath, so that what comes next in the
/// turn stays where it was asked for. @return backend error for silence.
Result<AudioBuffer> audible_part(const AudioBuffer& rendered, std::optional<std::int64_t> length);

/// Where there is pitch, in rising order. Silence is predicted near 0 Hz, unvoiced sounds low:
/// below 0.65 of the 90th percentile. The median of what is left is what is heard (af_heart 192 Hz,
/// heard 194; am_michael 114, heard 114).
std::vector<float> voiced_hz(std::span<const float> f0);

class KokoroSynthesis {
 public:
  KokoroSynthesis(KokoroGraphs graphs, dsp::SourceWeights source)
      : graphs_(std::move(graphs)), source_(source) {}

  /// @param style f32 [256].
  Result<KokoroProsody> prosody(const KokoroTokens& tokens, std::span<const float> style) const;

  /// @param durations whole frames per token.
  Result<KokoroContour> contour(const KokoroProsody& prosody,
                                std::span<const std::int64_t> durations,
                                std::span<const float> style) const;

  /// @param contour of the same durations.
  /// @param seed of the source's noise. @return mono 24 kHz, 600 samples per frame.
  Result<AudioBuffer> render(const KokoroProsody& prosody, std::span<const std::int64_t> durations,
                             KokoroContour contour, std::span<const float> style, PitchShape pitch,
                             std::uint64_t seed) const;

 private:
  KokoroGraphs graphs_;
  dsp::SourceWeights source_;
};

}  // namespace troupe::speech
