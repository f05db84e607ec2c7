/// People as tones: the pitch of a chunk is who speaks.
#pragma once

#include <atomic>
#include <cmath>
#include <numbers>

#include "core/speaker_encoder.hpp"
#include "voices/extract.hpp"

namespace troupe::test {

inline std::vector<float> tone(double hz, std::int64_t ms, double amplitude = 0.3) {
  std::vector<float> samples(static_cast<std::size_t>(ms_to_samples(ms)));
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<float>(
        amplitude * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kSampleRateHz));
  return samples;
}

inline voices::Chunk chunk(std::int64_t begin_ms, std::vector<float> samples) {
  const std::int64_t begin = ms_to_samples(begin_ms);
  return {{begin, begin + static_cast<std::int64_t>(samples.size())}, std::move(samples)};
}

/// 4 s of a tone with half a second of faint noise-free hum before it.
inline voices::SpeakerAudio person(std::string id, double hz) {
  voices::SpeakerAudio speaker;
  speaker.speaker_id = std::move(id);
  speaker.segments = 1;
  speaker.chunks = {chunk(1000, tone(hz, 4000))};
  speaker.around = {chunk(500, tone(50, 500, 0.001))};
  return speaker;
}

/// Angle by zero crossings: 150 Hz apart is a different person (cosine 0.54 and less).
class PitchEncoder final : public SpeakerEncoder {
 public:
  mutable std::atomic<int> calls{0};
  bool broken = false;

  Result<Embedding> embed(const AudioBuffer& audio) const override {
    ++calls;
    if (broken) return fail(Errc::backend, "encoder: broke");
    int crossings = 0;
    double power = 0;
    for (std::size_t i = 1; i < audio.samples.size(); ++i) {
      crossings += (audio.samples[i - 1] < 0) != (audio.samples[i] < 0);
      power += static_cast<double>(audio.samples[i]) * audio.samples[i];
    }
    if (power == 0) return fail(Errc::bad_input, "encoder: silent");
    const double hz = 0.5 * crossings * audio.sample_rate_hz / static_cast<double>(audio.size());
    Embedding embedding{};
    embedding[0] = static_cast<float>(std::cos(hz / 150));
    embedding[1] = static_cast<float>(std::sin(hz / 150));
    return embedding;
  }
};

}  // namespace troupe::test
