#include "segments/transcripts.hpp"

#include <algorithm>
#include <set>

#include "core/file_kind.hpp"
#include "core/try.hpp"
#include "segments/cues.hpp"
#include "segments/json_fields.hpp"
#include "segments/segment_list.hpp"
#include "segments/text_file.hpp"
#include "segments/text_lines.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

Fail unknown_format(const std::string& origin, const char* legal) {
  return fail(Errc::bad_input, origin + ": is of no known format; give " + legal, "segments");
}

/// The list inside a transcript: the whole, or its "segments".
Result<const JsonValue::Array*> list_in(const JsonValue& root, const std::string& origin) {
  if (root.array()) return root.array();
  if (root.object()) {
    const JsonValue* list = JsonFields(*root.object(), origin).find("segments");
    if (list && list->array()) return list->array();
  }
  return fail(Errc::bad_input,
              origin +
                  ": has no list of segments; give [...] or {\"segments\": "
                  "[...]}",
              "segments");
}

/// One entry of a translation list: a string, or an object with a text and perhaps times.
Result<Cue> translation_of(const JsonValue& value, const std::string& place) {
  Cue cue;
  cue.place = place;
  cue.timed = false;
  if (const auto* text = value.string()) {
    cue.text = *text;
    return cue;
  }
  if (!value.object())
    return fail(Errc::bad_input,
                place + " is " + describe(value) + "; give a text or an object with one",
                "segments");
  const JsonFields fields(*value.object(), place);
  bool found = false;
  for (const char* name : {"translated_text", "translation", "text"}) {
    if (found) break;
    TROUPE_TRY(auto text, fields.string(name));
    found = text.has_value();
    cue.text = std::move(text).value_or("");
  }
  if (!found) return fields.wrong("translated_text", "the translation (or text)");
  cue.timed = fields.find("start_ms") || fields.find("start");
  if (!cue.timed) return cue;
  TROUPE_TRY(const JsonTimes times, times_of(fields));
  cue.start_ms = times.start_ms;
  cue.end_ms = times.end_ms;
  return cue;
}

Result<std::vector<Cue>> translations_json(std::string_view text, const std::string& origin) {
  TROUPE_TRY(const JsonValue root, parse_json(text, origin));
  TROUPE_TRY(const JsonValue::Array* list, list_in(root, origin));
  TROUPE_CHECK(check_cue_count(list->size(), origin));
  std::vector<Cue> cues;
  for (std::size_t i = 0; i < list->size(); ++i) {
    TROUPE_TRY(Cue cue, translation_of((*list)[i], origin + ": cue " + std::to_string(i)));
    cues.push_back(std::move(cue));
  }
  return cues;
}

Result<std::vector<Cue>> read_translations(const std::filesystem::path& path,
                                           const std::set<std::string>& speakers) {
  TROUPE_TRY(const std::string text, read_text_file(path));
  const std::string origin = one_line(path.string());
  const std::string kind = extension(path);
  if (kind == ".json") return translations_json(text, origin);
  if (kind == ".srt") {
    TROUPE_TRY(const auto cues, parse_srt(text, origin));
    return settle_speakers(cues, speakers);
  }
  if (kind == ".vtt") {
    TROUPE_TRY(const auto cues, parse_vtt(text, origin));
    return settle_speakers(cues, speakers);
  }
  return unknown_format(origin, "translations as .json, .srt or .vtt");
}

/// The segment that shares the most time with the cue; the earlier one of equals.
JobSegment* best_match(std::vector<JobSegment>& segments, const Cue& cue) {
  JobSegment* best = nullptr;
  std::int64_t most = 0;
  for (JobSegment& segment : segments) {
    const std::int64_t shared =
        std::min(segment.end_ms, cue.end_ms) - std::max(segment.start_ms, cue.start_ms);
    if (shared > most) {
      most = shared;
      best = &segment;
    }
  }
  return best;
}

}  // namespace

Result<std::vector<JobSegment>> parse_segments_json(std::string_view text,
                                                    const std::string& origin) {
  TROUPE_TRY(const JsonValue root, parse_json(text, origin));
  TROUPE_TRY(const JsonValue::Array* list, list_in(root, origin));
  TROUPE_CHECK(check_cue_count(list->size(), origin));
  std::size_t unnamed = 0;
  return segments_of(*list, origin, unnamed);
}

Result<std::vector<JobSegment>> read_segments(const std::filesystem::path& path) {
  TROUPE_TRY(const std::string text, read_text_file(path));
  const std::string origin = one_line(path.string());
  const std::string kind = extension(path);
  if (kind == ".json") return parse_segments_json(text, origin);

  std::vector<RawCue> raw;
  if (kind == ".srt") {
    TROUPE_TRY(raw, parse_srt(text, origin));
  } else if (kind == ".vtt") {
    TROUPE_TRY(raw, parse_vtt(text, origin));
  } else if (kind == ".rttm") {
    TROUPE_TRY(raw, parse_rttm(text, origin));
  } else {
    return unknown_format(origin, "segments as .json, .srt, .vtt or .rttm");
  }
  std::vector<JobSegment> segments;
  for (Cue& cue : settle_speakers(raw))
    segments.push_back({std::move(cue.speaker), cue.start_ms, cue.end_ms, std::move(cue.text), ""});
  return segments;
}

Result<void> apply_translations(std::vector<JobSegment>& segments,
                                const std::filesystem::path& path) {
  std::set<std::string> speakers;
  for (const JobSegment& segment : segments) speakers.insert(segment.speaker_id);
  TROUPE_TRY(std::vector<Cue> cues, read_translations(path, speakers));

  if (cues.size() == segments.size()) {
    for (std::size_t i = 0; i < cues.size(); ++i)
      segments[i].translated_text = std::move(cues[i].text);
    return {};
  }
  const bool timed = std::all_of(cues.begin(), cues.end(), [](const Cue& c) { return c.timed; });
  if (!timed)
    return fail(Errc::bad_input,
                one_line(path.string()) + ": has " + std::to_string(cues.size()) +
                    " translations for " + std::to_string(segments.size()) +
                    " segments; give one each, or give every one its times",
                "segments");

  // All are matched before any text changes: a refused file leaves the segments as they were.
  std::vector<JobSegment*> matches;
  for (const Cue& cue : cues) {
    matches.push_back(best_match(segments, cue));
    if (!matches.back())
      return fail(Errc::bad_input,
                  cue.place + ": cue " + in_quotes(cue.text) + " at " +
                      std::to_string(cue.start_ms) + " .. " + std::to_string(cue.end_ms) +
                      " ms overlaps no segment; correct its times or remove it",
                  "segments");
  }
  for (JobSegment& segment : segments) segment.translated_text.clear();
  for (std::size_t i = 0; i < cues.size(); ++i) {
    std::string& text = matches[i]->translated_text;
    if (!text.empty() && !cues[i].text.empty()) text += ' ';
    text += cues[i].text;
  }
  return {};
}

}  // namespace troupe::segments
