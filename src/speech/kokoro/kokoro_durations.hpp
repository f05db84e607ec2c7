/// Frames per token: from what the model predicts to what is rendered.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "speech/kokoro/kokoro_phonemes.hpp"

namespace troupe::speech {

inline constexpr std::int64_t kSamplesPerFrame = 600;  ///< 25 ms at 24 kHz
/// Rendered lengths are multiples of this (short ones of half of it), reached by changing the
/// closing silence. AdaIN normalises over the utterance, hence silence the model makes itself and
/// not zeros.
inline constexpr std::int64_t kFrameStep = 16;

/// Audible samples that tokens [first, last) give at this pace, fade room included: the sound runs
/// about three frames into the last phoneme, and one frame is kept around it (measured on 12
/// sentences in 3 languages: 1.2 .. 5.6 frames).
std::int64_t audible_samples(std::span<const float> frames, const KokoroTokens& tokens,
                             double speed);

/// @param frames predicted, [n + 2]. @param length audible samples wanted; absent = natural at
/// `speed`. @return whole frames per token, each at least 1; the sounding ones add up to the wanted
/// length to within half a frame (largest remainder), the sum to a multiple of kFrameStep / 2.
std::vector<std::int64_t> choose_durations(std::span<const float> frames,
                                           const KokoroTokens& tokens, double speed,
                                           std::optional<std::int64_t> length);

}  // namespace troupe::speech
