/// True-peak limiter: looks ahead, so that the gain is down before the peak arrives.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <span>
#include <utility>
#include <vector>

namespace troupe::dsp {

/// Peak of the waveform between and at the samples, by the 4-times oversampling filter of
/// ITU-R BS.1770-4, annex 2, table "order 48, 4-phase FIR". One channel, one sample at a time.
class TruePeakDetector {
 public:
  static constexpr int kTaps = 12;  ///< per phase; the peak lies within the last kTaps samples
  /// @param above peaks not above it may be reported as 0, which is cheaper.
  explicit TruePeakDetector(float above = 0) : above_(above) {}
  /// @return linear peak around the samples pushed so far.
  float push(float sample);

 private:
  std::array<float, 2 * kTaps> history_{};  // twice in a row, so that a window never wraps
  int at_ = 0;
  int quiet_ = 0;
  float above_;
};

/// Streaming, channels share one gain. What stays below the ceiling passes bit for bit. 3 ms of
/// lookahead, compensated: as many samples come out as went in. Not thread-safe.
class Limiter {
 public:
  /// @param ceiling_dbtp no true peak above it comes out (BS.1770-4 meters agree within 0.05 dB).
  Limiter(int sample_rate_hz, int channels, double ceiling_dbtp);
  /// Appends what is ready to `out`; whole frames only.
  void push(std::span<const float> interleaved, std::vector<float>& out);
  /// Appends the rest. Once, at the end.
  void finish(std::vector<float>& out);
  /// @param gain linear, at most 2. @return whether the input so far, times `gain`, would not have
  /// passed bit for bit.
  bool would_change(float gain) const { return highest_peak_ * gain > ceiling_; }

 private:
  void push_frame(const float* frame, std::vector<float>& out);
  double smoothed(double least);

  std::size_t channels_;
  std::int64_t ramp_;    // frames over which the gain falls before a peak
  std::int64_t window_;  // frames between a peak coming in and going out
  float ceiling_;
  double release_;
  std::vector<TruePeakDetector> detectors_;
  float highest_peak_ = 0;  // 0 while all stay 6 dB below the ceiling
  // Gains below 1 that the window asks for, ascending (min-queue).
  std::deque<std::pair<std::int64_t, double>> least_;
  std::vector<float> waiting_;  // ring of the window's frames, whose gain is not known yet
  std::size_t waiting_at_ = 0;
  std::vector<double> ring_;  // the last ramp_ held gains, for their mean
  std::size_t ring_at_ = 0;
  std::size_t reduced_ = 0;  // entries of ring_ below 1
  double ring_sum_ = 0;
  double held_ = 1;
  std::int64_t frames_in_ = 0;
};

}  // namespace troupe::dsp
