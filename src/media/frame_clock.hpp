/// Where decoded samples belong on the file's time line.
#pragma once

#include <cstdint>
#include <optional>

#include "troupe/result.hpp"

namespace troupe::media {

/// What to do with the next block of samples so that sample positions equal file times.
struct Placement {
  std::int64_t silence = 0;  ///< samples of silence to put before it
  std::int64_t skip = 0;     ///< samples to drop from its front (priming, overlap)
};

/// Follows timestamps, in samples of the stream's own rate. Rules, in order:
/// - without a timestamp the block follows the last one;
/// - a block within 20 ms (the first: 5 ms) of where it would follow anyway is container jitter and
///   simply follows (a correction would click);
/// - a gap becomes silence, an overlap is skipped;
/// - a gap above 1 h, or an overlap above 1 s once sound has begun, is a broken or restarted
///   clock: sound goes on and later timestamps count from there;
/// - silence above 4 h in all is refused.
class FrameClock {
 public:
  explicit FrameClock(int rate_hz) : rate_hz_(rate_hz) {}

  /// @param start file time of the block's first sample. @return bad_input: too much silence.
  Result<Placement> place(std::optional<std::int64_t> start, std::int64_t samples);
  /// The stream's rate changed; positions keep their time.
  void set_rate(int rate_hz);

 private:
  int rate_hz_;
  std::int64_t position_ = 0;  // file time of the next sample to give out
  std::int64_t offset_ = 0;    // added to timestamps after a clock restart
  std::int64_t silence_ = 0;
  bool started_ = false;
};

}  // namespace troupe::media
