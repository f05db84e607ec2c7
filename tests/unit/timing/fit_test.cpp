#include "timing/fit.hpp"

#include <gtest/gtest.h>

namespace troupe::timing {
namespace {

constexpr std::int64_t ms(std::int64_t value) { return ms_to_samples(value); }

/// Slots of the given targets and gaps, back to back.
Plan plan_of(Layout layout, const std::vector<std::pair<std::int64_t, std::int64_t>>& ms_pairs) {
  Plan plan{.layout = layout, .slots = {}, .expected = 0};
  std::int64_t at = 0;
  for (const auto& [target, gap] : ms_pairs) {
    plan.slots.push_back({at, ms(target), ms(gap)});
    plan.expected = at + ms(target);
    at = plan.expected + ms(gap);
  }
  return plan;
}

Options without_fit() {
  Options options;
  options.fit = false;
  return options;
}

std::vector<Placement> fit(const Plan& plan, const std::vector<std::int64_t>& spoken_ms,
                           const Options& options = {}) {
  std::vector<std::int64_t> spoken;
  for (std::int64_t value : spoken_ms) spoken.push_back(ms(value));
  return fit_turns(plan, spoken, std::vector<std::int64_t>(spoken.size()), options);
}

TEST(FitTurns, InsideToleranceIsLeftAlone) {
  const Plan plan = plan_of(Layout::concat, {{1000, 500}, {1000, 500}, {1000, 0}});
  const auto placed = fit(plan, {1100, 900, 1000});
  for (std::size_t i = 0; i < placed.size(); ++i) {
    EXPECT_EQ(placed[i].length, placed[i].spoken);
    EXPECT_EQ(placed[i].start, plan.slots[i].start);
    EXPECT_EQ(placed[i].overflow, 0);
  }
}

TEST(FitTurns, TooLongBorrowsSilenceBeforeItIsStretched) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 1000}, {1000, 0}}), {1400, 1000});
  EXPECT_EQ(placed[0].length, ms(1400));
  EXPECT_EQ(placed[0].overflow, 0);
  EXPECT_EQ(placed[1].start, ms(2000));
}

TEST(FitTurns, TooLongIsShortenedOnlyToWhatBorrowingLeaves) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 400}, {1000, 0}}), {1300, 1000});
  EXPECT_EQ(placed[0].length, ms(1200));
  EXPECT_EQ(placed[0].overflow, 0);
}

TEST(FitTurns, ShorteningStopsAtFourFifthsAndTheRestIsOverflow) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 400}, {1000, 0}}), {2000, 1000});
  EXPECT_EQ(placed[0].length, ms(1600));
  EXPECT_EQ(placed[0].overflow, ms(400));  // 1600 - (1000 + half of 400)
}

TEST(FitTurns, TooShortIsLengthenedToTheTargetOrFiveFourths) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 400}, {1000, 0}}), {850, 500});
  EXPECT_EQ(placed[0].length, ms(1000));
  EXPECT_EQ(placed[1].length, ms(625));
}

TEST(FitTurns, RoundsTowardsTheLegalRatio) {
  Plan plan{.layout = Layout::concat, .slots = {{0, 10, 0}, {10, 100, 0}}, .expected = 110};
  const std::vector<std::int64_t> spoken = {33, 61};
  const auto placed = fit_turns(plan, spoken, std::vector<std::int64_t>(2), Options{});
  EXPECT_EQ(placed[0].length, 27);  // ceil(0.8 * 33)
  EXPECT_EQ(placed[1].length, 76);  // floor(1.25 * 61)
}

TEST(FitTurns, KeptPausesAreNotScaled) {
  const Plan plan = plan_of(Layout::concat, {{1000, 0}});
  const std::vector<std::int64_t> spoken = {ms(2000)}, pauses = {ms(500)};
  EXPECT_EQ(fit_turns(plan, spoken, pauses, Options{})[0].length, ms(500 + 1200));  // 0.8 * 1500
}

TEST(FitTurns, AfterAnOverflowSilencesGiveTheTimeBack) {
  // The first turn ends at 1600; gaps of 400 shrink to 100 until the plan is met again.
  const Plan plan = plan_of(Layout::concat, {{1000, 400}, {1000, 400}, {1000, 400}, {1000, 0}});
  const auto placed = fit(plan, {2000, 1000, 1000, 1000});
  EXPECT_EQ(placed[1].start, ms(1700));
  EXPECT_EQ(placed[2].start, ms(2800));  // planned
  EXPECT_EQ(placed[3].start, ms(4200));  // planned
}

TEST(FitTurns, GapUnderTheLeastDoesNotShrinkOrGrow) {
  Plan plan = plan_of(Layout::concat, {{1000, 60}, {1000, 60}, {1000, 0}});
  const auto placed = fit(plan, {2000, 1000, 1000});
  EXPECT_EQ(placed[1].start, ms(1660));
  EXPECT_EQ(placed[2].start, ms(2720));
}

TEST(FitTurns, ToleranceExcessNeverCollides) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 0}, {1000, 0}}), {1080, 1000});
  EXPECT_EQ(placed[0].length, ms(1080));
  EXPECT_EQ(placed[0].overflow, ms(80));
  EXPECT_EQ(placed[1].start, ms(1080));
}

TEST(FitTurns, TimelineKeepsEveryStartAndReportsOverflow) {
  const Plan plan = plan_of(Layout::timeline, {{1000, 400}, {1000, 0}});
  const auto placed = fit(plan, {3000, 1000});
  EXPECT_EQ(placed[0].length, ms(2400));
  EXPECT_EQ(placed[0].overflow, ms(1200));
  EXPECT_EQ(placed[1].start, ms(1400));
  EXPECT_EQ(placed[1].overflow, 0);
}

TEST(FitTurns, WithoutFitNothingIsStretchedAndConcatStillWaits) {
  const auto placed =
      fit(plan_of(Layout::concat, {{1000, 400}, {1000, 0}}), {2000, 400}, without_fit());
  EXPECT_EQ(placed[0].length, ms(2000));
  EXPECT_EQ(placed[1].length, ms(400));
  EXPECT_EQ(placed[1].start, ms(2100));
}

TEST(FitTurns, TurnWithoutAudioStaysEmpty) {
  const auto placed = fit(plan_of(Layout::concat, {{1000, 400}, {1000, 0}}), {0, 1000});
  EXPECT_EQ(placed[0].length, 0);
  EXPECT_EQ(placed[1].start, ms(1400));
}

TEST(Borrowable, IsHalfTheGapButLeaves100Ms) {
  EXPECT_EQ(borrowable(ms(1000)), ms(500));
  EXPECT_EQ(borrowable(ms(150)), ms(50));
  EXPECT_EQ(borrowable(ms(80)), 0);
  EXPECT_EQ(borrowable(0), 0);
}

const PaceRange kKokoro{0.8, 1.4};
using Natural = std::vector<std::optional<std::int64_t>>;

TEST(ChooseLengths, AsksForTheTargetInsideTheEnginesRange) {
  const Plan plan = plan_of(Layout::concat, {{1000, 0}, {1000, 0}, {1000, 0}});
  const std::vector<std::int64_t> pauses = {0, 0, 0};
  const auto lengths =
      choose_lengths(plan, Natural{ms(900), ms(2000), ms(500)}, pauses, kKokoro, {});
  EXPECT_EQ(lengths[0], ms(1000));
  EXPECT_EQ(lengths[1], ms(1600));
  EXPECT_EQ(lengths[2], ms(700));
}

TEST(ChooseLengths, NeverScalesPauses) {
  const Plan plan = plan_of(Layout::concat, {{1000, 0}});
  const std::vector<std::int64_t> pauses = {ms(400)};
  const auto lengths = choose_lengths(plan, Natural{ms(1900)}, pauses, kKokoro, {});
  EXPECT_EQ(lengths[0], ms(400 + 1200));  // 0.8 of the 1500 that are speech
}

TEST(ChooseLengths, LeavesASmallMissButNotManyOfThem) {
  std::vector<std::pair<std::int64_t, std::int64_t>> slots(10, {1000, 400});
  Natural natural(10, ms(1000));
  natural[5] = ms(1050);  // 50 of 6000 so far: left
  natural[6] = ms(1050);  // 100 of 7000: left
  natural[7] = ms(1070);  // 170 of 8000: over 2 %
  const std::vector<std::int64_t> pauses(10, 0);
  const auto lengths = choose_lengths(plan_of(Layout::concat, slots), natural, pauses, kKokoro, {});
  EXPECT_FALSE(lengths[5].has_value());
  EXPECT_FALSE(lengths[6].has_value());
  EXPECT_EQ(lengths[7], ms(1000));
  EXPECT_FALSE(lengths[8].has_value());
}

TEST(ChooseLengths, AMissThatWouldDelayTheNextTurnIsNotLeft) {
  const Plan plan = plan_of(Layout::concat, {{9000, 400}, {9000, 150}, {9000, 400}});
  const Natural natural = {ms(9000), ms(9100), ms(9000)};  // 50 ms may be borrowed
  const auto lengths = choose_lengths(plan, natural, std::vector<std::int64_t>(3), kKokoro, {});
  EXPECT_EQ(lengths[1], ms(9000));
}

TEST(ChooseLengths, LastTurnIsHeldToTheExpectedLength) {
  std::vector<std::pair<std::int64_t, std::int64_t>> slots(10, {1000, 0});
  Natural natural(10, ms(1000));
  natural[9] = ms(1080);  // 0.8 % of the whole
  const std::vector<std::int64_t> pauses(10, 0);
  const auto lengths = choose_lengths(plan_of(Layout::concat, slots), natural, pauses, kKokoro, {});
  EXPECT_EQ(lengths[9], ms(1000));
}

TEST(ChooseLengths, NothingIsAskedWithoutPaceFitOrPrediction) {
  const Plan plan = plan_of(Layout::concat, {{1000, 0}});
  const std::vector<std::int64_t> pauses = {0};
  EXPECT_FALSE(choose_lengths(plan, Natural{ms(1500)}, pauses, {}, {})[0]);
  EXPECT_FALSE(choose_lengths(plan, Natural{ms(1500)}, pauses, kKokoro, without_fit())[0]);
  EXPECT_FALSE(choose_lengths(plan, Natural{std::nullopt}, pauses, kKokoro, {})[0]);
}

}  // namespace
}  // namespace troupe::timing
