#include <gtest/gtest.h>

#include <atomic>
#include <cmath>

#include "speech/chatterbox/flow.hpp"

namespace troupe::speech::chatterbox {
namespace {

/// velocity = mu + 3 cond - x: a linear field whose solution is known.
class LinearField : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors& inputs) const override {
    ++runs;
    const auto& x = inputs.at("x");
    std::vector<float> out(x.floats()->size());
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] =
          (*inputs.at("mu").floats())[i] + 3 * (*inputs.at("cond").floats())[i] - (*x.floats())[i];
    return nn::Tensors{{"velocity", {x.shape, std::move(out)}}};
  }
  mutable std::atomic<int> runs{0};
};

class WrongField : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors&) const override {
    return nn::Tensors{{"velocity", {{1}, std::vector<float>{0}}}};
  }
};

FlowConditions conditions(std::size_t frames) {
  return {std::vector<float>(frames * kMelBins, 1), std::vector<float>(frames * kMelBins, 2),
          std::vector<float>(kMelBins, 0)};
}

TEST(ChatterboxFlow, ScheduleIsACosineFromZeroToOne) {
  const auto times = cosine_schedule(10);
  ASSERT_EQ(times.size(), 11u);
  EXPECT_EQ(times.front(), 0);
  EXPECT_FLOAT_EQ(times.back(), 1);
  EXPECT_FLOAT_EQ(times[5], 1 - std::sqrt(0.5f));
  EXPECT_LT(times[1] - times[0], times[10] - times[9]);
}

TEST(ChatterboxFlow, TimeFeaturesAreSinesThenCosinesOfAThousandTimesT) {
  const auto features = time_features(0.25f);
  ASSERT_EQ(features.size(), 320u);
  EXPECT_NEAR(features[0], std::sin(250.0), 1e-6);
  EXPECT_NEAR(features[160], std::cos(250.0), 1e-6);
  EXPECT_NEAR(features[159], std::sin(250.0 / 10000), 1e-6);
}

// The steps by hand: both rows see the same x, so v = f(x, given) + 0.7 (f(x, given) - f(x, none)).
TEST(ChatterboxFlow, GuidesAwayFromTheUnconditionedRow) {
  const LinearField field;
  const auto solved = solve_flow(field, conditions(3), std::vector<float>(3 * kMelBins, 5), {});
  ASSERT_TRUE(solved) << solved.error().message;
  float x = 5;
  const auto times = cosine_schedule(10);
  for (std::size_t k = 0; k < 10; ++k) x += (times[k + 1] - times[k]) * (7 - x + 0.7f * 7);
  for (const float value : *solved) EXPECT_NEAR(value, x, 1e-5);
  EXPECT_EQ(field.runs, 20);
}

TEST(ChatterboxFlow, ReusedGuidanceCostsFewerRunsAndIsExactWhereItIsConstant) {
  const LinearField field;  // its two rows always differ by 7
  const std::vector<float> noise(2 * kMelBins, -1);
  const auto full = solve_flow(field, conditions(2), noise, {.steps = 6});
  EXPECT_EQ(field.runs, 12);
  const auto reused = solve_flow(field, conditions(2), noise, {.steps = 6, .guidance_every = 2});
  EXPECT_EQ(field.runs, 12 + 9);
  ASSERT_TRUE(full && reused);
  for (std::size_t i = 0; i < full->size(); ++i) EXPECT_NEAR((*full)[i], (*reused)[i], 1e-5);
}

TEST(ChatterboxFlow, RowsAtOnceGiveTheSameAsOneAfterTheOther) {
  const LinearField field;
  std::vector<float> noise(4 * kMelBins);
  for (std::size_t i = 0; i < noise.size(); ++i) noise[i] = std::sin(static_cast<float>(i));
  const auto one = solve_flow(field, conditions(4), noise, {.workers = 1});
  const auto two = solve_flow(field, conditions(4), noise, {.workers = 2});
  const std::atomic<int> running{2};
  const auto shared = solve_flow(field, conditions(4), noise, {.workers = 2, .running = &running});
  ASSERT_TRUE(one && two && shared);
  EXPECT_EQ(*one, *two);
  EXPECT_EQ(*one, *shared);
}

TEST(ChatterboxFlow, StopsBetweenSteps) {
  const LinearField field;
  std::stop_source stop;
  stop.request_stop();
  const auto solved =
      solve_flow(field, conditions(1), std::vector<float>(kMelBins), {.stop = stop.get_token()});
  ASSERT_FALSE(solved);
  EXPECT_EQ(solved.error().code, Errc::cancelled);
  EXPECT_EQ(field.runs, 0);
}

TEST(ChatterboxFlow, AGraphOfAnotherShapeIsAnError) {
  const auto solved = solve_flow(WrongField(), conditions(1), std::vector<float>(kMelBins), {});
  ASSERT_FALSE(solved);
  EXPECT_EQ(solved.error().code, Errc::missing_model);
}

}  // namespace
}  // namespace troupe::speech::chatterbox
