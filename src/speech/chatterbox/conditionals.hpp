/// What Chatterbox derives from a person's audio, once: everything that later synthesis needs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe::speech::chatterbox {

inline constexpr std::int64_t kSpeakerSize = 256, kXVectorSize = 192, kPromptBins = 80;
inline constexpr std::size_t kMaxT3Prompt = 150;  ///< 6 s at 25 codes a second
inline constexpr std::size_t kMaxPrompt = 250;    ///< 10 s
inline constexpr std::int32_t kSpeechCodes = 6561;

struct ChatterboxConditionals {
  std::vector<float> speaker_embedding;        ///< [256], L2 = 1: voice encoder, for T3
  std::vector<std::int32_t> t3_prompt_tokens;  ///< 1 .. 150 speech codes, for T3
  std::vector<std::int32_t> prompt_tokens;     ///< 1 .. 250 speech codes, for S3Gen
  std::vector<float> prompt_mel;               ///< [2 * prompt_tokens, 80] log mel at 50 Hz
  std::vector<float> x_vector;                 ///< [192]: CAMPPlus, for S3Gen
};

/// As they are kept on disk and travel (docs/formats/voice.md).
std::shared_ptr<Conditionals> to_conditionals(const ChatterboxConditionals& voice,
                                              const std::string& model_hash);

/// @return bad_input when they are of another backend or model, or not of the shape above.
Result<ChatterboxConditionals> from_conditionals(const Conditionals& conditionals,
                                                 std::string_view model_hash);

}  // namespace troupe::speech::chatterbox
