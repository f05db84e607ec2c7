/// Level of the background under the dub (spec M2): 18 dB down while someone speaks.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mix/mixer.hpp"

namespace troupe::mix {

/// Smooth in dB: down over the 100 ms before speech, up over the 150 ms after it; gaps too short
/// for both stay down.
class Ducking {
 public:
  explicit Ducking(std::span<const PlacedTurn> turns);
  /// Linear gain, 1 .. -18 dB. @param at 24 kHz clock, may be fractional; never decreasing.
  float gain(double at);

 private:
  std::vector<TimeRange> speech_;  // merged, in order
  std::size_t next_ = 0;           // the first one that is not over
};

}  // namespace troupe::mix
