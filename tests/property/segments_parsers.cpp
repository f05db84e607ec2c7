// Any bytes: a parser returns a value or one line that says why, and what it accepts holds.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <functional>

#include "core/base64.hpp"
#include "core/language.hpp"
#include "segments/cues.hpp"
#include "segments/job_reader.hpp"
#include "segments/transcripts.hpp"
#include "segments/utf8.hpp"

// RC_ASSERT takes its expression apart and then evaluates both sides of || and &&: hence the
// second parentheses around those.
namespace troupe::segments {
namespace {

/// Bytes, or a valid file in which some spans were removed, doubled or overwritten: random bytes
/// alone hardly get past the first token.
std::string damaged(std::string text) {
  const int edits = *rc::gen::inRange(0, 6);
  for (int i = 0; i < edits && !text.empty(); ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto length = *rc::gen::inRange<std::size_t>(0, 12);
    switch (*rc::gen::inRange(0, 3)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, text.substr(at, length));
        break;
      default:
        text.replace(at, 1, *rc::gen::arbitrary<std::string>());
        break;
    }
  }
  return text;
}

template <class T>
void check_error(const Result<T>& result) {
  if (result) return;
  RC_ASSERT(result.error().code == Errc::bad_input);
  RC_ASSERT(!result.error().message.empty());
  for (const char c : result.error().message) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  RC_ASSERT(invalid_utf8(result.error().message) == std::nullopt);
}

RC_GTEST_PROP(JobParser, SurvivesAnyBytes, ()) {
  const std::string text = damaged(R"({"source_audio": "a.flac", "target_language": "fr",
    "user_voice": {"base64": "AAEC"}, "options": {"speed": 1.0, "layout": "concat"},
    "segments": [{"speaker_id": "A", "start_ms": 400, "end_ms": 6954, "text": "\u00e9",
                  "translated_text": "mot"}, {"start": 7.5, "end": 8, "speaker": "B"}]})");
  const auto job = parse_job(text, "job.json", "/in");
  check_error(job);
  if (!job) return;
  for (const JobSegment& segment : job->segments)
    RC_ASSERT((segment.start_ms >= 0 && segment.end_ms > segment.start_ms));
}

using Parser = std::function<Result<std::vector<RawCue>>(std::string_view, const std::string&)>;

void check_cues(const Parser& parse, const std::string& text) {
  const auto cues = parse(text, "x");
  check_error(cues);
  if (!cues) return;
  for (const RawCue& raw : *cues) {
    RC_ASSERT((raw.start_ms >= 0 && raw.end_ms > raw.start_ms));
    const std::vector<Cue> parts = settle_speakers({raw});
    std::int64_t end = raw.start_ms;
    const bool enough_time = raw.end_ms - raw.start_ms >= static_cast<std::int64_t>(parts.size());
    for (const Cue& cue : parts) {
      RC_ASSERT(cue.start_ms == end);
      RC_ASSERT((cue.end_ms > cue.start_ms || !enough_time));
      RC_ASSERT(invalid_utf8(cue.text) == std::nullopt);
      RC_ASSERT(invalid_utf8(cue.speaker) == std::nullopt);
      end = cue.end_ms;
    }
    RC_ASSERT(end == raw.end_ms);
  }
}

RC_GTEST_PROP(SrtParser, SurvivesAnyBytes, ()) {
  check_cues(parse_srt,
             damaged("1\r\n00:00:01,000 --> 00:00:02,000\r\nAnna: <i>Hi</i>\r\nBob: x\r\n"
                     "\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\n[S1]: Bye\r\n"));
}
RC_GTEST_PROP(VttParser, SurvivesAnyBytes, ()) {
  check_cues(parse_vtt, damaged("WEBVTT\n\nNOTE x\n\nid\n00:01.000 --> 00:02.000 align:start\n"
                                "<v.loud Anna>Hi &amp; <b>x</b></v><v Bob>y\n\n00:03.000 --> "
                                "00:04.000\nBye\n"));
}
RC_GTEST_PROP(RttmParser, SurvivesAnyBytes, ()) {
  check_cues(parse_rttm, damaged("SPEAKER f 1 0.5 1.25 <NA> <NA> A <NA> <NA>\n"
                                 "SPEAKER f 1 2 1e0 <NA> <NA> B <NA> <NA>\n"));
}

RC_GTEST_PROP(SegmentsJsonParser, SurvivesAnyBytes, ()) {
  check_error(parse_segments_json(
      damaged(R"({"segments": [{"start": 0.5, "end": 1, "speaker": "A", "words": [{}]}]})"), "x"));
}

RC_GTEST_PROP(LanguageTags, AreStableOnceCanonical, (const std::string& tag)) {
  const auto canonical = canonical_language(tag);
  check_error(canonical);
  if (canonical) RC_ASSERT(*canonical_language(*canonical) == *canonical);
}

RC_GTEST_PROP(Base64, GivesBackWhatItTook, (const std::vector<std::uint8_t>& bytes)) {
  const auto decoded = base64_decode(base64_encode(bytes));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == bytes);
}

RC_GTEST_PROP(Base64, AcceptsOnlyWhatItWouldWrite, (const std::string& text)) {
  const auto decoded = base64_decode(text);
  if (decoded) RC_ASSERT(base64_encode(*decoded) == text);
}

}  // namespace
}  // namespace troupe::segments
