/// How a voice of Kokoro stands in its conditionals (docs/formats/voice.md).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe::speech {

inline constexpr std::size_t kStyleSize = 256;
/// The first half of a style is timbre, read by the decoder alone; the other half is prosody.
inline constexpr std::size_t kDecoderStyle = 128;

/// What the host does to pitch, between the contour and the source.
struct PitchShape {
  float ratio = 1;  ///< multiplies f0
  float range = 1;  ///< exponent of f0 over its median: above 1 is livelier
};

/// Within it the source still sounds like a voice.
inline constexpr float kLeastPitchRatio = 0.4f, kMostPitchRatio = 2.2f;

/// Points into conditionals, which must outlive it.
struct KokoroVoice {
  std::span<const float> style;  ///< [rows, 256], the row of a text of n tokens is n - 1
  PitchShape pitch;
  float pace = 1;             ///< of speaking, over the model's own
  std::span<const float> eq;  ///< taps of a filter for the finished speech; none: as it is
};

/// @return bad_input for conditionals of another backend or model, or unlike the format.
Result<KokoroVoice> view_kokoro_voice(const Conditionals& conditionals,
                                      const std::string& model_hash);

/// Conditionals of a clone. @param style [256].
std::shared_ptr<Conditionals> clone_conditionals(const std::string& model_hash,
                                                 std::vector<float> style, PitchShape pitch,
                                                 float pace);

}  // namespace troupe::speech
