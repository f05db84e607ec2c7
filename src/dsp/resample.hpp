/// Sample rate conversion (libsoxr, HQ).
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/audio.hpp"
#include "troupe/result.hpp"

namespace troupe::dsp {

/// @return round(n * out / in) samples; the input itself when the rates agree. Deterministic.
Result<AudioBuffer> resample(const AudioBuffer& in, int out_rate_hz);

/// Streaming form for interleaved channels. Not thread-safe.
class StreamResampler {
 public:
  static Result<StreamResampler> create(int in_rate_hz, int out_rate_hz, int channels);
  StreamResampler(StreamResampler&&) noexcept;
  StreamResampler& operator=(StreamResampler&&) noexcept;
  ~StreamResampler();
  /// Appends what is ready to `out`. An empty `in` drains the tail (once, at the end).
  Result<void> push(std::span<const float> in, std::vector<float>& out);

 private:
  struct Impl;
  explicit StreamResampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::dsp
