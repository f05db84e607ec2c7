/// Which stretches of the source show one person alone; timestamps only, no samples.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/turn.hpp"

namespace troupe::voices {

/// What the timestamps say about one speaker.
struct SpeakerSpans {
  std::string speaker_id;
  int segments = 0;
  std::vector<TimeRange> chosen;  ///< clean stretches in time order, 12 s at most in all
  std::vector<TimeRange> around;  ///< within 0.5 s of a chosen one, nobody speaking; time order
};

/// @return every speaker in order of first appearance in `segments`.
std::vector<SpeakerSpans> choose_spans(std::span<const Segment> segments);

}  // namespace troupe::voices
