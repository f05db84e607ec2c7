/// Placed blocks at the stream's rate -> blocks of bounded size at the asked rate.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/media.hpp"
#include "dsp/resample.hpp"
#include "media/frame_clock.hpp"

namespace troupe::media {

/// One decoded track: sample positions equal file times. Memory is one block.
class TrackBuilder {
 public:
  TrackBuilder(const DecodeFormat& format, const BlockSink& sink) : format_(format), sink_(sink) {}

  /// @param start file time of the first sample, in samples of rate_hz; absent = unknown.
  Result<void> add(std::span<const float> interleaved, int rate_hz,
                   std::optional<std::int64_t> start);
  Result<void> finish();

  /// Given to the sink so far, per channel.
  std::int64_t samples() const { return samples_; }

 private:
  Result<void> set_rate(int rate_hz);
  Result<void> push(std::span<const float> interleaved);
  Result<void> drain();
  Result<void> give_out();

  DecodeFormat format_;
  const BlockSink& sink_;
  int rate_hz_ = 0;
  std::optional<FrameClock> clock_;
  std::optional<dsp::StreamResampler> resampler_;
  std::vector<float> ready_;
  std::int64_t samples_ = 0;
};

}  // namespace troupe::media
