#include "dsp/harmonic_source.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace troupe::dsp {
namespace {

// Kokoro's own layer (kokoro/source.safetensors).
const SourceWeights kWeights = {{-0.08154186606407166f, -0.1851966679096222f, -0.18263398110866547f,
                                 -0.17837205529212952f, -0.09873894602060318f, 0.0826403945684433f,
                                 0.08743999153375626f, -0.39068546891212463f, -0.5477443337440491f},
                                -0.02945026f};
const std::vector<float> kF0 = {0, 0, 120, 125, 130, 140, 150, 150, 5, 0};

float at(const std::vector<float>& spectrum, std::size_t row, std::size_t frame) {
  return spectrum[row * (kF0.size() * 60 + 1) + frame];
}

// Expected values: tools/reference_source.py on the same f0 without noise, f64. The tolerance is
// that of f32 samples of size 0.1 through a 20-point transform.
TEST(HarmonicSource, AgreesWithTheNumpyReference) {
  const auto spectrum = harmonic_source(kF0, kWeights, std::nullopt);
  ASSERT_EQ(spectrum.size(), 22u * 601u);
  EXPECT_NEAR(at(spectrum, 0, 0), 0.29441747f, 1e-5);
  EXPECT_NEAR(at(spectrum, 1, 150), 0.15461831f, 1e-5);
  EXPECT_NEAR(at(spectrum, 2, 155), 0.08861614f, 1e-5);
  EXPECT_NEAR(at(spectrum, 3, 250), 0.00737114f, 1e-5);
  EXPECT_NEAR(at(spectrum, 1, 400), 0.05956664f, 1e-5);
  EXPECT_NEAR(at(spectrum, 12, 150), 0.54298300f, 1e-4);
  EXPECT_NEAR(at(spectrum, 13, 155), 0.40931192f, 1e-4);
  EXPECT_NEAR(at(spectrum, 12, 250), 0.34284762f, 1e-3);
}

TEST(HarmonicSource, NoiseIsSeededAndLouderWhereUnvoiced) {
  const auto clean = harmonic_source(kF0, kWeights, std::nullopt);
  const auto first = harmonic_source(kF0, kWeights, 1);
  EXPECT_EQ(first, harmonic_source(kF0, kWeights, 1));
  EXPECT_NE(first, harmonic_source(kF0, kWeights, 2));
  const auto change = [&](std::size_t from, std::size_t to) {
    double sum = 0;
    for (std::size_t frame = from; frame < to; ++frame)
      for (std::size_t bin = 2; bin < 10; ++bin)
        sum += std::pow(at(first, bin, frame) - at(clean, bin, frame), 2);
    return sum / static_cast<double>(to - from);
  };
  // Standard deviations differ by 11; magnitudes of bins that hold speech move less than linearly.
  EXPECT_GT(change(10, 110), 20 * change(200, 400));
}

TEST(HarmonicSource, NothingInGivesOneFrameOfNothing) {
  EXPECT_THAT(harmonic_source({}, kWeights, 1), testing::SizeIs(22));
}

}  // namespace
}  // namespace troupe::dsp
