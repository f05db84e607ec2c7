/// espeak-ng behind one owner: its state is process-wide, so calls take turns on one mutex. GPL-3;
/// see NOTICE.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/audio.hpp"
#include "troupe/result.hpp"

namespace troupe::speech {

/// @return IPA of one clause (no punctuation inside), ties as U+0361 kept between the letters of a
/// diphthong or affricate, stress marks kept, language-switch flags such as "(en)" kept for the
/// caller to judge. @param espeak_voice espeak's own name: en-us, en-gb, es, fr-fr, hi, it, pt-br.
Result<std::string> espeak_phonemes(std::string_view clause, const std::string& espeak_voice);

/// Speaks a text. @param rate_wpm 80 .. 450. @return mono at espeak's own rate (22,050 Hz).
Result<AudioBuffer> espeak_speak(std::string_view text, const std::string& espeak_voice,
                                 int rate_wpm, int pitch);

/// Canonical language -> espeak voice name, or empty when espeak has none.
std::string espeak_voice_for(std::string_view language);

}  // namespace troupe::speech
