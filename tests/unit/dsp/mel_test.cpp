#include "dsp/mel.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <numbers>

namespace troupe::dsp {
namespace {

std::vector<float> chirp(std::size_t count) {
  std::vector<float> samples;
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = static_cast<double>(i);
    samples.push_back(static_cast<float>(0.4 * std::sin(0.05 * t + 2e-4 * t * t)));
  }
  return samples;
}

/// One filter per bin shows the power spectrum itself.
std::vector<float> identity(int bins) {
  std::vector<float> filters(static_cast<std::size_t>(bins * bins), 0.0F);
  for (int i = 0; i < bins; ++i) filters[static_cast<std::size_t>(i * bins + i)] = 1;
  return filters;
}

/// The definition, in f64.
double power_of(const std::vector<float>& x, int n_fft, std::int64_t centre, int bin) {
  std::complex<double> sum = 0;
  const double step = 2 * std::numbers::pi / n_fft;
  for (int i = 0; i < n_fft; ++i) {
    const std::int64_t at = centre - n_fft / 2 + i;
    if (at < 0 || at >= static_cast<std::int64_t>(x.size())) continue;
    const double window = 0.5 - 0.5 * std::cos(step * i);
    sum += window * x[static_cast<std::size_t>(at)] * std::polar(1.0, -step * i * bin);
  }
  return std::norm(sum);
}

TEST(MelPower, IsTheSpectrumOfCentredZeroPaddedFrames) {
  for (int n_fft : {8, 400, 25}) {
    const int bins = n_fft / 2 + 1, hop = n_fft / 2 + 1;
    const std::vector<float> x = chirp(1000);
    const auto mel = mel_power(x, identity(bins), {n_fft, hop, bins});
    const std::int64_t frames = 1000 / hop + 1;
    ASSERT_EQ(mel.size(), static_cast<std::size_t>(frames * bins));
    for (std::int64_t frame = 0; frame < frames; ++frame)
      for (int bin = 0; bin < bins; ++bin) {
        const double expected = power_of(x, n_fft, frame * hop, bin);
        // f32 sums of n_fft terms: the error grows with the frame's largest power.
        EXPECT_NEAR(mel[static_cast<std::size_t>(frame * bins + bin)], expected,
                    1e-3 + 1e-4 * expected)
            << n_fft << " " << frame << " " << bin;
      }
  }
}

TEST(MelPower, SumsBinsByTheFilters) {
  const std::vector<float> x = chirp(800);
  const std::vector<float> filters{0, 0.5F, 2, 0, 0, 1, 0, 0, 0, 0};  // [2, 5]
  const auto mel = mel_power(x, filters, {8, 4, 2});
  const auto bins = mel_power(x, identity(5), {8, 4, 5});
  for (std::size_t frame = 0; frame < 201; ++frame) {
    EXPECT_FLOAT_EQ(mel[frame * 2], 0.5F * bins[frame * 5 + 1] + 2 * bins[frame * 5 + 2]);
    EXPECT_FLOAT_EQ(mel[frame * 2 + 1], bins[frame * 5]);
  }
}

TEST(MelPower, OfNothingIsNothing) { EXPECT_TRUE(mel_power({}, identity(5), {8, 4, 5}).empty()); }

}  // namespace
}  // namespace troupe::dsp
