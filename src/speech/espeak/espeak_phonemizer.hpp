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

/// Speaks a text, at most 10 minutes of it. @param espeak_voice may carry one of espeak's variants,
/// "fr-fr+Hugo". @param rate_wpm 80 .. 450. @param pitch 0 .. 100, 50 = the voice's own.
/// @return mono at espeak's own rate (22,050 Hz), its pauses included.
///
/// espeak's pitch flutter runs on from call to call: only variants without it (Hugo, michel,
/// shelby,
/// ...) give the same speech whatever was spoken before. Languages that trill their r keep one more
/// counter (same length and timing, differences 34 dB below full scale).
Result<AudioBuffer> espeak_speak(std::string_view text, const std::string& espeak_voice,
                                 int rate_wpm, int pitch);

/// The library's version, "1.51". @return missing_model when its data cannot be loaded.
Result<std::string> espeak_version();

/// Canonical language -> espeak voice name, or empty when espeak has none.
std::string espeak_voice_for(std::string_view language);

}  // namespace troupe::speech
