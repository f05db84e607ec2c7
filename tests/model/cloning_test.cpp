// Kokoro's style encoder with the real models. The person is another preset's speech: nothing of it
// reaches the clone but its embedding and pitch.
#include <gtest/gtest.h>

#include <cmath>

#include "dsp/pitch.hpp"
#include "model/models_dir.hpp"
#include "nn/engine.hpp"
#include "speech/kokoro/kokoro_backend.hpp"
#include "voices/ge2e_encoder.hpp"

namespace troupe::speech {
namespace {

using test::models_dir;

class Cloning : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!std::filesystem::exists(models_dir() / "manifest.json")) return;
    engine_ = nn::make_openvino_engine({});
    auto graph = engine_->load(models_dir() / "ge2e" / "ge2e.onnx", nn::Precision::f32);
    ASSERT_TRUE(graph) << graph.error().message;
    auto encoder = voices::make_ge2e_encoder(*graph, models_dir() / "ge2e" / "mel_filters.npy");
    ASSERT_TRUE(encoder) << encoder.error().message;
    encoder_ = std::move(*encoder);
    auto backend = make_kokoro_backend(*engine_, models_dir() / "kokoro", encoder_.get());
    ASSERT_TRUE(backend) << backend.error().message;
    backend_ = *backend;
  }
  static void TearDownTestSuite() { backend_.reset(), encoder_.reset(), engine_.reset(); }
  void SetUp() override {
    if (!backend_)
      GTEST_SKIP() << "no models in " << models_dir() << ": run build/troupe models fetch";
  }

  static AudioBuffer say(const VoicePtr& voice, const std::string& text) {
    SpeechRequest request;
    request.text = text;
    request.language = "en-us";
    request.voice = voice;
    AudioBuffer audio;
    backend_->synthesize({&request, 1}, 1, {}, [&](std::size_t, Result<Utterance> spoken) {
      if (spoken) audio = std::move(spoken->audio);
    });
    return audio;
  }

  static VoiceReference reference_of(const std::string& preset) {
    VoiceReference reference;
    reference.audio = say(backend_->preset_voice(preset).value(),
                          "The library on the corner opens late, but its garden is open all day.");
    reference.embedding = encoder_->embed(reference.audio).value();
    reference.f0_hz = dsp::median_f0_hz(reference.audio);
    reference.target_language = "en-us";
    return reference;
  }

  static double likeness(const VoicePtr& voice, const VoiceReference& reference) {
    const auto speech = say(voice, "Seven boats lay in the harbour, waiting for the evening tide.");
    return cosine(encoder_->embed(speech).value(), reference.embedding);
  }

  static inline std::unique_ptr<nn::Engine> engine_;
  static inline std::unique_ptr<SpeakerEncoder> encoder_;
  static inline std::shared_ptr<const SpeechBackend> backend_;
};

TEST_F(Cloning, SoundsLikeThePersonInATextItNeverHeard) {
  for (const char* preset : {"bm_fable", "af_kore"}) {
    const VoiceReference reference = reference_of(preset);
    const auto voice = backend_->make_voice(reference, CloneEffort::balanced);
    ASSERT_TRUE(voice) << voice.error().message;
    EXPECT_EQ((*voice)->kind, VoiceKind::cloned);
    // Different people score 0.79 at most, the presets themselves 0.9 across texts.
    EXPECT_GT(likeness(*voice, reference), 0.80) << preset;
    const auto speech = say(*voice, "Seven boats lay in the harbour, waiting for the tide.");
    // Medians of single sentences in one voice differ by 2 semitones.
    EXPECT_LT(std::abs(12 * std::log2(*dsp::median_f0_hz(speech) / *reference.f0_hz)), 3);
  }
}

TEST_F(Cloning, ListeningDoesNotMakeItWorse) {
  const VoiceReference reference = reference_of("am_onyx");
  const auto unheard = backend_->make_voice(reference, CloneEffort::fast);
  const auto heard = backend_->make_voice(reference, CloneEffort::balanced);
  ASSERT_TRUE(unheard && heard);
  EXPECT_FALSE((*unheard)->similarity);
  // 0.03: what a text changes in the embedding of a short sentence.
  EXPECT_GT(likeness(*heard, reference), likeness(*unheard, reference) - 0.03);
}

TEST_F(Cloning, IsTheSameEveryTime) {
  const VoiceReference reference = reference_of("af_kore");
  const auto one = backend_->make_voice(reference, CloneEffort::balanced);
  const auto two = backend_->make_voice(reference, CloneEffort::balanced);
  ASSERT_TRUE(one && two);
  EXPECT_EQ(*(*one)->conditionals->arrays.at("style").floats(),
            *(*two)->conditionals->arrays.at("style").floats());
}

TEST_F(Cloning, AWhisperGetsAPreset) {
  VoiceReference reference = reference_of("af_kore");
  reference.f0_hz.reset();
  EXPECT_EQ(backend_->make_voice(reference, CloneEffort::balanced).value()->kind,
            VoiceKind::preset);
}

}  // namespace
}  // namespace troupe::speech
