/// Writers, media and turns in memory.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <numbers>
#include <string>
#include <vector>

#include "core/media.hpp"
#include "dsp/loudness.hpp"
#include "mix/mixer.hpp"

namespace troupe::mix {

class MemoryWriter final : public AudioWriter {
 public:
  Result<void> write(std::span<const float> interleaved) override {
    if (samples.size() >= fail_after) return fail(Errc::io, "out.wav: disk full; free some space");
    largest = std::max(largest, interleaved.size());
    samples.insert(samples.end(), interleaved.begin(), interleaved.end());
    return {};
  }
  Result<void> finish() override {
    finished = true;
    return {};
  }
  std::vector<float> samples;
  std::size_t largest = 0;
  std::size_t fail_after = static_cast<std::size_t>(-1);
  bool finished = false;
};

/// A stereo background of 48 kHz frames, handed over in blocks of an odd size.
class MemoryMedia final : public Media {
 public:
  Result<MediaInfo> decode(const std::filesystem::path&, const DecodeFormat& format,
                           const BlockSink& sink, std::stop_token) const override {
    asked = format;
    for (std::size_t at = 0; at < stereo.size(); at += 2 * 1237) {
      auto given =
          sink(std::span(stereo).subspan(at, std::min<std::size_t>(2 * 1237, stereo.size() - at)));
      if (!given) return tl::make_unexpected(given.error());
    }
    return MediaInfo{};
  }
  Result<std::unique_ptr<AudioWriter>> open_writer(const OutputSpec&) const override {
    return fail(Errc::internal, "not used");
  }
  std::vector<float> stereo;
  mutable DecodeFormat asked;
};

/// A vowel-like tone: four harmonics, its level moving at 4 Hz between 0.4 and 1 times `level`.
inline std::vector<float> vowel(double hz, double level, std::int64_t samples) {
  std::vector<float> made;
  for (std::int64_t i = 0; i < samples; ++i) {
    const double t = static_cast<double>(i) / kSampleRateHz;
    double sum = 0;
    for (int h = 1; h <= 4; ++h) sum += std::sin(2 * std::numbers::pi * hz * h * t) / h;
    made.push_back(
        static_cast<float>(level * sum * (0.7 + 0.3 * std::sin(2 * std::numbers::pi * 4 * t))));
  }
  return made;
}

/// A request over turns in memory; counts how often each is fetched.
struct Scene {
  std::map<int, std::vector<float>> audio;
  std::map<int, int> fetches;
  MixRequest request;

  Scene() {
    request.fetch = [this](int index) -> Result<AudioBuffer> {
      ++fetches[index];
      return AudioBuffer{audio.at(index), kSampleRateHz};
    };
  }
  Scene(const Scene&) = delete;

  void add(const std::string& speaker, std::int64_t start_ms, std::vector<float> samples) {
    const int index = static_cast<int>(request.turns.size());
    request.turns.push_back({.index = index,
                             .speaker_id = speaker,
                             .start = ms_to_samples(start_ms),
                             .length = static_cast<std::int64_t>(samples.size())});
    audio[index] = std::move(samples);
    const PlacedTurn& turn = request.turns.back();
    request.length = std::max(request.length, turn.start + turn.length);
  }
};

inline double loudness(const std::vector<float>& samples, int rate = kSampleRateHz,
                       int channels = 1) {
  dsp::LoudnessMeter meter(rate, channels);
  meter.push(samples);
  return meter.integrated_lufs().value_or(-70);
}

inline double rms_db(const std::vector<float>& samples, std::int64_t begin, std::int64_t end) {
  double sum = 0;
  for (std::int64_t i = begin; i < end; ++i) sum += double{samples[i]} * samples[i];
  return 10 * std::log10(sum / static_cast<double>(end - begin) + 1e-20);
}

}  // namespace troupe::mix
