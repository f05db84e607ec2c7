/// Text -> Kokoro's tokens: espeak-ng phonemes, spelled as the model was trained (hexgrad/misaki,
/// espeak.py), with the punctuation that it reads as prosody.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::speech {

/// vocab.json: one token id per code point.
using KokoroVocabulary = std::map<char32_t, std::int64_t>;

/// espeak voice of a canonical language that Kokoro was trained on, or null.
const char* kokoro_espeak_voice(std::string_view language);

/// One clause of espeak's IPA (ties U+0361, flags as "(en)") in Kokoro's spelling.
/// @return unsupported when espeak switched to a language that Kokoro has not learnt.
Result<std::string> kokoro_spelling(std::string ipa, std::string_view language);

/// Phonemes of a whole text, punctuation in place. @return unsupported when nothing can be spoken.
Result<std::string> kokoro_phonemes(std::string_view text, std::string_view language);

struct KokoroTokens {
  std::vector<std::int64_t> ids;  ///< [n + 2], 0 at both ends
  /// Tokens [first, last) carry the sound. Before and after are the pads, brackets and closing
  /// punctuation, and the last phoneme: most of the frames predicted for it are silence already.
  std::size_t first = 0, last = 0;
};

/// @return unsupported naming a sign that the vocabulary lacks: never skipped silently.
Result<KokoroTokens> kokoro_tokens(std::string_view phonemes, const KokoroVocabulary& vocabulary);

}  // namespace troupe::speech
