#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <numeric>

#include "speech/chatterbox/hift_source.hpp"

namespace troupe::speech::chatterbox {
namespace {

SourceLayer fundamental_only() {
  SourceLayer layer;
  layer.weight[0] = 1;
  return layer;
}

SourceNoise silence(std::size_t frames) {
  SourceNoise noise;
  noise.normal.resize(frames * kSamplesPerFrame);
  return noise;
}

double rms(std::span<const float> x) {
  return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0) /
                   static_cast<double>(x.size()));
}

TEST(ChatterboxSource, VoicedFramesAreASineOfThePitch) {
  const auto source = hift_source(std::vector<float>(20, 200), fundamental_only(), silence(20));
  ASSERT_EQ(source.size(), 9600u);
  for (std::size_t n = 0; n < source.size(); ++n)  // the reference's first sample is one step in
    ASSERT_NEAR(source[n],
                std::tanh(0.1 * std::sin(2 * std::numbers::pi * 200 / 24000.0 *
                                         static_cast<double>(n + 1))),
                1e-6);
}

TEST(ChatterboxSource, HarmonicsHaveMultiplesOfThePitchAndTheirOwnPhases) {
  SourceLayer layer;
  layer.weight[2] = 0.5f;
  SourceNoise noise = silence(4);
  noise.phases[2] = 1;
  const auto source = hift_source(std::vector<float>(4, 150), layer, noise);
  for (std::size_t n = 0; n < source.size(); ++n)
    ASSERT_NEAR(
        source[n],
        std::tanh(0.05 *
                  std::sin(2 * std::numbers::pi * 450 / 24000.0 * static_cast<double>(n + 1) + 1)),
        1e-6);
}

// Deviations of hn-NSF: 0.003 where voiced, 0.1 / 3 where not; 5 % is 4 sigma of 4,800 draws.
TEST(ChatterboxSource, UnvoicedFramesAreLouderNoise) {
  const auto noise = draw_source_noise(10, 3);
  const auto unvoiced = hift_source(std::vector<float>(10, 10), fundamental_only(), noise);
  EXPECT_NEAR(rms(unvoiced), 0.1 / 3, 0.05 * 0.1 / 3);
  auto voiced = hift_source(std::vector<float>(10, 100), fundamental_only(), noise);
  const auto sines = hift_source(std::vector<float>(10, 100), fundamental_only(), silence(10));
  for (std::size_t n = 0; n < voiced.size(); ++n) voiced[n] -= sines[n];
  EXPECT_NEAR(rms(voiced), 0.003, 0.05 * 0.003);
}

TEST(ChatterboxSource, NoiseIsTheSeedsAndBeginsAlikeAtAnyLength) {
  const auto one = draw_source_noise(3, 42), again = draw_source_noise(3, 42);
  const auto longer = draw_source_noise(5, 42), other = draw_source_noise(3, 43);
  EXPECT_EQ(one.normal, again.normal);
  EXPECT_EQ(one.phases, again.phases);
  EXPECT_TRUE(std::equal(one.normal.begin(), one.normal.end(), longer.normal.begin()));
  EXPECT_NE(one.normal, other.normal);
  EXPECT_EQ(one.phases[0], 0);
  EXPECT_NE(one.phases[1], one.phases[2]);
}

}  // namespace
}  // namespace troupe::speech::chatterbox
