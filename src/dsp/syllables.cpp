#include "dsp/syllables.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace troupe::dsp {
namespace {

constexpr std::int64_t kHop = ms_to_samples(10);  // as f0_contour's
constexpr std::int64_t kHalfWindow = ms_to_samples(32);
constexpr float kDipDb = 2, kRangeDb = 25;
constexpr std::size_t kPauseFrames = 30, kLeastFrames = 200;

/// Level per 10 ms over a Hann window of 64 ms, in dB.
std::vector<float> level_db(const std::vector<float>& samples) {
  std::vector<float> weight;
  for (std::int64_t i = -kHalfWindow; i <= kHalfWindow; ++i)
    weight.push_back(0.5F + 0.5F * std::cos(static_cast<float>(i) / kHalfWindow * 3.14159265F));
  const auto size = static_cast<std::int64_t>(samples.size());
  std::vector<float> level;
  for (std::int64_t centre = kHop / 2; centre < size; centre += kHop) {
    double sum = 1e-12;
    for (std::int64_t i = std::max<std::int64_t>(0, centre - kHalfWindow);
         i <= std::min(size - 1, centre + kHalfWindow); ++i) {
      const auto x = static_cast<double>(samples[static_cast<std::size_t>(i)]);
      sum += weight[static_cast<std::size_t>(i - centre + kHalfWindow)] * x * x;
    }
    level.push_back(static_cast<float>(10 * std::log10(sum / kHalfWindow)));
  }
  return level;
}

/// Frames of speech: loud ones, and the gaps between them unless they are pauses.
std::size_t speech_frames(const std::vector<float>& level, float floor) {
  std::size_t frames = 0, gap = 0;
  for (const float value : level) {
    if (value < floor) {
      ++gap;
      continue;
    }
    frames += 1 + (frames > 0 && gap <= kPauseFrames ? gap : 0);
    gap = 0;
  }
  return frames;
}

}  // namespace

std::optional<double> syllables_per_second(const AudioBuffer& audio, std::span<const float> f0) {
  const std::vector<float> level = level_db(audio.samples);
  if (level.empty()) return std::nullopt;
  const float floor = *std::max_element(level.begin(), level.end()) - kRangeDb;
  const std::size_t frames = speech_frames(level, floor);
  if (frames < kLeastFrames) return std::nullopt;
  int nuclei = 0;
  std::size_t top = 0;   // the highest frame since the last dip
  float dip = level[0];  // the lowest level since the last nucleus
  bool rising = true;
  for (std::size_t i = 1; i < level.size(); ++i) {
    if (rising) {
      if (level[i] > level[top]) top = i;
      if (level[i] > level[top] - kDipDb && i + 1 < level.size()) continue;
      const bool voiced = top < f0.size() && f0[top] > 0;
      if (voiced && level[top] > floor && level[top] > dip + kDipDb) ++nuclei;
      rising = false;
      dip = level[i];
    } else if (level[i] < dip) {
      dip = level[i];
    } else if (level[i] > dip + kDipDb) {
      rising = true;
      top = i;
    }
  }
  return nuclei * 100.0 / static_cast<double>(frames);
}

}  // namespace troupe::dsp
