/// The caller's segments -> checked segments on the 24 kHz clock.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/turn.hpp"
#include "troupe/job.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

struct CheckedSegments {
  std::vector<Segment> segments;  ///< by start time, ties by index; silences filled (spec T1)
  std::vector<std::string> warnings;
};

/// What can be checked before the source is decoded: counts, times, UTF-8, language, options.
/// @return bad_input: zero or more than 20,000 segments, end <= start, negative time, text beyond
/// 100,000 characters, invalid UTF-8, unknown target language, option out of range.
Result<void> check_job(const Job& job);

/// Includes check_job(). @param source_samples length of the source on the 24 kHz clock: segments
/// past it are cut (or dropped when nothing is left), same-speaker overlaps have the later start
/// moved (one wholly inside an earlier one gives its text to that one), texts without a letter or
/// digit become empty; each a warning. The job's own warnings come first.
/// @return also bad_input when no segment lies inside the source.
Result<CheckedSegments> check_segments(const Job& job, std::int64_t source_samples);

}  // namespace troupe::segments
