#include "dsp/limiter.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::dsp {
namespace {

constexpr int kTaps = TruePeakDetector::kTaps;

// Phases 0 and 1; phases 3 and 2 are the same reversed in time.
constexpr std::array<std::array<float, kTaps>, 2> kPhases = {{
    {0.0017089843750f, 0.0109863281250f, -0.0196533203125f, 0.0332031250000f, -0.0594482421875f,
     0.1373291015625f, 0.9721679687500f, -0.1022949218750f, 0.0476074218750f, -0.0266113281250f,
     0.0148925781250f, -0.0083007812500f},
    {-0.0291748046875f, 0.0292968750000f, -0.0517578125000f, 0.0891113281250f, -0.1665039062500f,
     0.4650878906250f, 0.7797851562500f, -0.2003173828125f, 0.1015625000000f, -0.0582275390625f,
     0.0330810546875f, -0.0189208984375f},
}};
// Sum of the magnitudes of the widest phase, rounded up: the most that interpolation can add.
constexpr float kMostGain = 2.05f;

constexpr double kLookaheadSeconds = 0.003;
constexpr double kReleaseSeconds = 0.060;
// Meters differ in their interpolation filters: libebur128's finds up to 0.26 dB more than this one
// in heavily limited noise (limiter_test.cpp). The promise holds for either.
constexpr double kMarginDb = 0.3;
constexpr double kUnity = 1 - 1e-4;  // 0.001 dB: from here on the gain snaps back to exactly 1

}  // namespace

float TruePeakDetector::push(float sample) {
  history_[at_] = history_[at_ + kTaps] = sample;
  at_ = at_ + 1 == kTaps ? 0 : at_ + 1;
  quiet_ = std::fabs(sample) * kMostGain > above_ ? 0 : std::min(quiet_ + 1, kTaps);
  if (quiet_ == kTaps) return 0;

  const float* window = history_.data() + at_;  // oldest first
  float peak = std::fabs(window[kTaps / 2]);
  for (const auto& phase : kPhases) {
    float forward = 0, backward = 0;
    for (int i = 0; i < kTaps; ++i) {
      forward += phase[i] * window[i];
      backward += phase[i] * window[kTaps - 1 - i];
    }
    peak = std::max({peak, std::fabs(forward), std::fabs(backward)});
  }
  return peak;
}

Limiter::Limiter(int sample_rate_hz, int channels, double ceiling_dbtp)
    : channels_(static_cast<std::size_t>(channels)),
      ramp_(std::llround(kLookaheadSeconds * sample_rate_hz)),
      // A frame's gain must suit every peak whose filter touches it (kTaps) and be reached by a
      // ramp.
      window_(ramp_ + kTaps - 1),
      ceiling_(static_cast<float>(std::pow(10, (ceiling_dbtp - kMarginDb) / 20))),
      release_(1 - std::exp(-1 / (kReleaseSeconds * sample_rate_hz))),
      detectors_(channels_, TruePeakDetector(ceiling_ / 2)),
      waiting_(static_cast<std::size_t>(window_) * channels_),
      ring_(static_cast<std::size_t>(ramp_), 1.0),
      ring_sum_(static_cast<double>(ramp_)) {}

double Limiter::smoothed(double least) {
  if (least == 1 && held_ == 1 && reduced_ == 0) return 1;
  held_ = std::min(least, held_ + (1 - held_) * release_);
  if (held_ > kUnity) held_ = 1;
  double& oldest = ring_[ring_at_];
  ring_at_ = (ring_at_ + 1) % ring_.size();
  reduced_ += (held_ < 1) - (oldest < 1);
  ring_sum_ += held_ - oldest;
  oldest = held_;
  if (reduced_ == 0) ring_sum_ = static_cast<double>(ramp_);  // forgets rounding
  return ring_sum_ / static_cast<double>(ramp_);
}

void Limiter::push_frame(const float* frame, std::vector<float>& out) {
  float peak = 0;
  for (std::size_t c = 0; c < channels_; ++c) peak = std::max(peak, detectors_[c].push(frame[c]));
  highest_peak_ = std::max(highest_peak_, peak);

  if (peak > ceiling_) {
    const double wanted = ceiling_ / peak;
    while (!least_.empty() && least_.back().second >= wanted) least_.pop_back();
    least_.emplace_back(frames_in_, wanted);
  }
  while (!least_.empty() && least_.front().first < frames_in_ - window_) least_.pop_front();
  const double gain = smoothed(least_.empty() ? 1.0 : least_.front().second);

  const bool full = ++frames_in_ > window_;
  for (std::size_t c = 0; c < channels_; ++c) {
    float& oldest = waiting_[waiting_at_++];
    if (full) out.push_back(reduced_ == 0 ? oldest : static_cast<float>(oldest * gain));
    oldest = frame[c];
  }
  if (waiting_at_ == waiting_.size()) waiting_at_ = 0;
}

void Limiter::push(std::span<const float> interleaved, std::vector<float>& out) {
  for (std::size_t at = 0; at + channels_ <= interleaved.size(); at += channels_)
    push_frame(interleaved.data() + at, out);
}

void Limiter::finish(std::vector<float>& out) {
  const std::vector<float> silence(channels_, 0.0f);
  for (std::int64_t i = 0; i < window_; ++i) push_frame(silence.data(), out);
}

}  // namespace troupe::dsp
