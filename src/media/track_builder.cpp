#include "media/track_builder.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "media/libav_media.hpp"

namespace troupe::media {
namespace {

constexpr std::size_t kSliceFrames = 4096;

}  // namespace

Result<void> TrackBuilder::add(std::span<const float> interleaved, int rate_hz,
                               std::optional<std::int64_t> start) {
  if (rate_hz != rate_hz_) TROUPE_CHECK(set_rate(rate_hz));
  const auto channels = static_cast<std::size_t>(format_.channels);
  TROUPE_TRY(const Placement placement,
             clock_->place(start, static_cast<std::int64_t>(interleaved.size() / channels)));
  if (placement.silence > 0) {
    const std::vector<float> zeros(kSliceFrames * channels);
    for (auto left = static_cast<std::size_t>(placement.silence); left > 0;) {
      const std::size_t now = std::min(left, kSliceFrames);
      TROUPE_CHECK(push(std::span(zeros).first(now * channels)));
      left -= now;
    }
  }
  return push(interleaved.subspan(static_cast<std::size_t>(placement.skip) * channels));
}

Result<void> TrackBuilder::finish() { return drain(); }

// Chained streams may change their rate; each part is resampled on its own.
Result<void> TrackBuilder::set_rate(int rate_hz) {
  TROUPE_CHECK(drain());
  TROUPE_TRY(resampler_,
             dsp::StreamResampler::create(rate_hz, format_.sample_rate_hz, format_.channels));
  if (clock_)
    clock_->set_rate(rate_hz);
  else
    clock_.emplace(rate_hz);
  rate_hz_ = rate_hz;
  return {};
}

Result<void> TrackBuilder::push(std::span<const float> interleaved) {
  const std::size_t slice = kSliceFrames * static_cast<std::size_t>(format_.channels);
  while (!interleaved.empty()) {
    const std::size_t now = std::min(slice, interleaved.size());
    TROUPE_CHECK(resampler_->push(interleaved.first(now), ready_));
    TROUPE_CHECK(give_out());
    interleaved = interleaved.subspan(now);
  }
  return {};
}

Result<void> TrackBuilder::drain() {
  if (!resampler_) return {};
  TROUPE_CHECK(resampler_->push({}, ready_));
  return give_out();
}

Result<void> TrackBuilder::give_out() {
  const auto channels = static_cast<std::size_t>(format_.channels);
  std::span<const float> left(ready_);
  while (!left.empty()) {
    const std::size_t now = std::min(kMaxBlockFrames * channels, left.size());
    TROUPE_CHECK(sink_(left.first(now)));
    samples_ += static_cast<std::int64_t>(now / channels);
    left = left.subspan(now);
  }
  ready_.clear();
  return {};
}

}  // namespace troupe::media
