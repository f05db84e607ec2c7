/// Lines and clock times of text formats.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "segments/cues.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

/// Lines without their ends (LF, CRLF or CR) and without a BOM. @return bad_input naming the line
/// of invalid UTF-8.
Result<std::vector<std::string_view>> lines_of(std::string_view text, const std::string& origin);

/// "origin:line" of a line counted from 0.
std::string line_place(const std::string& origin, std::size_t line);

/// [hours:]minutes:seconds[.fraction], `,` or `.`; milliseconds, the fraction to three digits.
std::optional<std::int64_t> parse_clock(std::string_view text);

/// "start --> end [settings]". @return a cue with place and times; bad_input when a time cannot be
/// read or the end is not after the start.
Result<RawCue> parse_timing(std::string_view line, std::string place);

/// Refuses none and more than 20,000.
Result<void> check_cue_count(std::size_t count, const std::string& origin);

/// Without <tags> (an opening angle bracket followed by a letter, digit, `/` or `.`, up to the
/// closing one) and {\overrides}.
std::string without_tags(std::string_view line);

}  // namespace troupe::segments
