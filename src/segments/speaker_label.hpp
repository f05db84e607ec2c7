/// `Name:` and `[NAME]:` at the start of a line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::segments {

struct SpeakerLabel {
  std::string name;
  bool bracketed = false;
  std::size_t text_at = 0;  ///< where the words begin
};

/// `[NAME]:` always is a label. `Name:` is one when it could be a name: at most 3 words and 32
/// characters, each word capitalised, of a script without capitals, a digit, or a particle (de, van
/// ...), no sentence punctuation, not a usual heading (Note, Warning ...), and white space, a wide
/// colon or the line's end after it ("12:30" and "http://x" are none).
std::optional<SpeakerLabel> speaker_label(std::string_view line);

}  // namespace troupe::segments
