/// Who speaks when: checked segments, and the turns that are spoken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/audio.hpp"

namespace troupe {

/// A checked segment on the 24 kHz clock. Segments are in order of start time.
struct Segment {
  int index = 0;  ///< position in the job's own list
  std::string speaker_id;
  TimeRange span;
  std::string text;
  std::string translated_text;         ///< valid UTF-8, may be empty (silent)
  std::int64_t silence_before_ms = 0;  ///< gap to the previous segment, 0 below min_silence_ms
  std::int64_t silence_after_ms = 0;
};

/// A stretch of a turn spoken without a pause of 300 ms or more.
struct Phrase {
  std::string text;
  TimeRange span;  ///< original position; the pause to the next phrase stays as long as it was
};

/// Consecutive segments of one speaker (spec T2). Phrases are in order and never overlap.
struct Turn {
  int index = 0;
  std::string speaker_id;
  std::vector<int> segments;  ///< Segment::index of each
  std::vector<Phrase> phrases;
  TimeRange span;  ///< original: first phrase's begin to last phrase's end

  /// Samples of kept pauses between the phrases.
  std::int64_t pauses() const {
    std::int64_t sum = 0;
    for (std::size_t i = 1; i < phrases.size(); ++i)
      sum += phrases[i].span.begin - phrases[i - 1].span.end;
    return sum;
  }
  /// The phrases' texts joined with spaces.
  std::string text() const {
    std::string joined;
    for (const Phrase& phrase : phrases) joined += (joined.empty() ? "" : " ") + phrase.text;
    return joined;
  }
};

}  // namespace troupe
