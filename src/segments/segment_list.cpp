#include "segments/segment_list.hpp"

#include <cmath>

#include "core/try.hpp"

namespace troupe::segments {
namespace {

Result<std::int64_t> time_of(const JsonFields& fields, const char* ms_name,
                             const char* seconds_name) {
  TROUPE_TRY(const auto ms, fields.number(ms_name));
  TROUPE_TRY(const auto seconds, fields.number(seconds_name));
  const char* name = ms ? ms_name : seconds_name;
  if (!ms && !seconds)
    return fields.wrong(ms_name, std::string("milliseconds from the start of the audio (or ") +
                                     seconds_name + " in seconds)");
  const double value = ms ? *ms : *seconds * 1000;
  if (value < 0) return fields.wrong(name, "a time of 0 or more");
  if (value > static_cast<double>(kMaxTimeMs)) return fields.wrong(name, "a time inside the audio");
  return std::llround(value);
}

Result<std::string> either(const JsonFields& fields, const char* name, const char* other) {
  TROUPE_TRY(auto first, fields.string(name));
  if (first) return std::move(*first);
  TROUPE_TRY(auto second, fields.string(other));
  return std::move(second).value_or("");
}

}  // namespace

Result<JsonTimes> times_of(const JsonFields& fields) {
  JsonTimes times;
  TROUPE_TRY(times.start_ms, time_of(fields, "start_ms", "start"));
  TROUPE_TRY(times.end_ms, time_of(fields, "end_ms", "end"));
  return times;
}

Result<std::vector<JobSegment>> segments_of(const JsonValue::Array& list, const std::string& origin,
                                            std::size_t& unnamed) {
  if (list.size() > kMaxSegments)
    return fail(Errc::bad_input,
                origin + ": has " + std::to_string(list.size()) +
                    " segments; at most 20000 are taken, split the job",
                "segments");
  std::vector<JobSegment> segments;
  segments.reserve(list.size());
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string place = origin + ": segment " + std::to_string(i);
    const JsonValue::Object* object = list[i].object();
    if (!object)
      return fail(Errc::bad_input,
                  place + " is " + describe(list[i]) +
                      "; give an object with speaker_id, "
                      "start_ms, end_ms and translated_text",
                  "segments");
    const JsonFields fields(*object, place);
    JobSegment segment;
    TROUPE_TRY(const JsonTimes times, times_of(fields));
    segment.start_ms = times.start_ms;
    segment.end_ms = times.end_ms;
    const bool named = fields.find("speaker_id") || fields.find("speaker");
    TROUPE_TRY(segment.speaker_id, either(fields, "speaker_id", "speaker"));
    if (!named) {
      segment.speaker_id = kUnnamedSpeaker;
      ++unnamed;
    }
    TROUPE_TRY(auto text, fields.string("text"));
    segment.text = std::move(text).value_or("");
    TROUPE_TRY(segment.translated_text, either(fields, "translated_text", "translation"));
    segments.push_back(std::move(segment));
  }
  return segments;
}

}  // namespace troupe::segments
