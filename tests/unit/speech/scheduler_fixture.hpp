/// Turns, voices and a collecting sink for the scheduler's tests.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "speech/scheduler.hpp"
#include "support/fake_backend.hpp"
#include "support/manual_clock.hpp"

namespace troupe::speech {

class SchedulerTest : public testing::Test {
 protected:
  using Lengths = std::vector<std::optional<std::int64_t>>;

  test::FakeBackend engine{"kokoro"};
  test::FakeBackend other{"espeak"};
  test::MemoryLog log;
  Options options;
  std::vector<Turn> turns;
  std::map<std::string, SpeakerChoice> voices;
  std::map<int, SpokenTurn> spoken;
  const SpeechBackend* last_resort = &other;
  std::string language = "fr";

  /// A turn of one speaker; phrases are 1 s long, 400 ms apart.
  Turn& add(std::string speaker, std::vector<std::string> texts) {
    Turn turn;
    turn.index = static_cast<int>(turns.size());
    turn.speaker_id = speaker;
    std::int64_t at = 0;
    for (std::string& text : texts) {
      turn.phrases.push_back({std::move(text), {at, at + ms_to_samples(1000)}});
      at += ms_to_samples(1400);
    }
    turn.span = {0, at - ms_to_samples(400)};
    voices[speaker] = {engine.voice("clone-" + speaker),
                       engine.voice("preset-" + speaker, VoiceKind::generic)};
    turns.push_back(std::move(turn));
    return turns.back();
  }

  Scheduler scheduler(int workers) {
    return Scheduler({engine, last_resort, log}, options, language, workers);
  }

  std::vector<PreparedTurn> prepare(int workers = 2) {
    return scheduler(workers).prepare(turns, voices, {}).value();
  }

  Result<void> speak(int workers = 2, Lengths lengths = {}, std::stop_token stop = {}) {
    lengths.resize(turns.size());
    spoken.clear();
    std::mutex mutex;
    return scheduler(workers).speak(prepare(workers), lengths, voices, stop,
                                    [&](SpokenTurn&& turn) -> Result<void> {
                                      const std::lock_guard lock(mutex);
                                      EXPECT_EQ(spoken.count(turn.turn), 0u) << "delivered twice";
                                      spoken.emplace(turn.turn, std::move(turn));
                                      return {};
                                    });
  }
};

}  // namespace troupe::speech
