// What follows when a turn fails (spec S5, S6), and cancelling.
#include <gtest/gtest.h>

#include "scheduler_fixture.hpp"

namespace troupe::speech {
namespace {

TEST_F(SchedulerTest, ASamplingEngineTriesTwiceMoreWithDerivedSeeds) {
  engine.info_.sampling = true;
  engine.fail_calls = {0, 2};
  add("A", {"a longer turn"});
  add("B", {"fine"});
  ASSERT_TRUE(speak(1));
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 3);
  EXPECT_EQ(spoken[0].seed, attempt_seed(0, 0, 2));
  EXPECT_EQ(spoken[0].kind, VoiceKind::cloned);
  EXPECT_EQ(spoken[0].error, "kokoro: failed on request");
  EXPECT_EQ(spoken[1].attempts, 1);
}

TEST_F(SchedulerTest, ADeterministicEngineDoesNotRepeatItself) {
  engine.fail_voices = {"clone-A"};
  add("A", {"hello"});
  ASSERT_TRUE(speak());
  EXPECT_EQ(engine.requests, 2u);
  EXPECT_EQ(spoken[0].attempts, 2);
}

TEST_F(SchedulerTest, TheGenericVoiceOfTheBackendFollows) {
  engine.info_.sampling = true;
  engine.fail_voices = {"clone-A"};
  add("A", {"hello"});
  add("B", {"hello again"});
  ASSERT_TRUE(speak());
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 4);
  EXPECT_EQ(spoken[0].voice, "preset-A");
  EXPECT_EQ(spoken[0].kind, VoiceKind::generic);
  EXPECT_EQ(spoken[0].backend, "kokoro");
  EXPECT_EQ(spoken[1].voice, "clone-B");
  EXPECT_EQ(other.requests, 0u);
}

TEST_F(SchedulerTest, TheGenericVoiceIsNotTriedTwice) {
  engine.fail_voices = {"preset-A"};
  add("A", {"hello"});
  voices["A"].voice = voices["A"].generic;
  ASSERT_TRUE(speak());
  EXPECT_EQ(engine.requests, 1u);
  EXPECT_FALSE(spoken[0].ok);
}

TEST_F(SchedulerTest, TheGenericVoiceKeepsTheWantedLength) {
  engine.info_.pace_min = 0.8;
  engine.info_.pace_max = 1.4;
  engine.fail_voices = {"clone-A"};
  add("A", {"twelve chars"});
  ASSERT_TRUE(speak(1, {ms_to_samples(800)}));
  EXPECT_EQ(spoken[0].voice, "preset-A");
  EXPECT_EQ(spoken[0].audio.size(), ms_to_samples(800));
}

TEST_F(SchedulerTest, SilenceOfTheTargetsLengthIsLast) {
  engine.fail_texts = {"hello"};
  add("A", {"hello"});
  add("A", {"fine"});
  add("A", {"hello"});
  ASSERT_TRUE(speak(2, {ms_to_samples(700)}));
  EXPECT_FALSE(spoken[0].ok);
  EXPECT_EQ(spoken[0].audio.samples, std::vector<float>(ms_to_samples(700), 0.0f));
  EXPECT_EQ(spoken[0].error, "kokoro: failed on request");
  EXPECT_EQ(spoken[0].backend, "");
  EXPECT_EQ(spoken[0].attempts, 2);
  EXPECT_TRUE(spoken[1].ok);
  EXPECT_EQ(spoken[2].audio.size(), turns[2].span.length());
  EXPECT_EQ(other.requests, 0u) << "espeak only where no model can read the text";
}

TEST_F(SchedulerTest, TheLastResortSpeaksWhatThePrimaryCannotRead) {
  engine.unreadable = {"ж"};
  other.info_.max_text_units = 10;
  add("A", {"жжж and more of it"});
  add("B", {"ж"});
  add("A", {"fine"});
  const auto prepared = prepare();
  EXPECT_FALSE(prepared[0].unsupported.empty());
  EXPECT_TRUE(prepared[2].unsupported.empty());
  ASSERT_TRUE(speak());
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].backend, "espeak");
  EXPECT_EQ(spoken[0].kind, VoiceKind::generic);
  EXPECT_NE(spoken[0].error.find("cannot read"), std::string::npos);
  EXPECT_NE(spoken[0].voice, spoken[1].voice) << "another one for each speaker";
  EXPECT_EQ(spoken[2].backend, "kokoro");
  EXPECT_EQ(engine.requests, 1u);
}

TEST_F(SchedulerTest, UnsupportedFoundWhileSpeakingGoesToTheLastResortAsWell) {
  engine.before = [](const SpeechRequest&) -> Result<void> {
    return fail(Errc::unsupported, "no phonemes");
  };
  add("A", {"hello"});
  ASSERT_TRUE(speak());
  EXPECT_EQ(spoken[0].backend, "espeak");
  EXPECT_EQ(spoken[0].attempts, 2);
}

TEST_F(SchedulerTest, WithoutALastResortTheUnreadableFails) {
  last_resort = nullptr;
  engine.unreadable = {"ж"};
  add("A", {"ж"});
  ASSERT_TRUE(speak());
  EXPECT_FALSE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 0);
}

TEST_F(SchedulerTest, ASpeakerWithoutAVoiceGetsTheGenericOne) {
  add("A", {"hello"});
  voices["A"].voice = nullptr;
  ASSERT_TRUE(speak());
  EXPECT_EQ(spoken[0].voice, "preset-A");
  voices.clear();
  ASSERT_TRUE(speak());
  EXPECT_FALSE(spoken[0].ok);
  EXPECT_NE(spoken[0].error.find("'A'"), std::string::npos);
}

TEST_F(SchedulerTest, AnAbsurdDurationOfASamplingEngineIsTriedAgain) {
  engine.info_.sampling = true;
  engine.absurd_length = 60 * kSampleRateHz;
  engine.absurd_calls = {0};
  add("A", {"twelve chars"});
  ASSERT_TRUE(speak());
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 2);
  EXPECT_EQ(spoken[0].audio.size(), ms_to_samples(720));
}

TEST_F(SchedulerTest, EmptyAudioIsAFailure) {
  engine.absurd_length = 0;
  engine.absurd_calls = {0};
  add("A", {"hello"});
  ASSERT_TRUE(speak());
  EXPECT_EQ(spoken[0].attempts, 2);
  EXPECT_EQ(spoken[0].voice, "preset-A");
}

TEST_F(SchedulerTest, AnExceptionFailsOnlyTheTurnThatThrows) {
  engine.throw_texts = {"poison"};
  add("A", {"hello"});
  add("B", {"poison"});
  add("C", {"good bye"});
  ASSERT_TRUE(speak());
  EXPECT_TRUE(spoken[0].ok);
  EXPECT_EQ(spoken[0].attempts, 1);
  EXPECT_TRUE(spoken[2].ok);
  EXPECT_FALSE(spoken[1].ok);
  EXPECT_NE(spoken[1].error.find("fake engine threw"), std::string::npos);
}

TEST_F(SchedulerTest, EveryRungLeavesALineInTheLog) {
  engine.fail_voices = {"clone-A"};
  add("A", {"hello"});
  ASSERT_TRUE(speak());
  ASSERT_EQ(log.warnings().size(), 1u);
  EXPECT_NE(log.warnings()[0].find("turn 0: attempt 1 of kokoro failed"), std::string::npos);
}

TEST_F(SchedulerTest, CancelledBeforeItStartsSpeaksNothing) {
  add("A", {"hello"});
  const auto prepared = prepare();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(scheduler(2).prepare(turns, voices, stop.get_token()).error().code, Errc::cancelled);
  const Lengths lengths(1);
  const auto result = scheduler(2).speak(prepared, lengths, voices, stop.get_token(),
                                         [](SpokenTurn&&) -> Result<void> { return {}; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::cancelled);
  EXPECT_EQ(engine.requests, 0u);
}

TEST_F(SchedulerTest, CancelledOnTheWaySpeaksNoFurtherTurn) {
  for (int i = 0; i < 20; ++i) add("A", {"hello"});
  std::stop_source stop;
  std::atomic<int> started{0};
  engine.before = [&](const SpeechRequest&) -> Result<void> {
    if (++started == 3) stop.request_stop();
    return {};
  };
  const auto result = speak(1, {}, stop.get_token());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::cancelled);
  EXPECT_EQ(started, 3);
  EXPECT_LE(spoken.size(), 3u);
}

TEST_F(SchedulerTest, AnErrorOfTheSinkStopsTheScheduler) {
  for (int i = 0; i < 20; ++i) add("A", {"hello"});
  const Lengths lengths(20);
  int taken = 0;
  const auto result =
      scheduler(1).speak(prepare(), lengths, voices, {}, [&](SpokenTurn&&) -> Result<void> {
        if (++taken == 2) return fail(Errc::io, "disk full");
        return {};
      });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "disk full");
  EXPECT_EQ(taken, 2);
}

TEST_F(SchedulerTest, ASinkThatThrowsStopsTheSchedulerAndNothingIsDeliveredTwice) {
  for (int i = 0; i < 20; ++i) add("A", {"hello"});
  const Lengths lengths(20);
  int taken = 0;
  const auto result =
      scheduler(1).speak(prepare(), lengths, voices, {}, [&](SpokenTurn&&) -> Result<void> {
        if (++taken == 2) throw std::runtime_error("no memory left");
        return {};
      });
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("no memory left"), std::string::npos);
  EXPECT_EQ(taken, 2);
}

struct ThrowsOnPoison : test::FakeBackend {
  using FakeBackend::FakeBackend;
  Result<int> text_units(std::string_view text, std::string_view language) const override {
    if (text.find("poison") != text.npos) throw std::runtime_error("cannot measure");
    return FakeBackend::text_units(text, language);
  }
};

TEST_F(SchedulerTest, ATextThatMakesTheLastResortThrowFailsAlone) {
  const ThrowsOnPoison resort("espeak");
  last_resort = &resort;
  engine.unreadable = {"ж"};
  add("A", {"ж poison"});
  add("B", {"ж fine"});
  ASSERT_TRUE(speak());
  EXPECT_FALSE(spoken[0].ok);
  EXPECT_NE(spoken[0].error.find("cannot measure"), std::string::npos);
  EXPECT_TRUE(spoken[1].ok);
}

TEST_F(SchedulerTest, RefusesLengthsThatDoNotMatchTheTurns) {
  add("A", {"hello"});
  const auto result = scheduler(1).speak(prepare(), {}, voices, {},
                                         [](SpokenTurn&&) -> Result<void> { return {}; });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::internal);
}

}  // namespace
}  // namespace troupe::speech
