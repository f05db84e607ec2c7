#include "voices/spans.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "voices/extract.hpp"

namespace troupe::voices {
namespace {

// Diarisers place boundaries on a grid of about 20 ms, so that much of a neighbour may leak over.
constexpr std::int64_t kGuard = ms_to_samples(20);
constexpr std::int64_t kShort = ms_to_samples(300);
constexpr std::int64_t kContext = ms_to_samples(500);
constexpr std::int64_t kShortestContext = ms_to_samples(64);  // two frames of the voice activity

using Ranges = std::vector<TimeRange>;

/// Sorted and disjoint.
Ranges united(Ranges ranges) {
  std::sort(ranges.begin(), ranges.end(),
            [](const TimeRange& a, const TimeRange& b) { return a.begin < b.begin; });
  Ranges merged;
  for (const TimeRange& range : ranges) {
    if (range.empty()) continue;
    if (!merged.empty() && range.begin <= merged.back().end)
      merged.back().end = std::max(merged.back().end, range.end);
    else
      merged.push_back(range);
  }
  return merged;
}

/// Both sorted and disjoint; the parts of `from` that no `hole` touches. Cost grows with the holes
/// that are touched, not with all of them: a job may have thousands of speakers.
Ranges subtracted(const Ranges& from, const Ranges& holes) {
  Ranges left;
  for (TimeRange range : from) {
    auto hole = std::lower_bound(
        holes.begin(), holes.end(), range.begin,
        [](const TimeRange& candidate, std::int64_t begin) { return candidate.end <= begin; });
    for (; hole != holes.end() && hole->begin < range.end; ++hole) {
      if (hole->begin > range.begin) left.push_back({range.begin, hole->begin});
      range.begin = std::max(range.begin, hole->end);
    }
    if (!range.empty()) left.push_back(range);
  }
  return left;
}

/// Where two or more speakers' ranges, widened by the guard, cover the same samples.
Ranges crowded(const std::vector<Ranges>& per_speaker) {
  std::vector<std::pair<std::int64_t, int>> edges;
  for (const Ranges& ranges : per_speaker) {
    Ranges widened = ranges;
    for (TimeRange& range : widened) range = {range.begin - kGuard, range.end + kGuard};
    for (const TimeRange& range : united(std::move(widened))) {
      edges.emplace_back(range.begin, 1);
      edges.emplace_back(range.end, -1);
    }
  }
  std::sort(edges.begin(), edges.end());
  Ranges found;
  int speaking = 0;
  for (std::size_t i = 0; i < edges.size(); ++i) {
    speaking += edges[i].second;
    if (speaking >= 2) found.push_back({edges[i].first, edges[i + 1].first});
  }
  return united(std::move(found));
}

Ranges longest_first(Ranges stretches) {
  const bool any_long = std::any_of(stretches.begin(), stretches.end(),
                                    [](const TimeRange& r) { return r.length() >= kShort; });
  if (any_long) std::erase_if(stretches, [](const TimeRange& r) { return r.length() < kShort; });
  std::stable_sort(stretches.begin(), stretches.end(),
                   [](const TimeRange& a, const TimeRange& b) { return a.length() > b.length(); });
  Ranges chosen;
  std::int64_t room = kTargetReferenceSamples;
  for (TimeRange range : stretches) {
    if (room < (any_long ? kShort : 1)) break;
    range.end = std::min(range.end, range.begin + room);
    room -= range.length();
    chosen.push_back(range);
  }
  return united(std::move(chosen));
}

Ranges silent_around(const Ranges& chosen, const Ranges& spoken) {
  Ranges near;
  for (const TimeRange& range : chosen) {
    near.push_back({std::max<std::int64_t>(0, range.begin - kContext), range.begin});
    near.push_back({range.end, range.end + kContext});
  }
  Ranges silent = subtracted(united(std::move(near)), spoken);
  std::erase_if(silent, [](const TimeRange& r) { return r.length() < kShortestContext; });
  return silent;
}

}  // namespace

std::vector<SpeakerSpans> choose_spans(std::span<const Segment> segments) {
  std::vector<SpeakerSpans> speakers;
  std::map<std::string, std::size_t> index;
  std::vector<Ranges> own;
  for (const Segment& segment : segments) {
    const auto [place, is_new] = index.try_emplace(segment.speaker_id, speakers.size());
    if (is_new) {
      speakers.push_back({segment.speaker_id, 0, {}, {}});
      own.emplace_back();
    }
    SpeakerSpans& speaker = speakers[place->second];
    ++speaker.segments;
    own[place->second].push_back({std::max<std::int64_t>(0, segment.span.begin), segment.span.end});
  }
  Ranges everybody;
  for (Ranges& ranges : own) {
    ranges = united(std::move(ranges));
    everybody.insert(everybody.end(), ranges.begin(), ranges.end());
  }
  everybody = united(std::move(everybody));
  const Ranges shared = crowded(own);
  for (std::size_t i = 0; i < speakers.size(); ++i) {
    speakers[i].chosen = longest_first(subtracted(own[i], shared));
    speakers[i].around = silent_around(speakers[i].chosen, everybody);
  }
  return speakers;
}

}  // namespace troupe::voices
