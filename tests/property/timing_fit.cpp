#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>

#include "timing/fit.hpp"

namespace troupe::timing {
namespace {

/// Turns by start with gaps of -10 .. 5 s, so that some lie inside others, and spans of 50 ms .. 20
/// s, at odd sample positions.
std::vector<Turn> any_turns() {
  const auto count = *rc::gen::inRange<std::size_t>(1, 40);
  std::vector<Turn> turns(count);
  std::int64_t at = *rc::gen::inRange<std::int64_t>(0, 100000);
  for (Turn& turn : turns) {
    const auto length = *rc::gen::inRange<std::int64_t>(1200, 480000);
    turn.span = {at, at + length};
    const auto gap = *rc::gen::inRange<std::int64_t>(-240000, 120000);
    at = std::max(at, at + length + gap);
  }
  return turns;
}

struct Case {
  Plan plan;
  std::vector<std::int64_t> spoken, pauses;
  Options options;
  std::vector<Placement> placed;
};

Case any_case(Layout layout) {
  const std::vector<Turn> turns = any_turns();
  std::int64_t source = 0;
  for (const Turn& turn : turns) source = std::max(source, turn.span.end);
  Case made;
  made.options.fit_tolerance_percent = *rc::gen::inRange(0, 50);
  made.plan = plan_layout(turns, layout, source, made.options);
  for (const Slot& slot : made.plan.slots) {
    const auto percent = *rc::gen::inRange<std::int64_t>(20, 250);
    made.spoken.push_back(slot.target * percent / 100);
  }
  made.pauses.resize(made.spoken.size());
  for (std::size_t i = 0; i < made.spoken.size(); ++i)
    made.pauses[i] = made.spoken[i] * *rc::gen::inRange(0, 50) / 100;
  made.placed = fit_turns(made.plan, made.spoken, made.pauses, made.options);
  return made;
}

std::int64_t end_of(const Placement& placement) { return placement.start + placement.length; }

RC_GTEST_PROP(TimingConcat, TurnsNeverOverlapAndNeverStartEarly, ()) {
  const Case c = any_case(Layout::concat);
  for (std::size_t i = 0; i < c.placed.size(); ++i) {
    RC_ASSERT(c.placed[i].start >= c.plan.slots[i].start);
    if (i > 0) RC_ASSERT(c.placed[i].start >= end_of(c.placed[i - 1]));
  }
}

RC_GTEST_PROP(TimingConcat, StartsAreThePlansUntilAnOverflow, ()) {
  const Case c = any_case(Layout::concat);
  for (std::size_t i = 0; i < c.placed.size(); ++i) {
    RC_ASSERT(c.placed[i].start == c.plan.slots[i].start);
    if (c.placed[i].overflow > 0) break;
  }
}

RC_GTEST_PROP(TimingConcat, GapsKeep100MsOrTheirOwnSize, ()) {
  const Case c = any_case(Layout::concat);
  for (std::size_t i = 1; i < c.placed.size(); ++i) {
    const std::int64_t least = std::min(c.plan.slots[i - 1].gap_after, ms_to_samples(100));
    RC_ASSERT(c.placed[i].start - end_of(c.placed[i - 1]) >= least);
  }
}

RC_GTEST_PROP(TimingConcat, LatenessIsNeverMoreThanTheExcessSoFar, ()) {
  const Case c = any_case(Layout::concat);
  std::int64_t excess = 0;
  for (std::size_t i = 0; i < c.placed.size(); ++i) {
    RC_ASSERT(c.placed[i].start - c.plan.slots[i].start <= excess);
    excess += std::max<std::int64_t>(0, c.placed[i].length - c.plan.slots[i].target);
  }
  const std::int64_t late = end_of(c.placed.back()) - c.plan.expected;
  RC_ASSERT(late <= excess);
}

RC_GTEST_PROP(TimingConcat, InventsNoSilence, ()) {
  const std::vector<Turn> turns = any_turns();
  const Plan plan = plan_layout(turns, Layout::concat, 0, Options{});
  std::int64_t latest_end = 0;
  for (std::size_t i = 0; i + 1 < turns.size(); ++i) {
    latest_end = std::max(latest_end, turns[i].span.end);
    const std::int64_t silence = turns[i + 1].span.begin - latest_end;
    RC_ASSERT(plan.slots[i].gap_after <= std::max<std::int64_t>(0, silence));
  }
}

RC_GTEST_PROP(TimingTimeline, StartsAreAlwaysThePlans, ()) {
  const Case c = any_case(Layout::timeline);
  for (std::size_t i = 0; i < c.placed.size(); ++i)
    RC_ASSERT(c.placed[i].start == c.plan.slots[i].start);
}

RC_GTEST_PROP(TimingFit, LengthsStayWithinTheLegalStretch, ()) {
  const Case c = any_case(*rc::gen::element(Layout::concat, Layout::timeline));
  for (const Placement& placed : c.placed) {
    RC_ASSERT(placed.length * 5 >= placed.spoken * 4);
    RC_ASSERT(placed.length * 4 <= placed.spoken * 5);
  }
}

RC_GTEST_PROP(TimingFit, NothingInsideTheToleranceIsStretched, ()) {
  const Case c = any_case(*rc::gen::element(Layout::concat, Layout::timeline));
  for (std::size_t i = 0; i < c.placed.size(); ++i) {
    const std::int64_t target = c.plan.slots[i].target;
    const double percent =
        100.0 * static_cast<double>(std::abs(c.spoken[i] - target)) / static_cast<double>(target);
    // What the last turn of a concat misses is the track's drift: it is fitted all the same.
    const bool last = c.plan.layout == Layout::concat && i + 1 == c.placed.size();
    if (!last && percent < c.options.fit_tolerance_percent - 1e-9)
      RC_ASSERT(c.placed[i].length == c.spoken[i]);
  }
}

RC_GTEST_PROP(TimingFit, AStretchNeverMovesAwayFromTheTarget, ()) {
  const Case c = any_case(*rc::gen::element(Layout::concat, Layout::timeline));
  for (std::size_t i = 0; i < c.placed.size(); ++i) {
    const std::int64_t target = c.plan.slots[i].target;
    const auto [low, high] = std::minmax(c.spoken[i], target);
    RC_ASSERT(c.placed[i].length >= low);
    RC_ASSERT(c.placed[i].length <= high);
  }
}

RC_GTEST_PROP(TimingFit, WithoutFitNothingIsStretched, ()) {
  Case c = any_case(*rc::gen::element(Layout::concat, Layout::timeline));
  c.options.fit = false;
  for (const Placement& placed : fit_turns(c.plan, c.spoken, c.pauses, c.options))
    RC_ASSERT(placed.length == placed.spoken);
}

RC_GTEST_PROP(TimingPace, RequestsStayInTheEnginesRangeAndMissesStaySmall, ()) {
  const Case c = any_case(Layout::concat);
  const PaceRange pace{0.8, 1.4};
  std::vector<std::optional<std::int64_t>> natural;
  std::vector<std::int64_t> pauses;
  for (const std::int64_t spoken : c.spoken) {
    natural.emplace_back(spoken);
    pauses.push_back(spoken * *rc::gen::inRange<std::int64_t>(0, 60) / 100);
  }
  const auto lengths = choose_lengths(c.plan, natural, pauses, pace, c.options);
  std::int64_t left = 0, targets = 0;
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    const std::int64_t target = c.plan.slots[i].target;
    targets += target;
    if (!lengths[i]) {
      left += std::abs(*natural[i] - target);
      continue;
    }
    const double own = static_cast<double>(*natural[i] - pauses[i]);
    const double ratio = static_cast<double>(*lengths[i] - pauses[i]) / own;
    RC_ASSERT(ratio >= pace.min);
    RC_ASSERT(ratio <= pace.max);
  }
  RC_ASSERT(static_cast<double>(left) <= 0.02 * static_cast<double>(targets));
}

}  // namespace
}  // namespace troupe::timing
