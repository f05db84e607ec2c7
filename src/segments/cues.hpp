/// What a transcript file says, before speakers and texts are settled: one parser per format.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::segments {

/// The part of a cue that one person says.
struct CuePart {
  std::optional<std::string> speaker;  ///< from a voice tag or a label
  std::string text;
};

/// A timed block as written; the times are checked (0 <= start < end).
struct RawCue {
  std::string place;  ///< "talk.srt:12", for messages
  std::int64_t start_ms = 0, end_ms = 0;
  std::vector<std::string> lines;  ///< text without tags, none empty
  std::vector<CuePart> voices;     ///< WebVTT: when there is a voice tag, instead of lines
};

/// @param text the whole file, a BOM and any line ends allowed. @param origin shown in messages.
/// All: bad_input naming origin:line, value and remedy; also for more than 20,000 cues, for none,
/// and for invalid UTF-8.
Result<std::vector<RawCue>> parse_srt(std::string_view text, const std::string& origin);
Result<std::vector<RawCue>> parse_vtt(std::string_view text, const std::string& origin);
/// SPEAKER lines of one recording, as cues of one voice without text.
Result<std::vector<RawCue>> parse_rttm(std::string_view text, const std::string& origin);

/// One person's words at a time.
struct Cue {
  std::string place;
  bool timed = true;  ///< false: only its position in the list counts
  std::int64_t start_ms = 0, end_ms = 0;
  std::string speaker;
  std::string text;
};

/// Takes `Name:` and `[NAME]:` off the lines and splits a cue of several people, each getting time
/// in proportion to the characters. A cue without a label belongs to the `Name:` before it; with no
/// such name, or after `[NAME]:`, to kUnnamedSpeaker. Rules: docs/formats/transcripts.md.
/// @param known speakers whose plain labels count however rare; with any, others need evidence.
std::vector<Cue> settle_speakers(const std::vector<RawCue>& cues,
                                 const std::set<std::string>& known = {});

}  // namespace troupe::segments
