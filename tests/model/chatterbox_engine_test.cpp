/// The whole engine on the tiny model: a recording to a voice, texts to sound.
#include <gmock/gmock.h>

#include <map>
#include <mutex>

#include "model/chatterbox_fixture.hpp"
#include "speech/chatterbox/chatterbox_backend.hpp"

namespace troupe::speech::chatterbox {
namespace {

class ChatterboxEngineTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    engine_ = nn::make_openvino_engine({});
    auto loaded = load_backend(*engine_, chatterbox_test::kData / "tiny", true);
    ASSERT_TRUE(loaded) << loaded.error().message;
    backend_ = std::move(*loaded);
  }
  static void TearDownTestSuite() {
    backend_.reset();
    engine_.reset();
  }

  static VoicePtr cloned() {
    VoiceReference reference;
    reference.audio = chatterbox_test::recording("conditionals_reference.flac");
    auto made = backend_->make_voice(reference, CloneEffort::balanced);
    EXPECT_TRUE(made) << made.error().message;
    return made.value_or(nullptr);
  }
  static SpeechRequest request(std::string text, VoicePtr voice, std::uint64_t seed) {
    SpeechRequest out;
    out.text = std::move(text);
    out.language = "fr";
    out.voice = std::move(voice);
    out.cfg_weight = seed % 2 == 0 ? 0.5 : 0;
    out.effort = SpeechEffort::fast;  // the tiny tables hold no whole prompt
    out.seed = seed;
    return out;
  }
  static std::vector<SpeechRequest> conversation() {
    const VoicePtr one = cloned(), other = *backend_->preset_voice("synthetic_1");
    return {request("Bonjour à tous.", one, 1), request("Merci de nous recevoir.", other, 2),
            request("Alors, comment allez-vous ?", one, 3), request("Très bien.", other, 4)};
  }
  static std::vector<std::vector<float>> speak(std::span<const SpeechRequest> requests,
                                               int workers) {
    std::vector<std::vector<float>> spoken(requests.size());
    std::mutex mutex;
    backend_->synthesize(requests, workers, {}, [&](std::size_t i, Result<Utterance> utterance) {
      const std::lock_guard lock(mutex);
      EXPECT_TRUE(utterance) << utterance.error().message;
      if (utterance) spoken[i] = std::move(utterance->audio.samples);
    });
    return spoken;
  }

  static inline std::unique_ptr<nn::Engine> engine_;
  static inline std::shared_ptr<const SpeechBackend> backend_;
};

TEST_F(ChatterboxEngineTest, SamplesAreTheSameAtAnyNumberOfWorkers) {
  const auto requests = conversation();
  const auto first = speak(requests, 1), again = speak(requests, 2);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    EXPECT_GT(first[i].size(), 4800U) << i;
    EXPECT_EQ(first[i], again[i]) << i;
  }
}

TEST_F(ChatterboxEngineTest, ATurnSoundsTheSameAloneAsInCompany) {
  const auto requests = conversation();
  const auto together = speak(requests, 2);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto alone = speak(std::span(requests).subspan(i, 1), 1);
    ASSERT_EQ(alone[0].size(), together[i].size());
    EXPECT_EQ(chatterbox_test::largest_difference(alone[0], together[i]), 0) << i;
  }
}

TEST_F(ChatterboxEngineTest, AVoiceChangesTheSound) {
  const VoicePtr one = *backend_->preset_voice("synthetic_1"),
                 two = *backend_->preset_voice("synthetic_2");
  const std::vector<SpeechRequest> requests{request("Bonjour à tous.", one, 1),
                                            request("Bonjour à tous.", two, 1)};
  const auto spoken = speak(requests, 1);
  EXPECT_NE(spoken[0], spoken[1]);
}

TEST_F(ChatterboxEngineTest, StockVoicesAreHandedOutOneByOne) {
  EXPECT_EQ(backend_->presets(), (std::vector<std::string>{"synthetic_1", "synthetic_2"}));
  const std::vector<std::string> taken{"synthetic_1"};
  EXPECT_EQ((*backend_->generic_voice("fr", {}, {}))->name, "synthetic_1");
  EXPECT_EQ((*backend_->generic_voice("fr", taken, {}))->name, "synthetic_2");
}

TEST_F(ChatterboxEngineTest, ReadsTextPerLanguageAndRefusesByName) {
  EXPECT_EQ(*backend_->text_units("Grüße", "de"), 5);
  EXPECT_FALSE(backend_->speaks("he"));
  const auto hebrew = backend_->text_units("שלום", "he");
  ASSERT_FALSE(hebrew);
  EXPECT_EQ(hebrew.error().code, Errc::unsupported);
  EXPECT_THAT(hebrew.error().message, testing::HasSubstr("Hebrew"));
}

}  // namespace
}  // namespace troupe::speech::chatterbox
