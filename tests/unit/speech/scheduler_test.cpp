#include "speech/scheduler.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "scheduler_fixture.hpp"

namespace troupe::speech {
namespace {

TEST_F(SchedulerTest, SpeaksEveryTurnInOneCallOfTheEngine) {
  for (int i = 0; i < 7; ++i) add(i % 2 ? "A" : "B", {"turn number " + std::to_string(i)});
  ASSERT_TRUE(speak());
  EXPECT_EQ(spoken.size(), 7u);
  EXPECT_EQ(engine.synthesize_calls, 1);
  for (const auto& [index, turn] : spoken) {
    EXPECT_TRUE(turn.ok);
    EXPECT_EQ(turn.backend, "kokoro");
    EXPECT_EQ(turn.voice, index % 2 ? "clone-A" : "clone-B");
    EXPECT_EQ(turn.kind, VoiceKind::cloned);
    EXPECT_EQ(turn.attempts, 1);
    EXPECT_EQ(turn.seed, attempt_seed(0, index, 0));
  }
}

TEST_F(SchedulerTest, GivesTheSameSamplesAtAnyNumberOfWorkersAndInAnyOrderOfCompletion) {
  engine.info_.sampling = true;
  engine.max_delay_ms = 3;
  engine.fail_texts = {"turn number 3"};
  for (int i = 0; i < 9; ++i) add("A", {"turn number " + std::to_string(i), "and more"});
  ASSERT_TRUE(speak(1));
  const auto first = std::move(spoken);
  for (const int workers : {2, 8}) {
    ASSERT_TRUE(speak(workers));
    ASSERT_EQ(spoken.size(), first.size());
    for (const auto& [index, turn] : first) {
      EXPECT_TRUE(spoken[index].audio.samples == turn.audio.samples) << index;
      EXPECT_EQ(spoken[index].seed, turn.seed);
      EXPECT_EQ(spoken[index].attempts, turn.attempts);
      EXPECT_EQ(spoken[index].error, turn.error);
    }
  }
}

TEST_F(SchedulerTest, StartsTheLongestTurnsFirst) {
  add("A", {"short"});
  add("A", {"this one is much longer"});
  add("A", {"in between it"});
  std::vector<std::string> order;
  engine.before = [&](const SpeechRequest& request) -> Result<void> {
    order.push_back(request.text);
    return {};
  };
  ASSERT_TRUE(speak(1));
  EXPECT_EQ(order, (std::vector<std::string>{"this one is much longer", "in between it", "short"}));
}

TEST_F(SchedulerTest, PassesTheJobsParameters) {
  options.speed = 1.25;
  options.temperature = 0.3;
  options.exaggeration = 0.7;
  add("A", {"bonjour"});
  std::vector<SpeechRequest> seen;
  engine.before = [&](const SpeechRequest& request) -> Result<void> {
    seen.push_back(request);
    return {};
  };
  ASSERT_TRUE(speak(1));
  language = "en-gb";
  ASSERT_TRUE(speak(1));
  options.cfg_weight = 0.9;
  ASSERT_TRUE(speak(1));
  EXPECT_EQ(seen[0].speed, 1.25);
  EXPECT_EQ(seen[0].temperature, 0.3);
  EXPECT_EQ(seen[0].exaggeration, 0.7);
  EXPECT_EQ(seen[0].cfg_weight, 0.0);
  EXPECT_EQ(seen[1].cfg_weight, 0.5);
  EXPECT_EQ(seen[2].cfg_weight, 0.9);
  EXPECT_EQ(seen[1].language, "en-gb");
}

TEST_F(SchedulerTest, SeedsDifferByJobTurnAttemptAndPiece) {
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t job : {0u, 1u})
    for (int turn = 0; turn < 10; ++turn)
      for (int attempt = 0; attempt < 4; ++attempt) seeds.insert(attempt_seed(job, turn, attempt));
  EXPECT_EQ(seeds.size(), 80u);

  engine.info_.max_text_units = 8;
  add("A", {"one two three four five"});
  std::set<std::uint64_t> of_pieces;
  engine.before = [&](const SpeechRequest& request) -> Result<void> {
    of_pieces.insert(request.seed);
    return {};
  };
  ASSERT_TRUE(speak(1));
  EXPECT_EQ(of_pieces.size(), 4u);
}

TEST_F(SchedulerTest, SplitsWhatIsOverTheEnginesLimit) {
  engine.info_.max_text_units = 18;
  add("A", {"The first one is here. And a second."});
  const auto prepared = prepare();
  EXPECT_EQ(
      prepared[0].pieces,
      (std::vector<std::vector<std::string>>{{"The first one is", "here.", "And a second."}}));
  ASSERT_TRUE(speak());
  // 16 + 5 + 13 letters of 60 ms; a crossfade of 5 ms at the word, 120 ms after the sentence.
  EXPECT_EQ(spoken[0].audio.size(), ms_to_samples(34 * 60 - 5 + 120));
  EXPECT_EQ(spoken[0].natural_samples, spoken[0].audio.size());
}

TEST_F(SchedulerTest, PredictsNaturalLengthsOnlyForEnginesWithAPace) {
  add("A", {"twelve chars", "and more"});
  EXPECT_EQ(prepare()[0].natural_samples, std::nullopt);
  engine.info_.pace_min = 0.8;
  engine.info_.pace_max = 1.4;
  EXPECT_EQ(prepare()[0].natural_samples, ms_to_samples(20 * 60 + 400));
  EXPECT_EQ(prepare(8)[0].natural_samples, prepare(1)[0].natural_samples);
}

TEST_F(SchedulerTest, MeetsTheWantedLengthExactlyWithKeptPausesUntouched) {
  engine.info_.pace_min = 0.8;
  engine.info_.pace_max = 1.4;
  engine.info_.max_text_units = 20;
  add("A", {"The first one is here. And a second.", "twelve chars"});
  const std::int64_t natural = *prepare()[0].natural_samples;
  const std::int64_t pause = ms_to_samples(400);
  for (const double ratio : {0.83, 1.0, 1.37}) {
    const std::int64_t wanted = pause + std::llround(ratio * static_cast<double>(natural - pause));
    ASSERT_TRUE(speak(2, {wanted}));
    EXPECT_EQ(spoken[0].audio.size(), wanted) << ratio;
    EXPECT_EQ(spoken[0].natural_samples, natural);
    std::int64_t longest = 0, run = 0;
    for (const float sample : spoken[0].audio.samples)
      longest = std::max(longest, run = sample == 0.0f ? run + 1 : 0);
    EXPECT_GE(longest, pause);
    EXPECT_LE(longest, pause + 4) << "the silent ends of two fades";
  }
}

TEST_F(SchedulerTest, KeepsEveryPieceInsideTheEnginesPace) {
  engine.info_.pace_min = 0.8;
  engine.info_.pace_max = 1.4;
  add("A", {"twelve chars"});
  ASSERT_TRUE(speak(1, {ms_to_samples(100)}));
  EXPECT_EQ(spoken[0].audio.size(), ms_to_samples(576));  // 0.8 * 12 * 60 ms
  ASSERT_TRUE(speak(1, {ms_to_samples(9000)}));
  EXPECT_EQ(spoken[0].audio.size(), ms_to_samples(1008));  // 1.4 * 12 * 60 ms
}

TEST_F(SchedulerTest, IsSilentAndContentWhereThereIsNothingToSay) {
  add("A", {"🙂"});
  add("A", {"hello", "…"});
  ASSERT_TRUE(speak(1));
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 0);
  EXPECT_EQ(spoken[0].audio.size(), turns[0].span.length());
  EXPECT_FALSE(spoken[0].error.empty());
  EXPECT_TRUE(spoken[1].ok);
  EXPECT_EQ(spoken[1].audio.size(), ms_to_samples(5 * 60 + 400));
}

TEST_F(SchedulerTest, HasNoClickAtAnyJoin) {
  engine.info_.max_text_units = 12;
  add("A", {"One two three four five six. Seven, eight nine; ten eleven twelve.", "thirteen"});
  ASSERT_TRUE(speak());
  // The fake's tones reach 0.5 and 320 Hz: at most 0.5 * 2 * pi * 320 / 24000 = 0.042 a sample,
  // twice that where two of them cross, and the fades add 0.5 * pi / 2 / 120 = 0.0066 each.
  float previous = 0;
  for (const float sample : spoken[0].audio.samples) {
    ASSERT_LT(std::abs(sample - previous), 0.1f);
    previous = sample;
  }
  EXPECT_LT(std::abs(previous), 0.05f);
}

TEST_F(SchedulerTest, HandlesNoTurnsAtAll) {
  EXPECT_TRUE(speak());
  EXPECT_EQ(engine.synthesize_calls, 0);
}

}  // namespace
}  // namespace troupe::speech
