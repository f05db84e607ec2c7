#include "speech/kokoro/kokoro_durations.hpp"

#include <gtest/gtest.h>

#include <numeric>

namespace troupe::speech {
namespace {

// A pad, four sounding tokens, closing punctuation, a pad.
const KokoroTokens kTokens = {{0, 50, 51, 52, 53, 4, 0}, 1, 5};
const std::vector<float> kFrames = {14.2f, 3.4f, 0.2f, 7.7f, 5.1f, 12.6f, 1.0f};

std::int64_t sounding(const std::vector<std::int64_t>& durations) {
  return std::accumulate(durations.begin() + 1, durations.begin() + 5, std::int64_t{0});
}

TEST(KokoroDurations, NaturalPaceRoundsThePrediction) {
  const auto durations = choose_durations(kFrames, kTokens, 1.0, std::nullopt);
  EXPECT_EQ(sounding(durations), 16);  // 16.4 predicted
  EXPECT_EQ(durations[0], 14);
  EXPECT_EQ(durations[5], 13);
}

TEST(KokoroDurations, AWantedLengthIsMetToHalfAFrame) {
  for (std::int64_t length = 7 * kSamplesPerFrame; length < 60 * kSamplesPerFrame; length += 77) {
    const auto durations = choose_durations(kFrames, kTokens, 1.0, length);
    const auto got = (sounding(durations) + 4) * kSamplesPerFrame;  // 4 frames ring on
    if (sounding(durations) > 4) {  // one frame per token is the least
      EXPECT_LE(std::abs(got - length), kSamplesPerFrame / 2) << length;
    }
  }
}

TEST(KokoroDurations, EveryTokenKeepsAFrame) {
  for (const auto d : choose_durations(kFrames, kTokens, 1.0, 600)) EXPECT_GE(d, 1);
}

TEST(KokoroDurations, TheSumFallsOnABucketByTheClosingSilence) {
  for (const double speed : {0.5, 0.9, 1.0, 1.3, 2.0}) {
    const auto durations = choose_durations(kFrames, kTokens, speed, std::nullopt);
    const auto sum = std::accumulate(durations.begin(), durations.end(), std::int64_t{0});
    EXPECT_EQ(sum % (kFrameStep / 2), 0) << speed;
  }
}

TEST(KokoroDurations, SpeedShortensTheNaturalLength) {
  EXPECT_LT(audible_samples(kFrames, kTokens, 2.0), audible_samples(kFrames, kTokens, 1.0));
  EXPECT_EQ(sounding(choose_durations(kFrames, kTokens, 2.0, std::nullopt)), 8);
}

}  // namespace
}  // namespace troupe::speech
