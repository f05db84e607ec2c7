#include "dsp/harmonic_source.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/counter_random.hpp"

namespace troupe::dsp {
namespace {

constexpr double kRateHz = 24000;
constexpr double kAmplitude = 0.1;
constexpr float kVoicedAboveHz = 10;
constexpr double kVoicedNoise = 0.003;
constexpr double kUnvoicedNoise = 0.1 / 3;
constexpr int kFft = 20;
constexpr int kHop = 5;

/// Turns of the fundamental reached at the centre of each f0 frame; only the fraction matters.
std::vector<double> turns_at_centres(std::span<const float> f0_hz) {
  std::vector<double> turns(f0_hz.size());
  double sum = 0;
  for (std::size_t i = 0; i < f0_hz.size(); ++i)
    turns[i] = sum += std::max(0.0, static_cast<double>(f0_hz[i])) / kRateHz * kSamplesPerF0;
  return turns;
}

std::vector<float> excitation(std::span<const float> f0_hz, const SourceWeights& weights,
                              std::optional<std::uint64_t> noise_seed) {
  const auto turns = turns_at_centres(f0_hz);
  // Nine independent noises mixed by the linear layer are one noise of this standard deviation.
  double norm = 0;
  for (const float w : weights.linear_weight) norm += static_cast<double>(w) * w;
  norm = std::sqrt(norm);

  std::vector<float> signal(f0_hz.size() * kSamplesPerF0);
  const double last = static_cast<double>(f0_hz.size()) - 1;
  std::array<double, 2> noise{};
  for (std::size_t n = 0; n < signal.size(); ++n) {
    if (noise_seed && n % 2 == 0) noise = normal_pair(*noise_seed, n / 2);
    const bool voiced = f0_hz[n / kSamplesPerF0] > kVoicedAboveHz;
    double sum = weights.linear_bias;
    if (voiced) {
      // Half-pixel linear interpolation between frame centres, constant beyond the outer ones.
      const double at = std::clamp((static_cast<double>(n) + 0.5) / kSamplesPerF0 - 0.5, 0.0, last);
      const auto low = static_cast<std::size_t>(at);
      const auto high = std::min(low + 1, turns.size() - 1);
      const double turn = turns[low] + (turns[high] - turns[low]) * (at - static_cast<double>(low));
      const double phase = 2 * std::numbers::pi * (turn - std::floor(turn));
      // sin(k x) = 2 cos(x) sin((k - 1) x) - sin((k - 2) x)
      const double twice_cos = 2 * std::cos(phase);
      double before = 0, sine = std::sin(phase);
      for (int k = 0; k < kHarmonics; ++k) {
        sum += kAmplitude * weights.linear_weight[k] * sine;
        const double next = twice_cos * sine - before;
        before = sine;
        sine = next;
      }
    }
    sum += noise[n % 2] * norm * (voiced ? kVoicedNoise : kUnvoicedNoise);
    signal[n] = static_cast<float>(std::tanh(sum));
  }
  return signal;
}

struct FourierTable {
  std::array<std::array<double, kFft>, kSourceBins> re{}, im{};
  FourierTable() {
    for (int bin = 0; bin < kSourceBins; ++bin)
      for (int n = 0; n < kFft; ++n) {
        const double window = 0.5 - 0.5 * std::cos(2 * std::numbers::pi * n / kFft);
        const double angle = -2 * std::numbers::pi * bin * n / kFft;
        re[bin][n] = window * std::cos(angle);
        im[bin][n] = bin == 0 || bin == kSourceBins - 1 ? 0 : window * std::sin(angle);
      }
  }
};

}  // namespace

std::vector<float> harmonic_source(std::span<const float> f0_hz, const SourceWeights& weights,
                                   std::optional<std::uint64_t> noise_seed) {
  static const FourierTable table;
  const auto signal = excitation(f0_hz, weights, noise_seed);
  const auto size = static_cast<std::int64_t>(signal.size());
  const std::int64_t frames = size / kHop + 1;
  std::vector<float> out(static_cast<std::size_t>(2 * kSourceBins * frames));
  if (size < kFft) return out;

  for (std::int64_t frame = 0; frame < frames; ++frame) {
    std::array<double, kFft> x{};
    for (int n = 0; n < kFft; ++n) {
      std::int64_t at = frame * kHop + n - kFft / 2;  // centred, reflected at the ends
      if (at < 0) at = -at;
      if (at >= size) at = 2 * (size - 1) - at;
      x[n] = signal[static_cast<std::size_t>(at)];
    }
    for (int bin = 0; bin < kSourceBins; ++bin) {
      double re = 0, im = 0;
      for (int n = 0; n < kFft; ++n) {
        re += x[n] * table.re[bin][n];
        im += x[n] * table.im[bin][n];
      }
      out[static_cast<std::size_t>(bin * frames + frame)] = static_cast<float>(std::hypot(re, im));
      out[static_cast<std::size_t>((bin + kSourceBins) * frames + frame)] =
          static_cast<float>(std::atan2(im, re));
    }
  }
  return out;
}

}  // namespace troupe::dsp
