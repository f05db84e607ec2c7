#include "media/frame_clock.hpp"

#include <gtest/gtest.h>

#include <utility>

namespace troupe::media {
namespace {

constexpr int kRate = 1000;  // one sample is one millisecond

using SilenceAndSkip = std::pair<std::int64_t, std::int64_t>;

SilenceAndSkip place(FrameClock& clock, std::optional<std::int64_t> start, std::int64_t samples) {
  const auto placed = clock.place(start, samples);
  return placed ? SilenceAndSkip(placed->silence, placed->skip) : SilenceAndSkip(-1, -1);
}

TEST(FrameClock, FollowsContiguousAndUntimedBlocks) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, 0, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 100, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, std::nullopt, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 300, 100), SilenceAndSkip(0, 0));
}

TEST(FrameClock, PlacesTheFirstBlockUpToTheContainersRounding) {
  FrameClock late(kRate);
  EXPECT_EQ(place(late, 7, 100), SilenceAndSkip(7, 0));
  FrameClock rounded(kRate);
  EXPECT_EQ(place(rounded, -4, 100), SilenceAndSkip(0, 0));
  FrameClock early(kRate);
  EXPECT_EQ(place(early, -7, 100), SilenceAndSkip(0, 7));
}

TEST(FrameClock, SkipsBlocksBeforeZeroWhole) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, -2500, 1000), SilenceAndSkip(0, 1000));
  EXPECT_EQ(place(clock, -1500, 1000), SilenceAndSkip(0, 1000));
  EXPECT_EQ(place(clock, -500, 1000), SilenceAndSkip(0, 500));
  EXPECT_EQ(place(clock, 500, 1000), SilenceAndSkip(0, 0));
}

TEST(FrameClock, IgnoresJitterButNotDrift) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, 0, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 119, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 181, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 320, 100), SilenceAndSkip(20, 0)) << "20 ms late in all";
}

TEST(FrameClock, FillsGapsAndSkipsOverlaps) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, 0, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 600, 100), SilenceAndSkip(500, 0));
  EXPECT_EQ(place(clock, 650, 100), SilenceAndSkip(0, 50));
  EXPECT_EQ(place(clock, 750, 100), SilenceAndSkip(0, 0));
}

TEST(FrameClock, GoesOnAfterATimestampLeapOfYears) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, 0, 100), SilenceAndSkip(0, 0));
  const std::int64_t years = 10LL * 365 * 24 * 3600 * 1000;
  EXPECT_EQ(place(clock, 100 + years, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 200 + years, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 400 + years, 100), SilenceAndSkip(100, 0)) << "the new clock counts";
}

TEST(FrameClock, SurvivesExtremeTimestamps) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, INT64_MAX, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, INT64_MIN, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, INT64_MIN + 1, 100), SilenceAndSkip(0, 0));
}

TEST(FrameClock, TakesARestartOfTheClockAsContinuation) {
  FrameClock clock(kRate);
  EXPECT_EQ(place(clock, 0, 5000), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 0, 1000), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 1000, 1000), SilenceAndSkip(0, 0));
}

TEST(FrameClock, RefusesEndlessSilence) {
  FrameClock clock(kRate);
  const std::int64_t gap = 50 * 60 * 1000;
  std::int64_t at = 0;
  bool refused = false;
  for (int i = 0; i < 6 && !refused; ++i, at += gap) {
    const auto placed = clock.place(at, 100);
    refused = !placed;
    if (refused) {
      EXPECT_EQ(placed.error().code, Errc::bad_input);
    }
  }
  EXPECT_TRUE(refused);
}

TEST(FrameClock, KeepsTimeAcrossARateChange) {
  FrameClock clock(1000);
  EXPECT_EQ(place(clock, 0, 1000), SilenceAndSkip(0, 0));
  clock.set_rate(2000);
  EXPECT_EQ(place(clock, 2000, 100), SilenceAndSkip(0, 0));
  EXPECT_EQ(place(clock, 2300, 100), SilenceAndSkip(200, 0));
}

}  // namespace
}  // namespace troupe::media
