/// Samples and time. Inside Troupe there is one clock: 24,000 samples a second, so that every
/// millisecond is exactly 24 samples and positions never drift by rounding.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

namespace troupe {

/// The engine rate of Kokoro and Chatterbox, and the clock of every position in the pipeline.
inline constexpr int kSampleRateHz = 24000;
inline constexpr std::int64_t kSamplesPerMs = kSampleRateHz / 1000;

constexpr std::int64_t ms_to_samples(std::int64_t ms) { return ms * kSamplesPerMs; }
/// Rounds to the nearest millisecond.
constexpr std::int64_t samples_to_ms(std::int64_t samples) {
  return (samples >= 0 ? samples + kSamplesPerMs / 2 : samples - kSamplesPerMs / 2) / kSamplesPerMs;
}

/// Half-open [begin, end) in samples of the 24 kHz clock.
struct TimeRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;

  constexpr std::int64_t length() const { return end - begin; }
  constexpr bool empty() const { return end <= begin; }
  constexpr bool overlaps(const TimeRange& other) const {
    return begin < other.end && other.begin < end;
  }
  friend constexpr bool operator==(const TimeRange&, const TimeRange&) = default;
};

/// Mono f32 samples, full scale +-1.
struct AudioBuffer {
  std::vector<float> samples;
  int sample_rate_hz = kSampleRateHz;

  std::int64_t size() const { return static_cast<std::int64_t>(samples.size()); }
};

}  // namespace troupe
