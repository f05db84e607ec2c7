#include "dsp/pitch.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

namespace troupe::dsp {
namespace {

/// A buzz of ten harmonics, as a voice is; `noise` is its standard deviation.
AudioBuffer buzz(double hz, double seconds, int rate_hz = kSampleRateHz, float noise = 0) {
  AudioBuffer audio;
  audio.sample_rate_hz = rate_hz;
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 1);
  const auto count = static_cast<std::int64_t>(seconds * rate_hz);
  for (std::int64_t i = 0; i < count; ++i) {
    double x = 0;
    for (int harmonic = 1; harmonic <= 10 && harmonic * hz < rate_hz / 2.0; ++harmonic)
      x += std::cos(2 * std::numbers::pi * hz * harmonic * static_cast<double>(i) / rate_hz +
                    harmonic) /
           harmonic;
    audio.samples.push_back(0.1F * static_cast<float>(x) + noise * normal(random));
  }
  return audio;
}

TEST(Pitch, FindsTheFundamentalOfABuzz) {
  for (double hz : {62.0, 80.0, 110.0, 155.5, 220.0, 311.0, 400.0, 480.0}) {
    const auto median = median_f0_hz(buzz(hz, 1));
    ASSERT_TRUE(median) << hz;
    EXPECT_NEAR(*median, hz, 0.005 * hz);  // parabola between lags of 8 kHz
  }
}

TEST(Pitch, IsTheSameAtAnySampleRate) {
  for (int rate_hz : {8000, 16000, 22050, 48000})
    EXPECT_NEAR(median_f0_hz(buzz(130, 1, rate_hz)).value_or(0), 130, 0.005 * 130) << rate_hz;
}

TEST(Pitch, BearsNoiseAtTenDecibel) {
  // Buzz power 0.1^2 * sum(1 / (2 n^2)) = 0.0077; a tenth of it as noise.
  EXPECT_NEAR(median_f0_hz(buzz(120, 2, kSampleRateHz, 0.028F)).value_or(0), 120, 0.01 * 120);
}

TEST(Pitch, FollowsAChangeAndGivesOneValuePerTenMilliseconds) {
  AudioBuffer audio = buzz(100, 0.5);
  const AudioBuffer high = buzz(200, 0.5);
  audio.samples.insert(audio.samples.end(), high.samples.begin(), high.samples.end());
  const std::vector<float> contour = f0_contour(audio);
  ASSERT_EQ(contour.size(), 100U);
  for (std::size_t i = 5; i < 45; ++i) EXPECT_NEAR(contour[i], 100, 1) << i;
  for (std::size_t i = 55; i < 95; ++i) EXPECT_NEAR(contour[i], 200, 2) << i;
}

TEST(Pitch, OfHumInPausesIsNone) {
  AudioBuffer audio = buzz(185, 1);
  AudioBuffer hum = buzz(120, 3);  // longer than the speech: the median of all would be 120
  for (float& x : hum.samples) x *= 0.04F;  // 28 dB under it
  audio.samples.insert(audio.samples.end(), hum.samples.begin(), hum.samples.end());
  EXPECT_NEAR(median_f0_hz(audio).value_or(0), 185, 2);
}

TEST(Pitch, OfNoiseOrSilenceIsAbsent) {
  EXPECT_FALSE(median_f0_hz({}));
  EXPECT_FALSE(median_f0_hz({std::vector<float>(48000, 0.0F), kSampleRateHz}));
  const std::vector<float> contour = f0_contour(buzz(20000, 1, kSampleRateHz, 0.1F));
  EXPECT_LT(std::count_if(contour.begin(), contour.end(), [](float hz) { return hz > 0; }), 10);
}

TEST(Pitch, OfFewerThanTenVoicedFramesIsAbsent) { EXPECT_FALSE(median_f0_hz(buzz(150, 0.05))); }

}  // namespace
}  // namespace troupe::dsp
