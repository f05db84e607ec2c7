#include "dsp/limiter.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "dsp/loudness.hpp"

namespace troupe::dsp {
namespace {

constexpr int kRate = 24000;

std::vector<float> limited(const std::vector<float>& in, int rate, int channels, double ceiling,
                           std::size_t block = 1000) {
  Limiter limiter(rate, channels, ceiling);
  std::vector<float> out;
  for (std::size_t at = 0; at < in.size(); at += block * channels)
    limiter.push(std::span(in).subspan(at, std::min(block * channels, in.size() - at)), out);
  limiter.finish(out);
  return out;
}

double true_peak(const std::vector<float>& samples, int rate, int channels) {
  LoudnessAndPeakMeter meter(rate, channels);
  meter.push(samples);
  return meter.true_peak_dbtp();
}

/// Noise through a one-pole low-pass (the tilt of speech) with plosive-like bursts of 20 dB.
std::vector<float> speech_like(std::size_t frames, float level, int channels, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<float> samples;
  std::vector<float> state(channels, 0.0f);
  for (std::size_t i = 0; i < frames; ++i)
    for (int c = 0; c < channels; ++c) {
      state[c] += 0.4f * (normal(random) - state[c]);
      samples.push_back(state[c] * level * (i % 6000 < 240 ? 10.0f : 1.0f));
    }
  return samples;
}

TEST(TruePeakDetector, FindsThePeakBetweenTheSamples) {
  // A quarter-rate sine sampled at 45 degrees: samples at 0.707 hide a peak of 1 (BS.1770-4 annex
  // 2).
  TruePeakDetector detector;
  float peak = 0;
  for (int i = 0; i < 200; ++i)
    peak = std::max(
        peak, detector.push(static_cast<float>(std::sin(std::numbers::pi * (0.5 * i + 0.25)))));
  EXPECT_NEAR(20 * std::log10(peak), 0.0, 0.3);  // the annex states the filter's own error as this
}

TEST(TruePeakDetector, ShortcutHidesOnlyPeaksNotAboveTheThreshold) {
  TruePeakDetector exact, quick(0.5f);
  for (const float sample : speech_like(48000, 0.1f, 1)) {
    const float all = exact.push(sample), some = quick.push(sample);
    EXPECT_TRUE(some == all || (some == 0 && all <= 0.5f)) << all;
  }
}

TEST(Limiter, HoldsTheTruePeakUnderTheCeiling) {
  for (const int rate : {24000, 48000})
    for (const int channels : {1, 2})
      for (const float level : {0.1f, 0.5f, 4.0f}) {
        const auto out = limited(speech_like(60000, level, channels), rate, channels, -1);
        EXPECT_LE(true_peak(out, rate, channels), -1 + 0.05) << rate << " " << channels;
      }
}

TEST(Limiter, TellsWhetherAGainWouldMakeItAct) {
  for (const float level : {0.01f, 0.1f, 0.3f}) {
    const auto quiet = speech_like(60000, level, 1);
    Limiter asked(24000, 1, -1);
    std::vector<float> out;
    asked.push(quiet, out);
    asked.finish(out);
    for (const float gain : {0.25f, 0.5f, 1.0f, 1.5f, 2.0f}) {
      std::vector<float> scaled = quiet;
      for (float& sample : scaled) sample *= gain;
      EXPECT_EQ(asked.would_change(gain), limited(scaled, 24000, 1, -1) != scaled)
          << level << " " << gain;
    }
  }
}

TEST(Limiter, HoldsTonesThatHideTheirPeaksBetweenSamples) {
  for (const double fraction : {0.05, 0.123, 0.25, 0.31}) {
    std::vector<float> tone;
    for (int i = 0; i < 24000; ++i)
      tone.push_back(
          static_cast<float>(2 * std::sin(std::numbers::pi * (2 * fraction * i + 0.25))));
    EXPECT_LE(true_peak(limited(tone, kRate, 1, -1), kRate, 1), -1 + 0.05) << fraction;
  }
}

TEST(Limiter, PassesBitForBitBelowTheCeiling) {
  const auto in = speech_like(48000, 0.02f, 1);
  EXPECT_EQ(limited(in, kRate, 1, -1), in);
}

TEST(Limiter, PassesBitForBitAgainSoonAfterAPeak) {
  std::vector<float> in = speech_like(72000, 0.005f, 1);
  in[1000] = 1.9f;
  const auto out = limited(in, kRate, 1, -1);
  ASSERT_EQ(out.size(), in.size());
  EXPECT_LT(out[1000], 0.9f);
  EXPECT_EQ(std::vector(out.begin(), out.begin() + 900), std::vector(in.begin(), in.begin() + 900));
  // 60 ms of release come to 0.001 dB within ten time constants.
  EXPECT_EQ(std::vector(out.begin() + 16000, out.end()), std::vector(in.begin() + 16000, in.end()));
}

TEST(Limiter, GivesAsManySamplesAsItTookWhateverTheBlocks) {
  const auto in = speech_like(10007, 0.3f, 2);
  const auto whole = limited(in, kRate, 2, -1, 10007);
  ASSERT_EQ(whole.size(), in.size());
  for (const std::size_t block : {1, 37, 4096}) EXPECT_EQ(limited(in, kRate, 2, -1, block), whole);
}

TEST(Limiter, LimitsAPeakInTheVeryLastAndFirstSample) {
  std::vector<float> in(5000, 0.0f);
  in.front() = in.back() = 3;
  const auto out = limited(in, kRate, 1, -1);
  EXPECT_LE(out.front(), 0.8913f);  // -1 dB
  EXPECT_LE(out.back(), 0.8913f);
}

TEST(Limiter, MovesItsGainWithoutSteps) {
  // A quiet 100 Hz tone with one burst: the gain may fall by at most 1 / (3 ms) per sample.
  std::vector<float> in(24000);
  for (std::size_t i = 0; i < in.size(); ++i)
    in[i] =
        0.5f *
        static_cast<float>(std::sin(2 * std::numbers::pi * 100 * static_cast<double>(i) / kRate)) *
        (i > 12000 && i < 12400 ? 8.0f : 1.0f);
  const auto out = limited(in, kRate, 1, -1);
  double last = 1;
  for (std::size_t i = 0; i < in.size(); ++i) {
    if (std::fabs(in[i]) < 0.05f) continue;
    const double gain = out[i] / in[i];
    if (std::fabs(in[i - 1]) >= 0.05f) {
      EXPECT_NEAR(gain, last, 1.05 / 72) << i;
    }
    last = gain;
  }
}

TEST(Limiter, OfNothingIsNothing) { EXPECT_TRUE(limited({}, kRate, 1, -1).empty()); }

}  // namespace
}  // namespace troupe::dsp
