#include "dsp/onset.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace troupe::dsp {
namespace {

constexpr int kFrameMs = 5;
constexpr std::int64_t kClickFrames = 3;  // 15 ms
// A plosive's burst comes up to 50 ms before its vowel and belongs to it.
constexpr std::int64_t kJoinFrames = 10;
constexpr double kFloorPower = 1e-6;  // -60 dBFS
constexpr double kRangePower = 1e-4;  // 40 dB below the peak
// A plosive's burst is louder than this; the breath or hum of a frame or two before it is not, and
// speech does not begin there.
constexpr double kBurstPower = 1e-3;

/// Frames with sound that lie close together, [first, last]; `onset`: of those the first that is
/// loud or not a mere click, -1 until there is one.
struct Burst {
  std::int64_t first, last, audible = 0, onset = -1;
};

std::vector<double> frame_powers(std::span<const float> samples, std::size_t frame) {
  std::vector<double> powers;
  for (std::size_t begin = 0; begin < samples.size(); begin += frame) {
    const auto part = samples.subspan(begin, std::min(frame, samples.size() - begin));
    double sum = 0;
    for (float x : part) sum += static_cast<double>(x) * x;
    powers.push_back(sum / static_cast<double>(part.size()));
  }
  return powers;
}

}  // namespace

std::optional<TimeRange> audible_range(std::span<const float> samples, int sample_rate_hz) {
  const std::int64_t frame = std::max<std::int64_t>(1, sample_rate_hz * kFrameMs / 1000);
  const std::vector<double> powers = frame_powers(samples, static_cast<std::size_t>(frame));
  if (powers.empty()) return std::nullopt;
  const double peak = *std::max_element(powers.begin(), powers.end());
  const double threshold = std::max(peak * kRangePower, kFloorPower);

  std::vector<Burst> bursts;
  std::int64_t run = 0;  // where the frames with sound up to i, without a gap, begin
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(powers.size()); ++i) {
    const double power = powers[static_cast<std::size_t>(i)];
    if (power <= threshold) continue;
    if (bursts.empty() || i - bursts.back().last > 1) run = i;
    if (bursts.empty() || i - bursts.back().last > kJoinFrames) bursts.push_back({i, i});
    Burst& burst = bursts.back();
    burst.last = i;
    ++burst.audible;
    if (burst.onset < 0 && (i - run + 1 >= kClickFrames || power > peak * kBurstPower))
      burst.onset = run;
  }
  std::erase_if(bursts, [](const Burst& burst) { return burst.audible < kClickFrames; });
  if (bursts.empty()) return std::nullopt;
  const Burst& first = bursts.front();
  return TimeRange{
      (first.onset < 0 ? first.first : first.onset) * frame,
      std::min((bursts.back().last + 1) * frame, static_cast<std::int64_t>(samples.size()))};
}

void fade_edges(std::span<float> samples, std::int64_t fade_samples) {
  const std::size_t count = std::min(
      static_cast<std::size_t>(std::max<std::int64_t>(0, fade_samples)), samples.size() / 2);
  for (std::size_t i = 0; i < count; ++i) {
    const double phase = std::numbers::pi * static_cast<double>(i) / static_cast<double>(count);
    const auto gain = static_cast<float>(0.5 - 0.5 * std::cos(phase));
    samples[i] *= gain;
    samples[samples.size() - 1 - i] *= gain;
  }
}

}  // namespace troupe::dsp
