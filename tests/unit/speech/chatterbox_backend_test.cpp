#include "speech/chatterbox/chatterbox_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <mutex>
#include <stdexcept>

namespace troupe::speech::chatterbox {
namespace {

using testing::HasSubstr;

/// Parts that speak one code per letter, each 40 ms of a hum whose pitch is the voice's.
class ChatterboxBackendTest : public testing::Test {
 protected:
  ChatterboxBackendTest() {
    manifest_.kind = "multilingual";
    manifest_.hash = "model";
    parts_.speaks = [](std::string_view language) { return language != "xx"; };
    parts_.text_ids = [](std::string_view text,
                         std::string_view) -> Result<std::vector<std::int32_t>> {
      if (text.find('#') != std::string_view::npos)
        return fail(Errc::unsupported, "chatterbox: no token for '#'");
      return std::vector<std::int32_t>(text.begin(), text.end());
    };
    parts_.derive = [this](const AudioBuffer& audio) -> Result<ChatterboxConditionals> {
      for (const float x : audio.samples) heard_peak_ = std::max(heard_peak_, std::abs(x));
      return conditionals(0.25F);
    };
    parts_.decode = [this](std::span<const TokenRequest> requests, std::stop_token,
                           const TokenSink& sink) {
      batches_.push_back(requests.size());
      for (std::size_t i = requests.size(); i-- > 0;) {
        seen_.push_back(requests[i]);
        if (requests[i].text_ids.front() == '!')
          sink(i, fail(Errc::backend, "chatterbox: it never ended"));
        else
          sink(i, std::vector<std::int32_t>(requests[i].text_ids.size(), 5));
      }
    };
    parts_.speak = [this](std::span<const std::int32_t> codes, const ChatterboxConditionals& voice,
                          std::uint64_t, const S3GenSettings& settings) -> Result<AudioBuffer> {
      steps_ = settings.cfm_steps;
      sound_workers_ = settings.workers / *settings.running;
      {
        const std::lock_guard lock(mutex_);
        lengths_.push_back(codes.size());
      }
      AudioBuffer audio;
      for (std::size_t i = 0; i < codes.size() * 960; ++i)
        audio.samples.push_back(voice.x_vector[0] * std::sin(0.1F * static_cast<float>(i)));
      audio.samples.insert(audio.samples.begin(), 4800, 0.0F);  // to be trimmed
      return audio;
    };
  }

  static ChatterboxConditionals conditionals(float mark) {
    return {std::vector<float>(256, 0.0625F),
            {1},
            {2},
            std::vector<float>(160),
            std::vector<float>(192, mark)};
  }
  static VoicePtr voice(float mark, const std::string& hash = "model") {
    auto made = std::make_shared<Voice>();
    made->conditionals = to_conditionals(conditionals(mark), hash);
    return made;
  }
  static SpeechRequest request(std::string text, VoicePtr voice) {
    SpeechRequest out;
    out.text = std::move(text);
    out.language = "de";
    out.voice = std::move(voice);
    return out;
  }
  std::shared_ptr<const SpeechBackend> backend() const {
    BackendInfo info;
    info.clones = true;
    return make_backend(parts_, manifest_, info);
  }
  std::vector<Result<Utterance>> speak(std::span<const SpeechRequest> requests,
                                       std::stop_token stop = {}) const {
    std::vector<Result<Utterance>> results(requests.size(), fail(Errc::internal, "unanswered"));
    std::vector<int> answers(requests.size(), 0);
    std::mutex mutex;
    backend()->synthesize(requests, 2, stop, [&](std::size_t i, Result<Utterance> result) {
      const std::lock_guard lock(mutex);
      ++answers[i];
      results[i] = std::move(result);
    });
    for (const int count : answers) EXPECT_EQ(count, 1);
    return results;
  }

  Manifest manifest_;
  Parts parts_;
  mutable float heard_peak_ = 0;
  std::atomic<int> steps_ = 0, sound_workers_ = 0;
  std::mutex mutex_;
  std::vector<std::size_t> lengths_;  // in the order of speaking
  mutable std::vector<std::size_t> batches_;
  mutable std::vector<TokenRequest> seen_;
};

TEST_F(ChatterboxBackendTest, SpeaksEveryoneInOneBatchEachInTheirOwnVoice) {
  const std::vector<SpeechRequest> requests{request("hello there", voice(0.25F)),
                                            request("good morning", voice(0.5F)),
                                            request("hello there", voice(0.5F))};
  const auto spoken = speak(requests);
  for (const auto& one : spoken) ASSERT_TRUE(one) << one.error().message;
  EXPECT_EQ(batches_, std::vector<std::size_t>{3});
  const auto peak = [](const Utterance& u) {
    return *std::max_element(u.audio.samples.begin(), u.audio.samples.end());
  };
  EXPECT_NEAR(peak(*spoken[0]), 0.25, 0.01);
  EXPECT_NEAR(peak(*spoken[2]), 0.5, 0.01);
  // 11 codes of 40 ms, the silence before them gone but for the fade's room.
  EXPECT_NEAR(static_cast<double>(spoken[0]->audio.size()), 11 * 960, 600);
  EXPECT_EQ(spoken[0]->natural_samples, spoken[0]->audio.size());
}

TEST_F(ChatterboxBackendTest, PassesTheSettingsOn) {
  SpeechRequest wanted = request("hello there", voice(0.25F));
  wanted.exaggeration = 0.7;
  wanted.cfg_weight = 0.0;
  wanted.temperature = 0.6;
  wanted.seed = 99;
  ASSERT_TRUE(speak(std::span(&wanted, 1))[0]);
  EXPECT_FLOAT_EQ(seen_[0].exaggeration, 0.7F);
  EXPECT_EQ(seen_[0].cfg_weight, 0);
  EXPECT_FLOAT_EQ(seen_[0].temperature, 0.6F);
  EXPECT_EQ(seen_[0].seed, 99U);
  EXPECT_EQ(seen_[0].max_tokens, 0);  // T3 knows how long a text can get
  EXPECT_FALSE(seen_[0].fixed_tokens);
  EXPECT_EQ(steps_, 10);
  EXPECT_EQ(sound_workers_, 2);  // a lone turn has all cores
  wanted.effort = SpeechEffort::fast;
  ASSERT_TRUE(speak(std::span(&wanted, 1))[0]);
  EXPECT_EQ(steps_, S3GenSettings::fast().cfm_steps);
}

TEST_F(ChatterboxBackendTest, TheLongestTurnIsSpokenFirst) {
  const std::vector<SpeechRequest> requests{request("hello", voice(0.25F)),
                                            request("good morning to you", voice(0.25F)),
                                            request("hello there", voice(0.25F))};
  std::vector<std::size_t> sizes(3);
  backend()->synthesize(requests, 1, {}, [&](std::size_t i, Result<Utterance> result) {
    ASSERT_TRUE(result);
    sizes[i] = static_cast<std::size_t>(result->audio.size()) / 960;
  });
  EXPECT_EQ(lengths_, (std::vector<std::size_t>{19, 11, 5}));
  EXPECT_LT(sizes[0], sizes[2]);
  EXPECT_LT(sizes[2], sizes[1]);
}

TEST_F(ChatterboxBackendTest, OneBadRequestLeavesTheOthersAlone) {
  const std::vector<SpeechRequest> requests{
      request("a # sign", voice(0.25F)), request("foreign", voice(0.25F, "other")),
      request("!endless", voice(0.25F)), request(std::string(301, 'a'), voice(0.25F)),
      request("nobody", nullptr),        request("good", voice(0.25F))};
  const auto spoken = speak(requests);
  EXPECT_EQ(spoken[0].error().code, Errc::unsupported);
  EXPECT_THAT(spoken[1].error().message, HasSubstr("another model"));
  EXPECT_THAT(spoken[2].error().message, HasSubstr("never ended"));
  EXPECT_THAT(spoken[3].error().message, HasSubstr("301 characters"));
  EXPECT_EQ(spoken[4].error().code, Errc::internal);
  EXPECT_TRUE(spoken[5]);
  EXPECT_EQ(batches_, std::vector<std::size_t>{2});
}

TEST_F(ChatterboxBackendTest, ManyRequestsAreDecodedInGroups) {
  const std::vector<SpeechRequest> requests(150, request("one of many", voice(0.25F)));
  for (const auto& one : speak(requests)) EXPECT_TRUE(one);
  EXPECT_EQ(batches_, (std::vector<std::size_t>{64, 64, 22}));
}

TEST_F(ChatterboxBackendTest, WhatPartsThrowOrWithholdBecomesAnAnswer) {
  const SpeechRequest one = request("hello", voice(0.25F));
  parts_.decode = [](auto, auto, const auto&) { throw std::runtime_error("out of memory"); };
  EXPECT_THAT(speak(std::span(&one, 1))[0].error().message, HasSubstr("out of memory"));
  parts_.decode = [](auto, auto, const auto&) {};
  EXPECT_THAT(speak(std::span(&one, 1))[0].error().message, HasSubstr("no answer"));
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(speak(std::span(&one, 1), stop.get_token())[0].error().code, Errc::cancelled);
}

TEST_F(ChatterboxBackendTest, SilenceIsAFailedAttempt) {
  parts_.speak = [](auto, const auto&, auto, const auto&) -> Result<AudioBuffer> {
    AudioBuffer silence;
    silence.samples.assign(24000, 0.0F);
    return silence;
  };
  const SpeechRequest one = request("hello", voice(0.25F));
  EXPECT_THAT(speak(std::span(&one, 1))[0].error().message, HasSubstr("silence"));
}

TEST_F(ChatterboxBackendTest, MakesAVoiceFromAQuietenedReference) {
  VoiceReference reference;
  reference.audio.samples.assign(24000, 0.7F);
  const auto made = backend()->make_voice(reference, CloneEffort::balanced);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ((*made)->kind, VoiceKind::cloned);
  EXPECT_NEAR(heard_peak_, 0.30, 1e-6);
  EXPECT_TRUE(backend()->check(*(*made)->conditionals));
  Conditionals foreign = *(*made)->conditionals;
  foreign.backend = "kokoro";
  EXPECT_EQ(backend()->check(foreign).error().code, Errc::bad_input);
  manifest_.kind = "english";
  heard_peak_ = 0;
  ASSERT_TRUE(backend()->make_voice(reference, CloneEffort::balanced));
  EXPECT_NEAR(heard_peak_, 0.7, 1e-6);
}

TEST_F(ChatterboxBackendTest, RandomWeightsSpeakAsLongAsTheirManifestSays) {
  manifest_.settings["random.codes_per_character"] = 2;
  const SpeechRequest one = request(std::string(100, 'a'), voice(0.25F));
  ASSERT_TRUE(speak(std::span(&one, 1))[0]);
  EXPECT_EQ(seen_[0].fixed_tokens, 200);
}

TEST_F(ChatterboxBackendTest, CountsCharactersAndRefusesWhatItCannotRead) {
  EXPECT_EQ(*backend()->text_units("für", "de"), 3);
  EXPECT_EQ(backend()->text_units("#", "de").error().code, Errc::unsupported);
  EXPECT_FALSE(backend()->speaks("xx"));
  EXPECT_EQ(backend()->generic_voice("de", {}, {}).error().code, Errc::backend);
  EXPECT_EQ(backend()->preset_voice("none").error().code, Errc::bad_input);
}

}  // namespace
}  // namespace troupe::speech::chatterbox
