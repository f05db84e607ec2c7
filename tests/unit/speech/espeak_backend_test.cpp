#include "speech/espeak/espeak_backend.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "dsp/onset.hpp"
#include "speech/espeak/espeak_phonemizer.hpp"

namespace troupe::speech {
namespace {

class EspeakBackendTest : public testing::Test {
 protected:
  std::shared_ptr<const SpeechBackend> backend = make_espeak_backend().value();

  SpeechRequest request(std::string text, std::string language, std::vector<std::string> taken = {},
                        std::optional<double> f0 = {}) const {
    SpeechRequest r;
    r.text = std::move(text);
    r.language = std::move(language);
    r.voice = backend->generic_voice(r.language, taken, f0).value();
    return r;
  }
  Result<Utterance> speak(const SpeechRequest& r) const {
    Result<Utterance> got = fail(Errc::internal, "not called");
    backend->synthesize(std::span(&r, 1), 1, {}, [&](std::size_t, auto u) { got = std::move(u); });
    return got;
  }
};

TEST_F(EspeakBackendTest, TellsWhatItIs) {
  EXPECT_EQ(backend->info().name, "espeak");
  EXPECT_EQ(backend->info().model_hash.size(), 64u);
  EXPECT_EQ(backend->info().pace_min, backend->info().pace_max);
  EXPECT_FALSE(backend->info().sampling);
}

TEST_F(EspeakBackendTest, SpeaksManyLanguagesAndRefusesOthers) {
  for (const char* tag : {"en-us", "fr", "de", "ru", "zh", "sw", "fi", "ar"})
    EXPECT_TRUE(backend->speaks(tag)) << tag;
  EXPECT_FALSE(backend->speaks("xx"));
}

TEST_F(EspeakBackendTest, GivesTrimmedSpeechAtTheEngineRate) {
  const auto got = speak(request("Guten Morgen, meine Damen und Herren.", "de"));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(got->audio.sample_rate_hz, kSampleRateHz);
  EXPECT_EQ(got->natural_samples, got->audio.size());
  const auto audible = dsp::audible_range(got->audio.samples, kSampleRateHz);
  ASSERT_TRUE(audible);
  // 5 ms of room, the fade over it, and the 5 ms frames of the measurement.
  EXPECT_LE(audible->begin, ms_to_samples(20));
  EXPECT_GE(audible->end, got->audio.size() - ms_to_samples(20));
  EXPECT_LT(std::abs(got->audio.samples.front()), 0.01f);
  EXPECT_LT(std::abs(got->audio.samples.back()), 0.01f);
}

TEST_F(EspeakBackendTest, SaysTheSameWhateverWasSaidBefore) {
  const std::vector<std::string> men{"espeak_shelby"};
  const auto one = request("Hello there, my dear friend.", "en-us", men);
  const auto first = speak(one)->audio.samples;
  for (const char* other : {"fr", "de", "ru", "zh", "hi", "es"}) {
    ASSERT_TRUE(speak(request("12, 34: 567 89.", other, {"espeak_hugo"})));
    (void)espeak_phonemes("12, 34.", espeak_voice_for(other));
    EXPECT_TRUE(speak(one)->audio.samples == first) << other;
  }
}

TEST_F(EspeakBackendTest, GivesEachSpeakerAnotherVoiceByPitch) {
  std::vector<std::string> taken;
  for (int i = 0; i < 8; ++i)
    taken.push_back(backend->generic_voice("en-us", taken, i % 2 ? 210.0 : 110.0).value()->name);
  EXPECT_EQ(std::set<std::string>(taken.begin(), taken.end()).size(), 8u);
  EXPECT_TRUE(backend->generic_voice("en-us", taken, std::nullopt).has_value());
  EXPECT_EQ(backend->generic_voice("en-us", {}, 210.0).value()->name, "espeak_shelby");
  EXPECT_EQ(backend->generic_voice("en-us", {}, 110.0).value()->name, "espeak_hugo");
}

TEST_F(EspeakBackendTest, MakesOnlyGenericVoices) {
  VoiceReference reference;
  reference.target_language = "fr";
  EXPECT_EQ(backend->make_voice(reference, CloneEffort::fast).value()->kind, VoiceKind::generic);
}

TEST_F(EspeakBackendTest, CountsCodePointsAndRefusesWhatItCannotRead) {
  EXPECT_EQ(backend->text_units("été", "fr").value(), 3);
  EXPECT_EQ(backend->text_units("!? …", "fr").error().code, Errc::unsupported);
  EXPECT_EQ(backend->text_units("日本", "ja").error().code, Errc::unsupported);
  EXPECT_EQ(backend->text_units("にほん", "ja").value(), 3);
  EXPECT_EQ(backend->text_units("你好", "zh").value(), 2);
}

TEST_F(EspeakBackendTest, AcceptsItsOwnConditionalsOnly) {
  const VoicePtr voice = backend->generic_voice("fr", {}, std::nullopt).value();
  EXPECT_TRUE(backend->check(*voice->conditionals));
  Conditionals foreign = *voice->conditionals;
  foreign.backend = "kokoro";
  EXPECT_EQ(backend->check(foreign).error().code, Errc::bad_input);
  foreign = *voice->conditionals;
  foreign.text["variant"] = "../../etc/passwd";
  EXPECT_EQ(backend->check(foreign).error().code, Errc::bad_input);
}

TEST_F(EspeakBackendTest, ReportsCancelledForWhatHasNotStarted) {
  std::stop_source stop;
  stop.request_stop();
  const SpeechRequest one = request("hello", "en-us");
  backend->synthesize(std::span(&one, 1), 2, stop.get_token(), [&](std::size_t, auto result) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::cancelled);
  });
}

}  // namespace
}  // namespace troupe::speech
