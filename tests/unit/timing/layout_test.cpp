#include "timing/layout.hpp"

#include <gtest/gtest.h>

namespace troupe::timing {
namespace {

Turn turn(std::int64_t begin_ms, std::int64_t end_ms) {
  Turn made;
  made.span = {ms_to_samples(begin_ms), ms_to_samples(end_ms)};
  return made;
}

Plan plan(const std::vector<Turn>& turns, Layout layout, std::int64_t source_ms = 20000) {
  return plan_layout(turns, layout, ms_to_samples(source_ms), Options{});
}

TEST(ConcatLayout, StartsAtZeroAndKeepsSpansAndGaps) {
  const Plan made = plan({turn(700, 2700), turn(3200, 4200), turn(4300, 6000)}, Layout::concat);
  ASSERT_EQ(made.slots.size(), 3u);
  EXPECT_EQ(made.slots[0].start, 0);
  EXPECT_EQ(made.slots[0].target, ms_to_samples(2000));
  EXPECT_EQ(made.slots[0].gap_after, ms_to_samples(500));
  EXPECT_EQ(made.slots[1].start, ms_to_samples(2500));
  EXPECT_EQ(made.slots[1].gap_after, ms_to_samples(100));
  EXPECT_EQ(made.slots[2].start, ms_to_samples(3600));
  EXPECT_EQ(made.slots[2].gap_after, 0);
  EXPECT_EQ(made.expected, ms_to_samples(5300));
}

TEST(ConcatLayout, GapBelowTheMinimumCountsAsNothing) {
  const Plan made = plan({turn(0, 1000), turn(1099, 2000)}, Layout::concat);
  EXPECT_EQ(made.slots[0].gap_after, 0);
  EXPECT_EQ(made.slots[1].start, ms_to_samples(1000));
}

TEST(ConcatLayout, LongGapIsCapped) {
  const Plan made = plan({turn(0, 1000), turn(9000, 10000)}, Layout::concat);
  EXPECT_EQ(made.slots[0].gap_after, ms_to_samples(3000));
  EXPECT_EQ(made.expected, ms_to_samples(5000));
}

TEST(ConcatLayout, OverlappingTurnsFollowEachOtherWithoutGap) {
  const Plan made = plan({turn(0, 3000), turn(2000, 2500), turn(4000, 5000)}, Layout::concat);
  EXPECT_EQ(made.slots[1].start, ms_to_samples(3000));
  EXPECT_EQ(made.slots[0].gap_after, 0);
  EXPECT_EQ(made.slots[1].gap_after, ms_to_samples(1000));
}

TEST(ConcatLayout, GapCountsFromTheLatestEndNotFromAnAsideThatEndedBefore) {
  const Plan made = plan({turn(0, 3000), turn(500, 1000), turn(3200, 4000)}, Layout::concat);
  EXPECT_EQ(made.slots[0].gap_after, 0);
  EXPECT_EQ(made.slots[1].gap_after, ms_to_samples(200));
  EXPECT_EQ(made.slots[2].start, ms_to_samples(3000 + 500 + 200));
}

TEST(ConcatLayout, OfNothingIsEmpty) {
  const Plan made = plan({}, Layout::concat);
  EXPECT_TRUE(made.slots.empty());
  EXPECT_EQ(made.expected, 0);
}

TEST(TimelineLayout, KeepsOriginalStartsAndTheSourceLength) {
  const Plan made = plan({turn(700, 2700), turn(3200, 4200)}, Layout::timeline);
  EXPECT_EQ(made.slots[0].start, ms_to_samples(700));
  EXPECT_EQ(made.slots[0].gap_after, ms_to_samples(500));
  EXPECT_EQ(made.slots[1].start, ms_to_samples(3200));
  EXPECT_EQ(made.slots[1].gap_after, ms_to_samples(20000 - 4200));
  EXPECT_EQ(made.expected, ms_to_samples(20000));
}

TEST(TimelineLayout, TurnEndingWhileAnotherSpeaksHasNoGap) {
  const Plan made = plan({turn(0, 3000), turn(2000, 4000), turn(6000, 7000)}, Layout::timeline);
  EXPECT_EQ(made.slots[0].gap_after, 0);
  EXPECT_EQ(made.slots[1].gap_after, ms_to_samples(2000));
}

TEST(TimelineLayout, TurnInsideAnotherHasNoGapAndTakesNoneFromTheOuter) {
  const Plan made = plan({turn(0, 3000), turn(1000, 1500), turn(5000, 6000)}, Layout::timeline);
  EXPECT_EQ(made.slots[1].gap_after, 0);
  EXPECT_EQ(made.slots[0].gap_after, ms_to_samples(2000));
}

TEST(TimelineLayout, TurnPastTheSourcesEndHasNoGap) {
  const Plan made = plan({turn(0, 3000)}, Layout::timeline, 2900);
  EXPECT_EQ(made.slots[0].gap_after, 0);
}

}  // namespace
}  // namespace troupe::timing
