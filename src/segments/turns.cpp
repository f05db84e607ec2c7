#include "segments/turns.hpp"

#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

bool joins(const Turn& turn, std::size_t characters, const Segment& segment,
           std::size_t segment_characters) {
  const std::int64_t pause = segment.span.begin - turn.span.end;
  return turn.speaker_id == segment.speaker_id && pause >= 0 && pause <= kMaxInnerPauseSamples &&
         characters + 1 + segment_characters <= kMaxTurnCharacters &&
         segment.span.end - turn.span.begin <= kMaxTurnSamples;
}

void extend(Turn& turn, const Segment& segment) {
  const std::int64_t pause = segment.span.begin - turn.span.end;
  if (turn.phrases.empty() || pause >= kKeptPauseSamples) {
    turn.phrases.push_back({segment.translated_text, segment.span});
  } else {
    Phrase& last = turn.phrases.back();
    last.text += ' ' + segment.translated_text;
    last.span.end = segment.span.end;
  }
  turn.segments.push_back(segment.index);
  turn.span.end = segment.span.end;
}

}  // namespace

std::vector<Turn> group_turns(std::span<const Segment> segments) {
  std::vector<Turn> turns;
  std::size_t characters = 0;  // of the last turn's text()
  for (const Segment& segment : segments) {
    if (segment.translated_text.empty()) continue;
    const std::size_t length = code_points(segment.translated_text);
    if (!turns.empty() && joins(turns.back(), characters, segment, length)) {
      characters += 1 + length;
    } else {
      Turn turn;
      turn.index = static_cast<int>(turns.size());
      turn.speaker_id = segment.speaker_id;
      turn.span = segment.span;
      turns.push_back(std::move(turn));
      characters = length;
    }
    extend(turns.back(), segment);
  }
  return turns;
}

}  // namespace troupe::segments
