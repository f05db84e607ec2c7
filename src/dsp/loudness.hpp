/// EBU R128 loudness and true peak (libebur128).
#pragma once

#include <memory>
#include <optional>
#include <span>

#include "troupe/result.hpp"

namespace troupe::dsp {

/// A mono signal copied to two channels reads 10 log10(2) LU more: BS.1770 adds up channel powers.
inline constexpr double kDualMonoLu = 3.0103;

/// Streaming meter of loudness alone. Not thread-safe.
class LoudnessMeter {
 public:
  LoudnessMeter(int sample_rate_hz, int channels);
  ~LoudnessMeter();
  LoudnessMeter(LoudnessMeter&&) noexcept;
  void push(std::span<const float> interleaved);
  /// Integrated, gated; absent when there was too little sound (or only silence) to measure.
  std::optional<double> integrated_lufs() const;

 protected:
  struct Impl;
  explicit LoudnessMeter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Finds the true peak as well, which costs several times as much: for the finished track.
class LoudnessAndPeakMeter final : public LoudnessMeter {
 public:
  LoudnessAndPeakMeter(int sample_rate_hz, int channels);
  double true_peak_dbtp() const;  ///< -inf for silence is reported as -120
};

}  // namespace troupe::dsp
