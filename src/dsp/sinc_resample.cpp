#include "dsp/sinc_resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <numeric>

namespace troupe::dsp {
namespace {

constexpr double kZeros = 6, kRollOff = 0.99;

}  // namespace

std::vector<float> sinc_resample(std::span<const float> samples, int from_hz, int to_hz) {
  const int common = std::gcd(from_hz, to_hz);
  const std::int64_t from = from_hz / common, to = to_hz / common;
  if (from == to) return {samples.begin(), samples.end()};
  const double cutoff = kRollOff * static_cast<double>(std::min(from, to));
  const auto width =
      static_cast<std::int64_t>(std::ceil(kZeros * static_cast<double>(from) / cutoff));
  const std::int64_t taps = 2 * width + from;
  std::vector<float> kernels;  // [to, taps]
  for (std::int64_t phase = 0; phase < to; ++phase)
    for (std::int64_t tap = 0; tap < taps; ++tap) {
      double t = cutoff * (static_cast<double>(tap - width) / static_cast<double>(from) -
                           static_cast<double>(phase) / static_cast<double>(to));
      t = std::clamp(t, -kZeros, kZeros) * std::numbers::pi;
      const double window = std::pow(std::cos(t / kZeros / 2), 2);
      const double sinc = t == 0 ? 1 : std::sin(t) / t;
      kernels.push_back(static_cast<float>(sinc * window * cutoff / static_cast<double>(from)));
    }
  const auto count = static_cast<std::int64_t>(samples.size());
  std::vector<float> out(static_cast<std::size_t>((count * to + from - 1) / from));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t first = static_cast<std::int64_t>(i) / to * from - width;
    const float* kernel =
        &kernels[static_cast<std::size_t>(static_cast<std::int64_t>(i) % to * taps)];
    double sum = 0;
    const std::int64_t begin = std::max<std::int64_t>(0, -first),
                       end = std::min(taps, count - first);
    for (std::int64_t tap = begin; tap < end; ++tap)
      sum += kernel[tap] * samples[static_cast<std::size_t>(first + tap)];
    out[i] = static_cast<float>(sum);
  }
  return out;
}

}  // namespace troupe::dsp
