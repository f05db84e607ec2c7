/// What Chatterbox derives from a person's audio, once: everything that later synthesis needs.
#pragma once

#include <cstdint>
#include <vector>

namespace troupe::speech::chatterbox {

struct ChatterboxConditionals {
  std::vector<float> speaker_embedding;        ///< [256], L2 = 1: voice encoder, for T3
  std::vector<std::int32_t> t3_prompt_tokens;  ///< at most 150 (6 s) S3 codes, for T3
  std::vector<std::int32_t> prompt_tokens;     ///< at most 250 (10 s) S3 codes, for S3Gen
  std::vector<float> prompt_mel;  ///< [2 * prompt_tokens, 80] log mel at 50 Hz, for S3Gen
  std::vector<float> x_vector;    ///< [192]: CAMPPlus, for S3Gen
};

}  // namespace troupe::speech::chatterbox
