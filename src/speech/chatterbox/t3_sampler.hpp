/// From logits to the next speech token, in the reference's order (chatterbox t3.py, transformers
/// logits_process.py): guidance, repetition penalty, temperature, min_p, top_p, a draw.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::speech::chatterbox {

struct Sampling {
  float temperature = 0.8F;         ///< above 0; 0 takes the most likely token, without a draw
  float repetition_penalty = 1.2F;  ///< 1 .. ; on every token that was already chosen
  float min_p = 0.05F;              ///< 0 .. 1 of the most likely token's probability
  float top_p = 1.0F;               ///< 0 .. 1 of probability that is kept, the likeliest first
};

/// logits += weight * (logits - without).
void guide(std::span<float> logits, std::span<const float> without, float weight);

/// @param logits of the vocabulary, changed on the way. @param chosen tokens so far, the start
/// token included. @param u the draw, 0 <= u < 1.
std::int32_t sample(std::span<float> logits, std::span<const std::int32_t> chosen,
                    const Sampling& sampling, double u);

}  // namespace troupe::speech::chatterbox
