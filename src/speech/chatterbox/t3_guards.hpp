/// What tells speech tokens that went wrong (spec S6). A guard fails the turn, which the scheduler
/// then tries again with another seed.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace troupe::speech::chatterbox {

constexpr int kSpeechTokensPerSecond = 25;

/// The most speech tokens that a text can need: 5 a text token (slow speech measures 3 to 4), at
/// least 3 s, at most the reference's 1,000 (40 s).
int token_cap(std::size_t text_tokens);

/// Whether the tail repeats itself: a pattern of at most 64 tokens that fills the last 32 tokens or
/// more with 3 copies or more. Silence of 1.3 s counts as well.
bool repeats(std::span<const std::int32_t> tokens);

/// @param stopped whether the model ended by itself. @return the fault in words, absent when fine:
/// no end within the cap, or an end before anyone could have said the text.
std::optional<std::string> fault(std::span<const std::int32_t> tokens, std::size_t text_tokens,
                                 bool stopped);

}  // namespace troupe::speech::chatterbox
