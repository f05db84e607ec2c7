#include "segments/check.hpp"

#include <algorithm>
#include <map>
#include <string_view>

#include "core/language.hpp"
#include "core/try.hpp"
#include "segments/segment_list.hpp"
#include "segments/turns.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

constexpr std::size_t kMaxTextCharacters = 100'000;

std::string name_of(int index) { return "segment " + std::to_string(index); }
std::string ms(std::int64_t value) { return std::to_string(value) + " ms"; }

Fail refused(std::string message) { return fail(Errc::bad_input, std::move(message), "segments"); }

Result<void> check_utf8(std::string_view text, const std::string& what) {
  const auto bad = invalid_utf8(text);
  if (!bad) return {};
  return refused(what + " is not valid UTF-8 at byte " + std::to_string(*bad) +
                 "; write it as UTF-8");
}

Result<void> check_segment(const JobSegment& segment, int index) {
  const std::string name = name_of(index);
  if (segment.start_ms < 0 || segment.end_ms < 0)
    return refused(name + ": time " + ms(std::min(segment.start_ms, segment.end_ms)) +
                   " is negative; times count from the start of the audio");
  if (segment.end_ms <= segment.start_ms)
    return refused(name + ": end_ms " + std::to_string(segment.end_ms) + " is not after start_ms " +
                   std::to_string(segment.start_ms) + "; give end_ms > start_ms");
  if (segment.end_ms > kMaxTimeMs)
    return refused(name + ": end_ms " + std::to_string(segment.end_ms) +
                   " is no time of a recording; give milliseconds");
  TROUPE_CHECK(check_utf8(segment.speaker_id, name + ": speaker_id"));
  TROUPE_CHECK(check_utf8(segment.text, name + ": text"));
  TROUPE_CHECK(check_utf8(segment.translated_text, name + ": translated_text"));
  const std::size_t longest =
      std::max(code_points(segment.text), code_points(segment.translated_text));
  if (longest > kMaxTextCharacters)
    return refused(name + ": text of " + std::to_string(longest) +
                   " characters; at most 100000 are taken, split the segment");
  return {};
}

/// The caller's segments in order of start, cut to the source; what lies outside is left out.
std::vector<Segment> inside_source(const Job& job, std::int64_t source_samples,
                                   std::vector<std::string>& warnings) {
  std::vector<Segment> segments;
  segments.reserve(job.segments.size());
  for (std::size_t i = 0; i < job.segments.size(); ++i) {
    const JobSegment& given = job.segments[i];
    Segment segment;
    segment.index = static_cast<int>(i);
    segment.speaker_id = given.speaker_id;
    segment.span = {ms_to_samples(given.start_ms), ms_to_samples(given.end_ms)};
    segment.text = trimmed(given.text);
    segment.translated_text = trimmed(given.translated_text);
    if (segment.span.begin >= source_samples) {
      warnings.push_back(name_of(segment.index) + ": starts at " + ms(given.start_ms) +
                         ", past the end of the audio at " + ms(samples_to_ms(source_samples)) +
                         "; left out, its text is not spoken");
      continue;
    }
    if (segment.span.end > source_samples) {
      warnings.push_back(name_of(segment.index) + ": ends at " + ms(given.end_ms) +
                         ", past the end of the audio; cut to " +
                         ms(samples_to_ms(source_samples)));
      segment.span.end = source_samples;
    }
    segments.push_back(std::move(segment));
  }
  std::stable_sort(segments.begin(), segments.end(),
                   [](const Segment& a, const Segment& b) { return a.span.begin < b.span.begin; });
  return segments;
}

void append_words(std::string& text, const std::string& more) {
  if (!text.empty() && !more.empty()) text += ' ';
  text += more;
}

/// Nobody speaks twice at once: a later start moves to the earlier end; a segment inside another of
/// the same speaker has no time of its own, so that its words join the other's.
std::vector<Segment> without_self_overlap(std::vector<Segment> segments,
                                          std::vector<std::string>& warnings) {
  std::vector<Segment> kept;
  kept.reserve(segments.size());
  std::map<std::string, std::size_t> last;  // speaker -> its latest in `kept`
  for (Segment& segment : segments) {
    const auto found = last.find(segment.speaker_id);
    if (found != last.end() && segment.span.begin < kept[found->second].span.end) {
      Segment& earlier = kept[found->second];
      const std::string overlap = name_of(segment.index) + ": overlaps " + name_of(earlier.index) +
                                  " of the same speaker; ";
      if (segment.span.end <= earlier.span.end) {
        warnings.push_back(overlap + "lies inside it, its text joins it");
        append_words(earlier.text, segment.text);
        append_words(earlier.translated_text, segment.translated_text);
        continue;
      }
      warnings.push_back(overlap + "start moved from " + ms(samples_to_ms(segment.span.begin)) +
                         " to " + ms(samples_to_ms(earlier.span.end)));
      segment.span.begin = earlier.span.end;
    }
    last[segment.speaker_id] = kept.size();
    kept.push_back(std::move(segment));
  }
  std::stable_sort(kept.begin(), kept.end(), [](const Segment& a, const Segment& b) {
    return a.span.begin != b.span.begin ? a.span.begin < b.span.begin : a.index < b.index;
  });
  return kept;
}

void warn_about_texts(std::vector<Segment>& segments, std::vector<std::string>& warnings) {
  for (Segment& segment : segments) {
    const std::size_t length = code_points(segment.translated_text);
    if (!has_words(segment.translated_text)) {
      warnings.push_back(name_of(segment.index) + ": no words to speak" +
                         (length == 0 ? "" : " in " + in_quotes(segment.translated_text)) +
                         "; stays silent");
      segment.translated_text.clear();
    } else if (length > kMaxTurnCharacters) {
      warnings.push_back(name_of(segment.index) + ": long text of " + std::to_string(length) +
                         " characters; spoken in pieces");
    }
  }
}

/// Gaps count from the latest end so far: while someone else still speaks there is no silence.
void fill_silences(std::vector<Segment>& segments, std::int64_t min_silence_ms) {
  std::int64_t latest_end = segments.empty() ? 0 : segments.front().span.end;
  for (std::size_t i = 1; i < segments.size(); ++i) {
    const std::int64_t gap_ms = samples_to_ms(segments[i].span.begin - latest_end);
    const std::int64_t silence_ms = gap_ms < min_silence_ms ? 0 : std::max<std::int64_t>(gap_ms, 0);
    segments[i - 1].silence_after_ms = silence_ms;
    segments[i].silence_before_ms = silence_ms;
    latest_end = std::max(latest_end, segments[i].span.end);
  }
}

void warn_about_user(const Job& job, std::vector<std::string>& warnings) {
  if (!job.user_speaker_id) return;
  const bool speaks = std::any_of(
      job.segments.begin(), job.segments.end(),
      [&](const JobSegment& segment) { return segment.speaker_id == *job.user_speaker_id; });
  if (!speaks)
    warnings.push_back("user_speaker_id " + in_quotes(*job.user_speaker_id) +
                       " is the speaker of no segment");
}

}  // namespace

Result<void> check_job(const Job& job) {
  if (job.segments.empty())
    return refused("there are no segments; give at least one {speaker_id, start_ms, end_ms}");
  if (job.segments.size() > kMaxSegments)
    return refused("there are " + std::to_string(job.segments.size()) +
                   " segments; at most 20000 are taken, split the job");
  for (std::size_t i = 0; i < job.segments.size(); ++i)
    TROUPE_CHECK(check_segment(job.segments[i], static_cast<int>(i)));
  TROUPE_CHECK(check_utf8(job.message_id, "message_id"));
  TROUPE_CHECK(check_utf8(job.user_speaker_id.value_or(""), "user_speaker_id"));
  if (job.user_voice && !job.user_speaker_id)
    return refused("user_voice: nothing says whose voice it is; give user_speaker_id too");
  if (auto known = canonical_language(job.target_language); !known)
    return refused("target_language: " + known.error().message);
  // Nobody has to speak the source's language: any well-formed tag will do.
  if (!job.source_language.empty() && !is_language_tag(job.source_language))
    return refused("source_language " + in_quotes(job.source_language) +
                   " is not a language tag; give one such as en, or leave it out");
  return validate(job.options);
}

Result<CheckedSegments> check_segments(const Job& job, std::int64_t source_samples) {
  TROUPE_CHECK(check_job(job));
  CheckedSegments checked;
  checked.warnings = job.warnings;
  warn_about_user(job, checked.warnings);
  checked.segments =
      without_self_overlap(inside_source(job, source_samples, checked.warnings), checked.warnings);
  if (checked.segments.empty())
    return refused("every segment starts past the end of the audio at " +
                   ms(samples_to_ms(source_samples)) +
                   "; the segments belong to another recording, or their times are not in ms");
  warn_about_texts(checked.segments, checked.warnings);
  fill_silences(checked.segments, job.options.min_silence_ms);
  return checked;
}

}  // namespace troupe::segments
