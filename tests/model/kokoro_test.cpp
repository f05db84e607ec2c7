// The real engine on the real model: skipped loudly where the models were not fetched.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <mutex>

#include "dsp/onset.hpp"
#include "model/models_dir.hpp"
#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_backend.hpp"
#include "voices/ge2e_encoder.hpp"

namespace troupe::speech {
namespace {

using test::models_dir;

/// Loaded once for all tests of this file: compiling the graphs takes seconds.
class Kokoro : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(models_dir() / "manifest.json")) return;
    engine_ = nn::make_openvino_engine({});
    auto backend = make_kokoro_backend(*engine_, models_dir() / "kokoro");
    ASSERT_TRUE(backend) << backend.error().message;
    backend_ = *backend;
  }
  static void TearDownTestSuite() { backend_.reset(), engine_.reset(); }
  void SetUp() override {
    if (!backend_)
      GTEST_SKIP() << "no models in " << models_dir() << ": run build/troupe models fetch";
  }

  static SpeechRequest request(const std::string& text, const std::string& language,
                               const std::string& preset) {
    SpeechRequest out;
    out.text = text;
    out.language = language;
    out.voice = backend_->preset_voice(preset).value();
    return out;
  }
  static std::map<std::size_t, Result<Utterance>> speak(const std::vector<SpeechRequest>& requests,
                                                        int workers) {
    std::map<std::size_t, Result<Utterance>> spoken;
    std::mutex mutex;
    backend_->synthesize(requests, workers, {}, [&](std::size_t i, Result<Utterance> utterance) {
      const std::lock_guard lock(mutex);
      spoken.emplace(i, std::move(utterance));
    });
    return spoken;
  }

  inline static std::unique_ptr<nn::Engine> engine_;
  inline static std::shared_ptr<const SpeechBackend> backend_;
};

TEST_F(Kokoro, SpeaksEveryLanguageItClaims) {
  const std::vector<SpeechRequest> requests = {request("Good morning.", "en-us", "af_heart"),
                                               request("Good morning.", "en-gb", "bm_george"),
                                               request("Buenos días.", "es", "em_alex"),
                                               request("Bonjour à tous.", "fr", "ff_siwis"),
                                               request("नमस्ते।", "hi", "hf_alpha"),
                                               request("Buongiorno.", "it", "if_sara"),
                                               request("Bom dia.", "pt-br", "pf_dora")};
  for (auto& [i, utterance] : speak(requests, 2)) {
    ASSERT_TRUE(utterance) << requests[i].language << ": " << utterance.error().message;
    // Two or three words: between 0.3 and 3 s.
    EXPECT_GT(utterance->audio.size(), ms_to_samples(300)) << requests[i].language;
    EXPECT_LT(utterance->audio.size(), ms_to_samples(3000)) << requests[i].language;
  }
}

// 3 frames of 25 ms: the sound rings 0 .. 4 frames past its tokens where 2 are assumed
// (kokoro_durations.hpp).
TEST_F(Kokoro, GivesTheLengthItIsAskedFor) {
  auto plain =
      request("We will talk about the schedule tomorrow, after lunch.", "en-us", "am_michael");
  const auto natural = backend_->natural_length(plain);
  ASSERT_TRUE(natural && *natural);
  for (const double pace : {0.8, 1.0, 1.2, 1.4}) {
    auto paced = plain;
    paced.length = std::llround(pace * static_cast<double>(**natural));
    auto spoken = speak({paced}, 1);
    ASSERT_TRUE(spoken.at(0)) << spoken.at(0).error().message;
    EXPECT_NEAR(static_cast<double>(spoken.at(0)->audio.size()), static_cast<double>(*paced.length),
                static_cast<double>(ms_to_samples(75)))
        << pace;
    const auto audible = dsp::audible_range(spoken.at(0)->audio.samples, kSampleRateHz);
    ASSERT_TRUE(audible);
    EXPECT_LT(audible->begin, ms_to_samples(15)) << pace;
  }
}

TEST_F(Kokoro, SamplesDoNotDependOnWorkersOrCompany) {
  std::vector<SpeechRequest> requests;
  for (const char* text : {"One.", "Two and three.", "Four, five and six.", "Seven."})
    requests.push_back(request(text, "en-us", "af_heart"));
  auto one = speak(requests, 1), eight = speak(requests, 8);
  auto alone = speak({requests[2]}, 1);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_TRUE(one.at(i) && eight.at(i));
    EXPECT_EQ(one.at(i)->audio.samples, eight.at(i)->audio.samples) << i;
  }
  EXPECT_EQ(alone.at(0)->audio.samples, one.at(2)->audio.samples);
}

TEST_F(Kokoro, RefusesForeignConditionals) {
  Conditionals other = *backend_->preset_voice("af_heart").value()->conditionals;
  other.model_hash = "0";
  EXPECT_FALSE(backend_->check(other));
  other = *backend_->preset_voice("af_heart").value()->conditionals;
  other.backend = "chatterbox";
  EXPECT_FALSE(backend_->check(other));
}

TEST_F(Kokoro, PresetsAreRecognisedByTheirOwnSpeech) {
  auto graph = engine_->load(models_dir() / "ge2e/ge2e.onnx", nn::Precision::f32);
  ASSERT_TRUE(graph) << graph.error().message;
  const auto encoder = voices::make_ge2e_encoder(*graph, models_dir() / "ge2e/mel_filters.npy");
  ASSERT_TRUE(encoder);
  for (const char* name : {"am_michael", "bf_emma"}) {
    const auto spoken = speak({request("The quick brown fox jumps over the lazy dog and runs away "
                                       "into the dark forest near the river.",
                                       "en-us", name)},
                              1);
    VoiceReference reference;
    reference.embedding = (*encoder)->embed(spoken.at(0)->audio).value();
    const auto voice = backend_->make_voice(reference, CloneEffort::fast);
    ASSERT_TRUE(voice);
    EXPECT_EQ((*voice)->name, name);
    reference.taken = {name};
    EXPECT_NE((*backend_->make_voice(reference, CloneEffort::fast))->name, name);
  }
}

}  // namespace
}  // namespace troupe::speech
