#include "speech/chatterbox/hift_source.hpp"

#include <cmath>
#include <complex>
#include <numbers>

#include "core/counter_random.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr double kRateHz = 24000, kAmplitude = 0.1;
constexpr float kVoicedAboveHz = 10;
constexpr double kVoicedNoise = 0.003, kUnvoicedNoise = kAmplitude / 3;

}  // namespace

SourceNoise draw_source_noise(std::size_t frames, std::uint64_t seed) {
  const std::uint64_t stream = mix64(seed);
  SourceNoise noise;
  for (std::size_t k = 1; k < noise.phases.size(); ++k)
    noise.phases[k] = static_cast<float>((2 * uniform01(stream, 2 * k + 1) - 1) * std::numbers::pi);
  noise.normal.resize(frames * kSamplesPerFrame);
  for (std::size_t n = 0; n < noise.normal.size(); n += 2) {
    const auto pair = normal_pair(mix64(stream), n / 2);
    noise.normal[n] = static_cast<float>(pair[0]);
    noise.normal[n + 1] = static_cast<float>(pair[1]);
  }
  return noise;
}

std::vector<float> hift_source(std::span<const float> f0_hz, const SourceLayer& layer,
                               const SourceNoise& noise) {
  std::array<std::complex<double>, kSourceHarmonics> start;
  double norm = 0;  // nine independent noises mixed by the layer are one of this deviation
  for (std::size_t k = 0; k < start.size(); ++k) {
    start[k] = std::polar(kAmplitude * layer.weight[k], static_cast<double>(noise.phases[k]));
    norm += static_cast<double>(layer.weight[k]) * layer.weight[k];
  }
  norm = std::sqrt(norm);

  std::vector<float> source(f0_hz.size() * kSamplesPerFrame);
  double turns = 0;  // of the fundamental; only the fraction matters
  for (std::size_t n = 0; n < source.size(); ++n) {
    const double hz = f0_hz[n / kSamplesPerFrame];
    turns += hz / kRateHz;
    turns -= std::floor(turns);
    const bool voiced = hz > kVoicedAboveHz;
    double sum = layer.bias + noise.normal[n] * norm * (voiced ? kVoicedNoise : kUnvoicedNoise);
    if (voiced) {
      const auto step = std::polar(1.0, 2 * std::numbers::pi * turns);
      auto harmonic = step;
      for (const auto& from : start) {
        sum += (harmonic * from).imag();
        harmonic *= step;
      }
    }
    source[n] = static_cast<float>(std::tanh(sum));
  }
  return source;
}

}  // namespace troupe::speech::chatterbox
