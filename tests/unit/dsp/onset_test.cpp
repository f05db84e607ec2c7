#include "dsp/onset.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace troupe::dsp {
namespace {

constexpr std::int64_t kFrame = ms_to_samples(5);

/// Silence of a second with +-level between two times.
std::vector<float> sound(std::int64_t begin_ms, std::int64_t end_ms, float level) {
  std::vector<float> samples(static_cast<std::size_t>(ms_to_samples(1000)), 0.0F);
  for (std::int64_t i = ms_to_samples(begin_ms); i < ms_to_samples(end_ms); ++i)
    samples[static_cast<std::size_t>(i)] = i % 2 == 0 ? level : -level;
  return samples;
}

void add(std::vector<float>& to, const std::vector<float>& other) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += other[i];
}

TEST(AudibleRange, FindsBeginAndEndWithinAFrame) {
  for (std::int64_t begin_ms : {0, 5, 123, 400}) {
    const auto range = audible_range(sound(begin_ms, 777, 0.5F), kSampleRateHz);
    ASSERT_TRUE(range);
    EXPECT_LE(std::abs(range->begin - ms_to_samples(begin_ms)), kFrame);
    EXPECT_LE(std::abs(range->end - ms_to_samples(777)), kFrame);
  }
}

TEST(AudibleRange, OfSilenceOrWhisperBelowTheFloorIsAbsent) {
  EXPECT_FALSE(audible_range({}, kSampleRateHz));
  EXPECT_FALSE(audible_range(sound(0, 0, 0), kSampleRateHz));
  EXPECT_FALSE(audible_range(sound(100, 900, 0.0009F), kSampleRateHz));  // -61 dBFS
  EXPECT_TRUE(audible_range(sound(100, 900, 0.0011F), kSampleRateHz));   // -59 dBFS
}

TEST(AudibleRange, LeavesOutWhatIsFortyDecibelBelowThePeak) {
  std::vector<float> samples = sound(500, 700, 0.5F);
  add(samples, sound(100, 300, 0.004F));  // -42 dB
  EXPECT_EQ(audible_range(samples, kSampleRateHz)->begin, ms_to_samples(500));
  add(samples, sound(100, 300, 0.002F));  // -38 dB together
  EXPECT_EQ(audible_range(samples, kSampleRateHz)->begin, ms_to_samples(100));
}

TEST(AudibleRange, AnIsolatedClickDoesNotCountABurstBeforeItsVowelDoes) {
  std::vector<float> clicked = sound(500, 700, 0.5F);
  add(clicked, sound(200, 210, 0.5F));
  add(clicked, sound(900, 910, 0.5F));
  EXPECT_EQ(*audible_range(clicked, kSampleRateHz),
            (TimeRange{ms_to_samples(500), ms_to_samples(700)}));
  std::vector<float> plosive = sound(500, 700, 0.5F);
  add(plosive, sound(470, 480, 0.5F));
  EXPECT_EQ(audible_range(plosive, kSampleRateHz)->begin, ms_to_samples(470));
  EXPECT_FALSE(audible_range(sound(200, 210, 0.5F), kSampleRateHz));
}

TEST(AudibleRange, AFaintClickBeforeTheFirstSoundIsNotItsBeginning) {
  std::vector<float> breath = sound(500, 700, 0.5F);
  add(breath, sound(460, 470, 0.008F));  // -36 dB
  EXPECT_EQ(audible_range(breath, kSampleRateHz)->begin, ms_to_samples(500));
  add(breath, sound(470, 475, 0.008F));  // three frames are none
  EXPECT_EQ(audible_range(breath, kSampleRateHz)->begin, ms_to_samples(460));
  std::vector<float> faint = sound(500, 510, 0.5F);
  for (std::int64_t begin_ms : {520, 540, 560}) add(faint, sound(begin_ms, begin_ms + 5, 0.008F));
  EXPECT_EQ(*audible_range(faint, kSampleRateHz),
            (TimeRange{ms_to_samples(500), ms_to_samples(565)}));
}

TEST(AudibleRange, NeverEndsPastTheLastSample) {
  const std::vector<float> samples(1001, 0.5F);  // no whole number of frames
  EXPECT_EQ(*audible_range(samples, kSampleRateHz), (TimeRange{0, 1001}));
}

TEST(FadeEdges, StartsAtZeroEndsAtZeroAndLeavesTheMiddle) {
  std::vector<float> samples(100, 1.0F);
  fade_edges(samples, 10);
  EXPECT_EQ(samples.front(), 0.0F);
  EXPECT_EQ(samples.back(), 0.0F);
  EXPECT_NEAR(samples[5], 0.5F, 1e-6);  // raised cosine at its middle
  for (std::size_t i = 1; i < 10; ++i) EXPECT_GT(samples[i], samples[i - 1]);
  for (std::size_t i = 10; i < 90; ++i) EXPECT_EQ(samples[i], 1.0F);
}

TEST(FadeEdges, OfAudioShorterThanTheFadeStaysInBounds) {
  std::vector<float> samples(3, 1.0F);
  fade_edges(samples, 1000);
  EXPECT_EQ(samples[0], 0.0F);
  EXPECT_EQ(samples[1], 1.0F);
  EXPECT_EQ(samples[2], 0.0F);
  fade_edges({}, 10);
}

}  // namespace
}  // namespace troupe::dsp
