#include "speech/chatterbox/t3_guards.hpp"

#include <algorithm>

namespace troupe::speech::chatterbox {
namespace {

constexpr std::size_t kLongestPattern = 64, kCopies = 3, kRepeated = 32;

std::string seconds(std::size_t tokens) {
  const std::size_t tenths = tokens * 10 / kSpeechTokensPerSecond;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " s of speech";
}

}  // namespace

int token_cap(std::size_t text_tokens) {
  return static_cast<int>(
      std::clamp<std::size_t>(5 * text_tokens, 3 * kSpeechTokensPerSecond, 1000));
}

bool repeats(std::span<const std::int32_t> tokens) {
  for (std::size_t period = 1; period <= kLongestPattern; ++period) {
    const std::size_t needed = std::max(kCopies * period, kRepeated);
    if (needed > tokens.size()) continue;
    const auto tail = tokens.last(needed);
    if (std::equal(tail.begin() + static_cast<std::ptrdiff_t>(period), tail.end(), tail.begin()))
      return true;
  }
  return false;
}

std::optional<std::string> fault(std::span<const std::int32_t> tokens, std::size_t text_tokens,
                                 bool stopped) {
  if (repeats(tokens)) return "the speech repeats itself after " + seconds(tokens.size());
  if (!stopped) return "the speech has no end after " + seconds(tokens.size());
  // The fastest talkers need one speech token for three text tokens.
  if (tokens.empty() || 4 * tokens.size() < text_tokens)
    return seconds(tokens.size()) + " for " + std::to_string(text_tokens) + " text tokens";
  return std::nullopt;
}

}  // namespace troupe::speech::chatterbox
