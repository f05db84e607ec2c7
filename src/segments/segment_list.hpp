/// A JSON list of segments in the contract's or WhisperX's names.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "segments/json_fields.hpp"
#include "troupe/job.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

inline constexpr std::size_t kMaxSegments = 20'000;
inline constexpr std::int64_t kMaxTimeMs = 1'000'000'000'000;
/// Who speaks where the input does not say: one person, never one of the named ones.
inline constexpr const char* kUnnamedSpeaker = "unnamed";

/// Start and end of one object: start_ms/end_ms (milliseconds, rounded to whole ones) or WhisperX's
/// start/end (seconds). @return bad_input when missing, negative or beyond kMaxTimeMs.
struct JsonTimes {
  std::int64_t start_ms = 0, end_ms = 0;
};
Result<JsonTimes> times_of(const JsonFields& fields);

/// @param unnamed counts the segments without a speaker, which become kUnnamedSpeaker.
Result<std::vector<JobSegment>> segments_of(const JsonValue::Array& list, const std::string& origin,
                                            std::size_t& unnamed);

}  // namespace troupe::segments
