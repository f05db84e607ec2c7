#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "speech/chatterbox/t3_guards.hpp"
#include "speech/chatterbox/t3_sampler.hpp"

namespace troupe::speech::chatterbox {
namespace {

/// How often each of eight tokens is drawn, over an even grid of draws.
std::array<double, 8> shares(const std::vector<float>& logits, const std::vector<int>& chosen,
                             const Sampling& sampling) {
  std::array<double, 8> found{};
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    std::vector<float> own = logits;
    const auto token = sample(own, chosen, sampling, (i + 0.5) / kDraws);
    found[static_cast<std::size_t>(token)] += 1.0 / kDraws;
  }
  return found;
}

const std::vector<float> kLogits{2, -1, 0.5, 3, 2.5, -3, 1, 0};
const std::vector<float> kWithout{1, -1.5, 0, 3.5, 2, -2, 1, 0.5};

std::vector<float> guided() {
  std::vector<float> logits = kLogits;
  guide(logits, kWithout, 0.5F);
  return logits;
}

/// Expected: transformers 5.2 (RepetitionPenalty 1.2 on tokens 3, 1, 3; temperature 0.8; MinP
/// 0.05).
TEST(ChatterboxSampler, DrawsWithTheReferencesProbabilities) {
  const auto found = shares(guided(), {3, 1, 3}, {});
  const std::array<double, 8> expected{0.2938, 0, 0.0330, 0.2265, 0.4016, 0, 0.0451, 0};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(found[i], expected[i], 2e-4) << i;
}

TEST(ChatterboxSampler, KeepsTheLikeliestOfTopP) {
  const auto found = shares(guided(), {3, 1, 3}, {.top_p = 0.8F});
  const std::array<double, 8> expected{0.3187, 0, 0, 0.2456, 0.4356, 0, 0, 0};
  for (std::size_t i = 0; i < 8; ++i) EXPECT_NEAR(found[i], expected[i], 2e-4) << i;
}

TEST(ChatterboxSampler, PenalisesATokenOnceHoweverOftenItWasChosen) {
  const auto once = shares(guided(), {3}, {}), often = shares(guided(), {3, 3, 3, 3}, {});
  EXPECT_EQ(once, often);
}

TEST(ChatterboxSampler, WithoutTemperatureTakesTheLikeliest) {
  for (double u : {0.0, 0.5, 0.999}) {
    std::vector<float> logits = kLogits;
    EXPECT_EQ(sample(logits, {}, {.temperature = 0}, u), 3);
  }
}

std::vector<std::int32_t> pattern(std::size_t count, std::int32_t period) {
  std::vector<std::int32_t> tokens;
  for (std::size_t i = 0; i < count; ++i)
    tokens.push_back(100 + static_cast<std::int32_t>(i) % period);
  return tokens;
}

TEST(ChatterboxGuards, FindLoopsOfEveryPeriod) {
  for (std::int32_t period : {1, 2, 7, 13, 64}) {
    auto tokens = pattern(20, 20);  // begins well
    EXPECT_FALSE(repeats(tokens));
    const auto loop =
        pattern(std::max<std::size_t>(32, 3 * static_cast<std::size_t>(period)), period);
    tokens.insert(tokens.end(), loop.begin(), loop.end());
    EXPECT_TRUE(repeats(tokens)) << period;
    tokens.back() = 1;
    EXPECT_FALSE(repeats(tokens)) << period;
  }
}

TEST(ChatterboxGuards, AShortSilenceIsNoLoop) {
  EXPECT_FALSE(repeats(pattern(31, 1)));
  EXPECT_TRUE(repeats(pattern(32, 1)));
}

TEST(ChatterboxGuards, TheCapGrowsWithTheText) {
  EXPECT_EQ(token_cap(1), 75);
  EXPECT_EQ(token_cap(40), 200);
  EXPECT_EQ(token_cap(5000), 1000);
}

TEST(ChatterboxGuards, NameTheFault) {
  EXPECT_FALSE(fault(pattern(50, 50), 20, true));
  EXPECT_EQ(fault(pattern(50, 50), 20, false), "the speech has no end after 2.0 s of speech");
  EXPECT_EQ(fault(pattern(50, 2), 20, true), "the speech repeats itself after 2.0 s of speech");
  EXPECT_EQ(fault(pattern(4, 4), 20, true), "0.1 s of speech for 20 text tokens");
  EXPECT_TRUE(fault({}, 1, true));
}

}  // namespace
}  // namespace troupe::speech::chatterbox
