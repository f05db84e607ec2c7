#include "dsp/pitch.hpp"

#include <algorithm>
#include <cmath>

#include "dsp/resample.hpp"

namespace troupe::dsp {
namespace {

// Speech pitch needs no more than 4 kHz of band; the work falls with the square of the rate.
constexpr int kRateHz = 8000;
constexpr std::size_t kHop = kRateHz / 100;
constexpr std::size_t kShortestLag = kRateHz / 500;
constexpr std::size_t kLongestLag = kRateHz / 60 + 1;
constexpr std::size_t kLags = kLongestLag + 2;  // one more on each side for the parabola
constexpr std::size_t kWindow = 2 * kLongestLag;
constexpr std::size_t kSpan = kWindow + kLags;
constexpr float kDip = 0.15F;         // the paper's absolute threshold, step 4
constexpr float kVoiced = 0.25F;      // a deepest dip above this is no pitch
constexpr double kQuietPower = 1e-7;  // -70 dBFS
// Mains hum in pauses is no voice: 25 dB under the loudest (LibriSpeech 2092 hums at 120 Hz).
constexpr double kQuietest = 3.2e-3;

/// Steps 2 and 3 of the paper: squared difference at each lag over its running mean.
void normalised_difference(const float* x, std::vector<float>& d) {
  std::fill(d.begin(), d.end(), 0.0F);
  for (std::size_t i = 0; i < kWindow; ++i) {
    const float left = x[i];
    for (std::size_t lag = 0; lag < kLags; ++lag) {
      const float difference = left - x[i + lag];
      d[lag] += difference * difference;
    }
  }
  float sum = 0;
  d[0] = 1;
  for (std::size_t lag = 1; lag < kLags; ++lag) {
    sum += d[lag];
    d[lag] = sum > 0 ? d[lag] * static_cast<float>(lag) / sum : 1.0F;
  }
}

/// Steps 4 and 5: the first dip deep enough, else the deepest, refined by a parabola.
float pitch_of(const std::vector<float>& d) {
  std::size_t best = kShortestLag;
  for (std::size_t lag = kShortestLag; lag <= kLongestLag; ++lag) {
    if (d[lag] < d[best]) best = lag;
    if (d[lag] < kDip && d[lag] <= d[lag + 1]) {
      best = lag;
      break;
    }
  }
  const bool is_dip = d[best] <= d[best - 1] && d[best] <= d[best + 1];
  if (d[best] > kVoiced || !is_dip) return 0;
  const float curve = d[best - 1] - 2 * d[best] + d[best + 1];
  const float shift = curve > 0 ? 0.5F * (d[best - 1] - d[best + 1]) / curve : 0.0F;
  return static_cast<float>(kRateHz) / (static_cast<float>(best) + shift);
}

double power(const float* x, std::size_t count) {
  double sum = 0;
  for (std::size_t i = 0; i < count; ++i) sum += static_cast<double>(x[i]) * x[i];
  return sum / static_cast<double>(count);
}

}  // namespace

std::vector<float> f0_contour(const AudioBuffer& audio) {
  auto resampled = resample(audio, kRateHz);
  if (!resampled) return {};
  std::vector<float>& x = resampled->samples;
  const std::size_t frames = x.size() / kHop;
  // Frames are centred on their 10 ms, so silence goes around.
  x.insert(x.begin(), kSpan / 2 - kHop / 2, 0.0F);
  x.resize(x.size() + kSpan, 0.0F);
  double loudest = 0;
  for (std::size_t i = 0; i < frames; ++i) loudest = std::max(loudest, power(&x[i * kHop], kSpan));
  const double quiet = std::max(kQuietPower, loudest * kQuietest);

  std::vector<float> contour(frames, 0.0F), difference(kLags);
  for (std::size_t i = 0; i < frames; ++i) {
    const float* frame = &x[i * kHop];
    if (power(frame, kSpan) < quiet) continue;
    normalised_difference(frame, difference);
    contour[i] = pitch_of(difference);
  }
  return contour;
}

std::optional<double> median_f0_hz(const AudioBuffer& audio) {
  std::vector<float> voiced = f0_contour(audio);
  std::erase(voiced, 0.0F);
  if (voiced.size() < 10) return std::nullopt;
  const auto middle = voiced.begin() + static_cast<std::ptrdiff_t>(voiced.size() / 2);
  std::nth_element(voiced.begin(), middle, voiced.end());
  return *middle;
}

std::optional<double> pitch_range_semitones(std::span<const float> contour) {
  constexpr float kVoicedHz = 40, kHalfOctave = 1.4142F;
  constexpr std::size_t kLeastValues = 50;
  std::vector<float> voiced;
  for (const float hz : contour)
    if (hz > kVoicedHz) voiced.push_back(hz);
  if (voiced.size() < kLeastValues) return std::nullopt;
  std::sort(voiced.begin(), voiced.end());
  const float median = voiced[voiced.size() / 2];
  std::erase_if(voiced,
                [&](float hz) { return hz < median / kHalfOctave || hz > median * kHalfOctave; });
  return 12 * std::log2(voiced[voiced.size() * 3 / 4] / voiced[voiced.size() / 4]);
}

}  // namespace troupe::dsp
