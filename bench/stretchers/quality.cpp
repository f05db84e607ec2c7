#include "quality.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "dsp/mel.hpp"
#include "dsp/pitch.hpp"

namespace troupe::bench {
namespace {

constexpr dsp::MelShape kShape{.n_fft = 600, .hop = 120, .n_mels = 40};  // 25 ms every 5 ms
constexpr int kBins = 301;
constexpr double kRangeDb = 50;
constexpr int kSlackFrames = 4;  // 20 ms either way

/// Triangles evenly spaced on the mel scale from 60 Hz to 7.6 kHz (the prompts end at 8 kHz).
std::vector<float> mel_filters() {
  const auto mel = [](double hz) { return 2595 * std::log10(1 + hz / 700); };
  const double low = mel(60), high = mel(7600);
  const double step = (high - low) / (kShape.n_mels + 1);
  std::vector<float> filters(static_cast<std::size_t>(kShape.n_mels * kBins));
  for (int m = 0; m < kShape.n_mels; ++m)
    for (int bin = 0; bin < kBins; ++bin) {
      const double at = (mel(bin * 12000.0 / (kBins - 1)) - low) / step - m;
      filters[m * kBins + bin] = static_cast<float>(std::max(0.0, 1 - std::fabs(at - 1)));
    }
  return filters;
}

using Frame = std::vector<double>;

std::vector<Frame> log_mel(const AudioBuffer& audio) {
  static const std::vector<float> filters = mel_filters();
  const auto power = dsp::mel_power(audio.samples, filters, kShape);
  std::vector<Frame> frames(power.size() / kShape.n_mels, Frame(kShape.n_mels));
  double loudest = 1e-12;
  for (const float value : power) loudest = std::max<double>(loudest, value);
  const double floor = loudest * 1e-6;  // 60 dB: what is below is noise of the codec
  for (std::size_t i = 0; i < power.size(); ++i)
    frames[i / kShape.n_mels][i % kShape.n_mels] = 10 * std::log10(power[i] + floor);
  return frames;
}

double level(const Frame& frame) { return *std::max_element(frame.begin(), frame.end()); }

double distance(const Frame& a, const Frame& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum / static_cast<double>(a.size());
}

/// Mean of the normalised autocorrelation's peak over frames with a clear pitch.
double periodicity(const AudioBuffer& audio) {
  const auto f0 = dsp::f0_contour(audio);
  double sum = 0;
  int count = 0;
  for (std::size_t i = 0; i < f0.size(); ++i) {
    if (f0[i] <= 0) continue;
    const std::int64_t lag = std::llround(audio.sample_rate_hz / double{f0[i]});
    const std::int64_t begin = static_cast<std::int64_t>(i) * audio.sample_rate_hz / 100;
    const std::int64_t length = 2 * lag;
    if (begin + length + lag + 2 >= audio.size()) break;
    double best = 0;
    for (std::int64_t shift = lag - 2; shift <= lag + 2; ++shift) {
      double xy = 0, xx = 1e-12, yy = 1e-12;
      for (std::int64_t k = begin; k < begin + length; ++k) {
        xy += audio.samples[k] * audio.samples[k + shift];
        xx += audio.samples[k] * audio.samples[k];
        yy += audio.samples[k + shift] * audio.samples[k + shift];
      }
      best = std::max(best, xy / std::sqrt(xx * yy));
    }
    sum += best;
    ++count;
  }
  return count ? sum / count : 0;
}

std::vector<double> level_curve(const AudioBuffer& audio) {
  constexpr std::int64_t frame = 48;  // 2 ms
  std::vector<double> curve;
  for (std::int64_t at = 0; at + frame <= audio.size(); at += frame) {
    double sum = 1e-7;
    for (std::int64_t i = at; i < at + frame; ++i) sum += audio.samples[i] * audio.samples[i];
    curve.push_back(10 * std::log10(sum / frame));
  }
  return curve;
}

/// Mean of the steepest 1 % of rises over 4 ms, in dB.
double attack(const std::vector<double>& curve) {
  std::vector<double> rises;
  for (std::size_t i = 2; i < curve.size(); ++i) rises.push_back(curve[i] - curve[i - 2]);
  std::sort(rises.rbegin(), rises.rend());
  const std::size_t count = std::max<std::size_t>(1, rises.size() / 100);
  double sum = 0;
  for (std::size_t i = 0; i < count && i < rises.size(); ++i) sum += rises[i];
  return sum / static_cast<double>(count);
}

/// Lag in ms (2 ms steps, +-60 ms) at which the level curves agree best.
double best_offset(const std::vector<double>& in, const std::vector<double>& out, double ratio) {
  double best = std::numeric_limits<double>::max(), found = 0;
  for (int lag = -30; lag <= 30; ++lag) {
    double sum = 0;
    int count = 0;
    for (int i = 0; i < static_cast<int>(out.size()); ++i) {
      const auto from = static_cast<int>(std::lround((i - lag) / ratio));
      if (from < 0 || from >= static_cast<int>(in.size())) continue;
      sum += std::fabs(out[i] - in[from]);
      ++count;
    }
    if (count && sum / count < best) best = sum / count, found = 2.0 * lag;
  }
  return found;
}

}  // namespace

double mel_distance_db(const AudioBuffer& reference, const AudioBuffer& other, double ratio) {
  const auto a = log_mel(reference), b = log_mel(other);
  double loudest = -1e9, sum = 0;
  for (const Frame& frame : a) loudest = std::max(loudest, level(frame));
  int count = 0;
  for (int i = 0; i < static_cast<int>(b.size()); ++i) {
    const auto middle = static_cast<int>(std::lround(i / ratio));
    if (middle >= static_cast<int>(a.size()) || level(a[middle]) < loudest - kRangeDb) continue;
    double best = std::numeric_limits<double>::max();
    for (int k = std::max(0, middle - kSlackFrames);
         k <= std::min(static_cast<int>(a.size()) - 1, middle + kSlackFrames); ++k)
      best = std::min(best, distance(a[k], b[i]));
    sum += best;
    ++count;
  }
  return count ? std::sqrt(sum / count) : 0;
}

Quality compare(const AudioBuffer& in, const AudioBuffer& out, double ratio) {
  Quality quality;
  quality.mel_db = mel_distance_db(in, out, ratio);
  const auto before = dsp::median_f0_hz(in), after = dsp::median_f0_hz(out);
  if (before && after) quality.pitch_cents = std::fabs(1200 * std::log2(*after / *before));
  quality.periodicity = periodicity(in) - periodicity(out);
  const auto curve_in = level_curve(in), curve_out = level_curve(out);
  quality.attack_percent = 100 * (1 - attack(curve_out) / attack(curve_in));
  quality.offset_ms = best_offset(curve_in, curve_out, ratio);
  return quality;
}

}  // namespace troupe::bench
