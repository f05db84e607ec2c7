#include "media/frame_clock.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::media {
namespace {

constexpr std::int64_t kJitterMs = 20;
// At the start nothing can click; only the rounding of Matroska's millisecond clock and of the
// encoder delay in it (2 ms measured with Opus) is let pass.
constexpr std::int64_t kStartJitterMs = 5;
constexpr std::int64_t kRestartMs = 1000;
constexpr std::int64_t kMaxGapMs = 3600 * 1000;
constexpr std::int64_t kMaxSilenceMs = 4 * kMaxGapMs;
// Beyond this (thousands of years) a timestamp is nonsense, and adding to it could overflow.
constexpr std::int64_t kSaneTime = std::int64_t{1} << 52;

}  // namespace

Result<Placement> FrameClock::place(std::optional<std::int64_t> start, std::int64_t samples) {
  const auto in_samples = [&](std::int64_t ms) { return ms * rate_hz_ / 1000; };
  Placement placement;
  if (start && *start > -kSaneTime && *start < kSaneTime) {
    const std::int64_t ahead = *start + offset_ - position_;
    const bool broken = ahead > in_samples(kMaxGapMs) || ahead < -in_samples(kMaxGapMs) ||
                        (started_ && ahead < -in_samples(kRestartMs));
    if (broken)
      offset_ -= ahead;
    else if (std::abs(ahead) >= in_samples(started_ ? kJitterMs : kStartJitterMs))
      (ahead > 0 ? placement.silence : placement.skip) = std::abs(ahead);
  }
  placement.skip = std::min(placement.skip, samples);
  position_ += placement.silence + samples - placement.skip;
  silence_ += placement.silence;
  started_ = started_ || placement.skip < samples;
  if (silence_ > in_samples(kMaxSilenceMs))
    return fail(Errc::bad_input,
                "timestamps leave more than 4 hours without sound; the file is damaged, convert "
                "it to WAV first");
  return placement;
}

void FrameClock::set_rate(int rate_hz) {
  const auto convert = [&](std::int64_t& value) {
    value = std::llround(static_cast<long double>(value) * rate_hz / rate_hz_);
  };
  convert(position_);
  convert(offset_);
  convert(silence_);
  rate_hz_ = rate_hz;
}

}  // namespace troupe::media
