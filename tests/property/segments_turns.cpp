// Whatever the segments are: no word is lost or reordered, no turn crosses speakers or its limits.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "segments/check.hpp"
#include "segments/turns.hpp"
#include "segments/utf8.hpp"

// RC_ASSERT takes its expression apart and then evaluates both sides of || and &&: hence the
// second parentheses around those.
namespace troupe::segments {
namespace {

/// Up to 40 segments of up to 4 people, overlapping and nested at will; one text in six is silent,
/// every word occurs once.
Job any_job() {
  Job job;
  job.source_audio = "a.wav";
  job.target_language = "fr";
  const int count = *rc::gen::inRange(1, 41);
  for (int i = 0; i < count; ++i) {
    JobSegment segment;
    segment.speaker_id = std::string(1, *rc::gen::element('A', 'B', 'C', 'D'));
    segment.start_ms = *rc::gen::inRange(0, 90'000);
    segment.end_ms = segment.start_ms + *rc::gen::inRange(1, 12'000);
    const int words = *rc::gen::inRange(0, 6);
    for (int w = 0; w < words; ++w)
      segment.translated_text += (w ? " " : "") + std::string("w") + std::to_string(i) + "-" +
                                 std::to_string(w) + std::string(*rc::gen::inRange(0, 60), 'x');
    job.segments.push_back(segment);
  }
  job.options.min_silence_ms = *rc::gen::inRange(0, 3000);
  return job;
}

std::int64_t any_source() { return ms_to_samples(*rc::gen::inRange(90'000, 110'000)); }

std::string words_of(const std::string& text, const std::string& so_far) {
  return so_far.empty() || text.empty() ? so_far + text : so_far + ' ' + text;
}

RC_GTEST_PROP(CheckedSegments, AreSortedInsideTheSourceAndNeverOverlapThemselves, ()) {
  const std::int64_t source = any_source();
  const Job job = any_job();
  const auto checked = check_segments(job, source);
  RC_ASSERT(checked.has_value());
  std::map<std::string, std::int64_t> last_end;
  std::int64_t previous = 0;
  for (const Segment& segment : checked->segments) {
    RC_ASSERT(segment.span.begin >= previous);
    RC_ASSERT(segment.span.length() > 0);
    RC_ASSERT(segment.span.end <= source);
    const auto found = last_end.find(segment.speaker_id);
    RC_ASSERT((found == last_end.end() || segment.span.begin >= found->second));
    last_end[segment.speaker_id] = segment.span.end;
    previous = segment.span.begin;
    for (const std::int64_t silence : {segment.silence_before_ms, segment.silence_after_ms})
      RC_ASSERT((silence == 0 || silence >= job.options.min_silence_ms));
  }
}

RC_GTEST_PROP(CheckedSegments, KeepEveryWordOfEverySpeaker, ()) {
  const Job job = any_job();
  const auto checked = check_segments(job, ms_to_samples(200'000));
  RC_ASSERT(checked.has_value());
  const auto words = [](const auto& segments) {
    std::map<std::string, std::multiset<std::string>> by_speaker;
    for (const auto& segment : segments) {
      std::string text = segment.translated_text;
      for (std::size_t at = 0; !text.empty(); text = at < text.size() ? text.substr(at + 1) : "") {
        at = std::min(text.find(' '), text.size());
        by_speaker[segment.speaker_id].insert(text.substr(0, at));
      }
    }
    return by_speaker;
  };
  RC_ASSERT(words(checked->segments) == words(job.segments));
}

RC_GTEST_PROP(CheckedSegments, StayAsTheyAreWhenCheckedAgain, ()) {
  const std::int64_t source = any_source();
  const Job job = any_job();
  const auto once = check_segments(job, source);
  RC_ASSERT(once.has_value());
  Job again = job;
  again.segments.clear();
  for (const Segment& s : once->segments)
    again.segments.push_back({s.speaker_id, samples_to_ms(s.span.begin), samples_to_ms(s.span.end),
                              s.text, s.translated_text});
  const auto twice = check_segments(again, source);
  RC_ASSERT(twice.has_value());
  RC_ASSERT(twice->segments.size() == once->segments.size());
  for (std::size_t i = 0; i < once->segments.size(); ++i) {
    const Segment &a = once->segments[i], &b = twice->segments[i];
    RC_ASSERT(a.span == b.span);
    RC_ASSERT(a.speaker_id == b.speaker_id);
    RC_ASSERT(a.translated_text == b.translated_text);
    RC_ASSERT(a.silence_before_ms == b.silence_before_ms);
    RC_ASSERT(a.silence_after_ms == b.silence_after_ms);
  }
}

RC_GTEST_PROP(Turns, KeepTextAndOrderWithinTheirLimits, ()) {
  const auto checked = check_segments(any_job(), any_source());
  RC_ASSERT(checked.has_value());
  const std::vector<Turn> turns = group_turns(checked->segments);

  std::string spoken, given;
  for (const Segment& s : checked->segments) given = words_of(s.translated_text, given);
  std::map<int, Segment> by_index;
  for (const Segment& s : checked->segments) by_index[s.index] = s;

  std::int64_t previous = 0;
  for (std::size_t t = 0; t < turns.size(); ++t) {
    const Turn& turn = turns[t];
    RC_ASSERT(turn.index == static_cast<int>(t));
    RC_ASSERT(turn.span.begin >= previous);
    previous = turn.span.begin;
    spoken = words_of(turn.text(), spoken);
    for (const int index : turn.segments)
      RC_ASSERT(by_index.at(index).speaker_id == turn.speaker_id);
    if (turn.segments.size() > 1) {
      RC_ASSERT(code_points(turn.text()) <= std::size_t{kMaxTurnCharacters});
      RC_ASSERT(turn.span.length() <= kMaxTurnSamples);
    }
    RC_ASSERT(!turn.phrases.empty());
    RC_ASSERT(turn.phrases.front().span.begin == turn.span.begin);
    RC_ASSERT(turn.phrases.back().span.end == turn.span.end);
    for (std::size_t p = 0; p < turn.phrases.size(); ++p) {
      RC_ASSERT(!turn.phrases[p].text.empty());
      RC_ASSERT(turn.phrases[p].span.length() > 0);
      if (p == 0) continue;
      const std::int64_t pause = turn.phrases[p].span.begin - turn.phrases[p - 1].span.end;
      RC_ASSERT(pause >= kKeptPauseSamples);
      RC_ASSERT(pause <= kMaxInnerPauseSamples);
    }
  }
  RC_ASSERT(spoken == given);
}

RC_GTEST_PROP(Turns, AreNeverLongerThanTheyMustBe, ()) {
  const auto checked = check_segments(any_job(), any_source());
  RC_ASSERT(checked.has_value());
  const std::vector<Turn> turns = group_turns(checked->segments);
  for (std::size_t t = 1; t < turns.size(); ++t) {
    const Turn &a = turns[t - 1], &b = turns[t];
    if (a.speaker_id != b.speaker_id) continue;
    // Two turns of one person in a row: the first segment of the second did not fit the first.
    std::string first;
    std::int64_t first_end = 0;
    for (const Segment& s : checked->segments)
      if (s.index == b.segments.front()) first = s.translated_text, first_end = s.span.end;
    RC_ASSERT((b.span.begin - a.span.end > kMaxInnerPauseSamples ||
               first_end - a.span.begin > kMaxTurnSamples ||
               code_points(a.text() + " " + first) > std::size_t{kMaxTurnCharacters}));
  }
}

}  // namespace
}  // namespace troupe::segments
