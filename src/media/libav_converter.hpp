/// Decoded frames of one shape -> interleaved f32 with the wanted channels, same rate.
#pragma once

#include <span>
#include <vector>

#include "media/libav_common.hpp"
#include "troupe/result.hpp"

namespace troupe::media {

class LibavConverter {
 public:
  /// Follows the frame's format, layout and rate. @return bad_input for more channels than
  /// libav mixes.
  static Result<LibavConverter> create(const AVFrame& frame, int out_channels);

  /// Whether a frame still has the shape this was created for.
  bool fits(const AVFrame& frame) const;
  int rate_hz() const { return rate_hz_; }

  /// @return the frame's samples, valid until the next call; NaN and infinities are 0, and values
  /// beyond +-64 (36 dB over full scale: damage, not loudness) are held there.
  Result<std::span<const float>> convert(const AVFrame& frame);

 private:
  LibavConverter() = default;
  AvPtr<SwrContext> swr_;
  int rate_hz_ = 0, format_ = -1, in_channels_ = 0, out_channels_ = 0;
  std::vector<float> samples_;
};

}  // namespace troupe::media
