/// EBU R128 loudness and true peak (libebur128).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "troupe/result.hpp"

namespace troupe::dsp {

/// Streaming meter. Not thread-safe.
class LoudnessMeter {
 public:
  LoudnessMeter(int sample_rate_hz, int channels);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  void push(std::span<const float> interleaved);
  /// Integrated, gated; absent when there was too little sound (or only silence) to measure.
  std::optional<double> integrated_lufs() const;
  double true_peak_dbtp() const;  ///< -inf for silence is reported as -120

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace troupe::dsp
