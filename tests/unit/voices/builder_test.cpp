#include "voices/builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "support/fake_backend.hpp"
#include "support/manual_clock.hpp"
#include "support/memory_store.hpp"
#include "unit/voices/fakes.hpp"
#include "unit/voices/temp_directory.hpp"
#include "voices/conditionals_io.hpp"
#include "voices/disk_store.hpp"

namespace troupe::voices {
namespace {

using testing::HasSubstr;

/// An engine without cloning: the first preset that nobody has.
class PresetBackend final : public test::FakeBackend {
 public:
  PresetBackend() { info_.clones = false; }
  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort) const override {
    ++make_voice_calls;
    for (const std::string& preset : presets)
      if (std::find(reference.taken.begin(), reference.taken.end(), preset) ==
          reference.taken.end())
        return voice(preset, VoiceKind::preset);
    return voice(presets.front(), VoiceKind::preset);
  }
};

/// Throws where others fail.
class ThrowingBackend final : public test::FakeBackend {
 public:
  Result<VoicePtr> make_voice(const VoiceReference&, CloneEffort) const override {
    throw std::runtime_error("engine threw");
  }
};

class BuilderTest : public testing::Test {
 protected:
  Result<std::vector<SpeakerVoice>> build(const SpeechBackend& backend, VoiceStore& store,
                                          int workers = 2, std::stop_token stop = {}) {
    return build_voices(job_, "fr", speakers_, {backend, encoder_, nullptr, store, clock_}, workers,
                        stop);
  }

  Job job_;
  std::vector<SpeakerAudio> speakers_{test::person("a", 120), test::person("b", 220),
                                      test::person("c", 320)};
  test::PitchEncoder encoder_;
  test::FakeBackend backend_;
  test::MemoryStore store_;
  test::ManualClock clock_;
};

TEST_F(BuilderTest, MakesEachVoiceExactlyOnceInTheOrderOfSpeakers) {
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices) << voices.error().message;
  ASSERT_EQ(voices->size(), 3U);
  EXPECT_EQ(backend_.make_voice_calls, 3);
  for (std::size_t i = 0; i < 3; ++i) {
    const SpeakerVoice& made = (*voices)[i];
    EXPECT_EQ(made.speaker_id, speakers_[i].speaker_id);
    EXPECT_EQ(made.voice->kind, VoiceKind::cloned);
    EXPECT_TRUE(made.conditionals_computed);
    EXPECT_FALSE(made.reused);
    EXPECT_EQ(made.reason, "");
    EXPECT_EQ(made.warning, "");
    ASSERT_TRUE(made.quality);
    EXPECT_EQ(made.reference_embedding, made.voice->embedding);
    EXPECT_NEAR(*made.voice->f0_hz, 120 + 100.0 * static_cast<double>(i), 1);  // YIN on a sine
    EXPECT_EQ(made.voice->conditionals->created_unix_s, clock_.unix_seconds());
    EXPECT_EQ(made.voice->conditionals->reference_hash.size(), 64U);
  }
}

TEST_F(BuilderTest, ASecondRunReusesEveryVoiceAndComputesNothing) {
  const auto first = build(backend_, store_);
  const int embeds = encoder_.calls;
  const auto second = build(backend_, store_);
  ASSERT_TRUE(second);
  EXPECT_EQ(backend_.make_voice_calls, 3);
  EXPECT_EQ(encoder_.calls, embeds);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_TRUE((*second)[i].reused);
    EXPECT_FALSE((*second)[i].conditionals_computed);
    EXPECT_EQ((*second)[i].reference_embedding, (*first)[i].reference_embedding);
    EXPECT_EQ((*second)[i].quality->score, (*first)[i].quality->score);
  }
}

TEST_F(BuilderTest, OtherAudioEffortModelOrLanguageIsAnotherVoice) {
  (void)build(backend_, store_);
  job_.options.clone_effort = CloneEffort::fast;
  (void)build(backend_, store_);
  EXPECT_EQ(backend_.make_voice_calls, 6);
  backend_.info_.model_hash = std::string(64, '1');
  (void)build(backend_, store_);
  EXPECT_EQ(backend_.make_voice_calls, 9);
  speakers_[0].chunks[0].samples[5] += 0.001F;
  (void)build(backend_, store_);
  EXPECT_EQ(backend_.make_voice_calls, 10);
  (void)build_voices(job_, "es", speakers_, {backend_, encoder_, nullptr, store_, clock_}, 1, {});
  EXPECT_EQ(backend_.make_voice_calls, 13);
}

TEST_F(BuilderTest, AVoiceOnDiskThatIsDamagedIsMadeAgain) {
  const test::TempDirectory temp;
  const auto disk = make_disk_store({temp.path() / "auto", temp.path() / "named"}, clock_);
  ASSERT_TRUE(build(backend_, *disk));
  for (const auto& entry : std::filesystem::directory_iterator(temp.path() / "auto"))
    std::ofstream(entry.path() / "conditionals.safetensors") << "rubbish";
  const auto voices = build(backend_, *disk);
  ASSERT_TRUE(voices);
  EXPECT_EQ(backend_.make_voice_calls, 6);
  EXPECT_TRUE((*build(backend_, *disk))[0].reused);
}

TEST_F(BuilderTest, AStoredVoiceOfAnotherBackendIsMadeAgain) {
  (void)build(backend_, store_);
  for (auto& [key, voice] : store_.automatic) {
    Voice foreign = *voice;
    foreign.conditionals = test::FakeBackend("other").voice("x")->conditionals;
    voice = std::make_shared<const Voice>(foreign);
  }
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  EXPECT_FALSE((*voices)[0].reused);
  EXPECT_EQ(backend_.make_voice_calls, 6);
}

TEST_F(BuilderTest, CloningThatFailsGivesAGenericVoiceWithTheReason) {
  backend_.no_voice = "out of luck";
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  std::set<std::string> names;
  for (const SpeakerVoice& made : *voices) {
    EXPECT_EQ(made.voice->kind, VoiceKind::generic);
    EXPECT_THAT(made.reason, HasSubstr("out of luck"));
    EXPECT_FALSE(made.conditionals_computed);
    names.insert(made.voice->name);
  }
  EXPECT_EQ(names.size(), 3U);  // a different one for each
  EXPECT_EQ(store_.puts, 0);    // tried again next time
}

TEST_F(BuilderTest, AReferenceBelowTheGateGivesAGenericVoiceAndCostsNoCloning) {
  speakers_[1].chunks = {test::chunk(1000, test::tone(220, 500))};
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  EXPECT_EQ((*voices)[1].voice->kind, VoiceKind::generic);
  EXPECT_THAT((*voices)[1].reason, HasSubstr("below 1 s"));
  ASSERT_TRUE((*voices)[1].quality);
  EXPECT_EQ((*voices)[0].voice->kind, VoiceKind::cloned);
  EXPECT_EQ(backend_.make_voice_calls, 2);
}

TEST_F(BuilderTest, ASpeakerWhoNeverSpeaksAloneGetsAGenericVoice) {
  speakers_[0].chunks.clear();
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  EXPECT_EQ((*voices)[0].voice->kind, VoiceKind::generic);
  EXPECT_THAT((*voices)[0].reason, HasSubstr("alone"));
}

TEST_F(BuilderTest, AnEncoderOrEngineThatBreaksCostsTheClonedVoiceOnly) {
  encoder_.broken = true;
  const auto broken = build(backend_, store_);
  ASSERT_TRUE(broken);
  EXPECT_THAT((*broken)[0].reason, HasSubstr("encoder: broke"));
  encoder_.broken = false;
  const auto thrown = build(ThrowingBackend(), store_);
  ASSERT_TRUE(thrown);
  EXPECT_EQ((*thrown)[2].voice->kind, VoiceKind::generic);
  EXPECT_THAT((*thrown)[2].reason, HasSubstr("engine threw"));
}

TEST_F(BuilderTest, ABackendWithoutAnyVoiceIsAnError) {
  backend_.no_voice = "no";
  backend_.no_generic = true;
  const auto voices = build(backend_, store_);
  ASSERT_FALSE(voices);
  EXPECT_EQ(voices.error().stage, "voices");
  EXPECT_THAT(voices.error().message, HasSubstr("speaker 'a'"));
}

TEST_F(BuilderTest, TheUsersNamedVoiceIsReusedAndNothingIsComputed) {
  speakers_ = {test::person("me", 150)};
  store_.named_voices["zoe"] = backend_.voice("zoe");
  job_.user_speaker_id = "me";
  job_.user_voice = UserVoice{"zoe", {}};
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices) << voices.error().message;
  EXPECT_TRUE((*voices)[0].reused);
  EXPECT_FALSE((*voices)[0].conditionals_computed);
  EXPECT_EQ((*voices)[0].voice, store_.named_voices["zoe"]);
  EXPECT_EQ(backend_.make_voice_calls, 0);
  EXPECT_EQ(encoder_.calls, 0);
}

TEST_F(BuilderTest, TheUsersConditionalsAreReusedAndNothingIsComputed) {
  Conditionals conditionals = *backend_.voice("x")->conditionals;
  conditionals.reference_hash = "abc";
  job_.user_speaker_id = "b";
  job_.user_voice = UserVoice{"", serialise(conditionals)};
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices) << voices.error().message;
  EXPECT_TRUE((*voices)[1].reused);
  EXPECT_EQ((*voices)[1].voice->kind, VoiceKind::cloned);
  EXPECT_EQ(backend_.make_voice_calls, 2);
}

TEST_F(BuilderTest, ABrokenOrForeignUserVoiceIsAnError) {
  job_.user_speaker_id = "a";
  for (const std::vector<std::uint8_t>& bytes :
       {std::vector<std::uint8_t>{1, 2, 3},
        serialise(*test::FakeBackend("other").voice("x")->conditionals)}) {
    job_.user_voice = UserVoice{"", bytes};
    const auto voices = build(backend_, store_);
    ASSERT_FALSE(voices);
    EXPECT_EQ(voices.error().code, Errc::bad_input);
  }
  job_.user_voice = UserVoice{"nobody", {}};
  EXPECT_FALSE(build(backend_, store_));
}

TEST_F(BuilderTest, PresetsAreHandedOutInTheOrderOfSpeakersAtAnyNumberOfWorkers) {
  for (int workers : {1, 2, 8}) {
    for (int round = 0; round < 5; ++round) {
      test::MemoryStore store;
      const auto voices = build(PresetBackend(), store, workers);
      ASSERT_TRUE(voices);
      EXPECT_EQ((*voices)[0].voice->name, "fake_a");
      EXPECT_EQ((*voices)[1].voice->name, "fake_b");
      EXPECT_EQ((*voices)[2].voice->name, "fake_c");
    }
  }
}

TEST_F(BuilderTest, AStoredPresetIsNotGivenToAnyoneElse) {
  const PresetBackend backend;
  const std::vector<SpeakerAudio> all = speakers_;
  speakers_ = {all[2]};
  (void)build(backend, store_);  // c has fake_a now
  speakers_ = all;
  const auto voices = build(backend, store_);
  ASSERT_TRUE(voices);
  EXPECT_EQ((*voices)[0].voice->name, "fake_b");
  EXPECT_EQ((*voices)[1].voice->name, "fake_c");
  EXPECT_EQ((*voices)[2].voice->name, "fake_a");
  EXPECT_TRUE((*voices)[2].reused);
}

TEST_F(BuilderTest, TwoPeopleWhoseStoredVoicesAreOnePresetGetDifferentOnes) {
  const PresetBackend backend;
  const std::vector<SpeakerAudio> all = speakers_;
  for (const SpeakerAudio& one : all) {  // each alone in a job of their own: fake_a for everyone
    speakers_ = {one};
    EXPECT_EQ((*build(backend, store_))[0].voice->name, "fake_a");
  }
  speakers_ = all;
  for (bool again : {false, true}) {
    const auto voices = build(backend, store_);
    ASSERT_TRUE(voices);
    EXPECT_EQ((*voices)[0].voice->name, "fake_a");
    EXPECT_EQ((*voices)[1].voice->name, "fake_b");
    EXPECT_EQ((*voices)[2].voice->name, "fake_c");
    EXPECT_TRUE((*voices)[0].reused);
    EXPECT_EQ((*voices)[1].reused, again);
    EXPECT_EQ((*voices)[2].reused, again);
  }
  EXPECT_EQ(backend.make_voice_calls, 5);
}

TEST_F(BuilderTest, MorePeopleThanPresetsReuseTheirStoredVoices) {
  PresetBackend backend;
  backend.presets = {"fake_a", "fake_b"};
  ASSERT_TRUE(build(backend, store_));
  const auto voices = build(backend, store_);
  ASSERT_TRUE(voices);
  for (const SpeakerVoice& made : *voices) EXPECT_TRUE(made.reused);
  EXPECT_EQ(backend.make_voice_calls, 3);
}

TEST_F(BuilderTest, TheUsersOwnPresetComesFirst) {
  const PresetBackend backend;
  const std::vector<SpeakerAudio> all = speakers_;
  speakers_ = {all[0]};
  (void)build(backend, store_);  // a has fake_a now
  speakers_ = all;
  // What make_voice gives for a recording: a preset that knows the recording it was made from.
  Conditionals conditionals = *backend.voice("x")->conditionals;
  conditionals.reference_hash = "abc";
  conditionals.text["preset"] = "fake_a";
  job_.user_speaker_id = "b";
  job_.user_voice = UserVoice{"", serialise(conditionals)};
  const auto voices = build(backend, store_);
  ASSERT_TRUE(voices) << voices.error().message;
  EXPECT_EQ((*voices)[1].voice->kind, VoiceKind::preset);
  EXPECT_TRUE((*voices)[1].reused);
  EXPECT_EQ((*voices)[0].voice->name, "fake_b");
  EXPECT_EQ((*voices)[2].voice->name, "fake_c");
}

TEST_F(BuilderTest, AStoreThatCannotKeepIsAWarningNotAFailure) {
  store_.fail_put = true;
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  EXPECT_EQ((*voices)[0].voice->kind, VoiceKind::cloned);
  EXPECT_THAT((*voices)[0].warning, HasSubstr("no space left"));
  EXPECT_EQ((*voices)[0].reason, "");
}

TEST_F(BuilderTest, StopsWhenAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto voices = build(backend_, store_, 2, stop.get_token());
  ASSERT_FALSE(voices);
  EXPECT_EQ(voices.error().code, Errc::cancelled);
  EXPECT_EQ(backend_.make_voice_calls, 0);
}

TEST_F(BuilderTest, ASpeakerWhoIsManyPeopleGetsAGenericVoice) {
  speakers_[0].chunks.clear();
  for (int i = 0; i < 4; ++i)  // pi / 2 apart for PitchEncoder
    speakers_[0].chunks.push_back(test::chunk(1000 + 5000 * i, test::tone(120 + 236 * i, 900)));
  const auto voices = build(backend_, store_);
  ASSERT_TRUE(voices);
  EXPECT_EQ((*voices)[0].voice->kind, VoiceKind::generic);
  EXPECT_THAT((*voices)[0].reason, HasSubstr("no single person speaks"));
  EXPECT_EQ((*voices)[1].voice->kind, VoiceKind::cloned);
}

TEST_F(BuilderTest, ChunksOfAnotherPersonDoNotReachTheVoice) {
  const auto clean = build(backend_, store_);
  speakers_[0].chunks.push_back(test::chunk(6000, test::tone(400, 1700)));
  const auto mixed = build(backend_, store_);
  ASSERT_TRUE(mixed);
  EXPECT_GT(cosine(*(*mixed)[0].reference_embedding, *(*clean)[0].reference_embedding), 0.999F);
}

}  // namespace
}  // namespace troupe::voices
