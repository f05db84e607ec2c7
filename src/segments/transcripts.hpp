/// Segments and translations from the formats that people have: job/WhisperX JSON, SRT (`Name:`,
/// `[SPEAKER_00]:`), WebVTT (`<v Name>`), RTTM (no text).
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/job.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

/// @return segments with speaker ids and times; text where the format has any. bad_input names
/// file, line or cue, value and remedy.
Result<std::vector<JobSegment>> read_segments(const std::filesystem::path& path);

/// The JSON of read_segments: {"segments": [...]} or the list alone.
Result<std::vector<JobSegment>> parse_segments_json(std::string_view text,
                                                    const std::string& origin);

/// Fills translated_text: by index when the counts agree, else by largest overlap in time; a
/// translation without times must agree in count. @return bad_input naming a cue without a match.
Result<void> apply_translations(std::vector<JobSegment>& segments,
                                const std::filesystem::path& path);

}  // namespace troupe::segments
