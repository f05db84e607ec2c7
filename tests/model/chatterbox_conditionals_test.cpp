/// Conditionals of the tiny Chatterbox against PyTorch's (prepare_conditionals of chatterbox-tts
/// 0.1.7 on the same file). Measured at full size on real recordings: 3e-8, 6e-7, 9e-5 and
/// every code equal (bench/chatterbox_conditionals.py); the rest of the bounds is room for other
/// CPUs' order of summation, and for a code whose value lies next to a rounding edge.
#include "model/chatterbox_fixture.hpp"
#include "speech/chatterbox/voice_encoder.hpp"

namespace troupe::speech::chatterbox {
namespace {

class ChatterboxConditionalsTest : public testing::Test {
 protected:
  void SetUp() override {
    engine_ = nn::make_openvino_engine({});
    auto encoder = VoiceEncoder::load(*engine_, chatterbox_test::tiny_manifest());
    ASSERT_TRUE(encoder) << encoder.error().message;
    encoder_.emplace(std::move(*encoder));
    expected_ = chatterbox_test::expected("conditionals.safetensors");
    audio_ = chatterbox_test::recording("conditionals_reference.flac");
  }

  ChatterboxConditionals derive(const AudioBuffer& audio) const {
    auto derived = encoder_->derive(audio);
    EXPECT_TRUE(derived) << derived.error().message;
    return derived.value_or(ChatterboxConditionals{});
  }
  const std::vector<float>& floats(const char* name) const {
    return *expected_.tensors.at(name).floats();
  }
  /// Codes that differ from the reference's; codes near a rounding edge may.
  int other_codes(const std::vector<std::int32_t>& found, const char* name) const {
    const auto& codes = *expected_.tensors.at(name).ints();
    if (codes.size() != found.size()) return 1000;
    int count = 0;
    for (std::size_t i = 0; i < codes.size(); ++i) count += codes[i] != found[i];
    return count;
  }

  std::unique_ptr<nn::Engine> engine_;
  std::optional<VoiceEncoder> encoder_;
  nn::SafeTensors expected_;
  AudioBuffer audio_;
};

TEST_F(ChatterboxConditionalsTest, AreThoseOfTheReference) {
  const ChatterboxConditionals voice = derive(audio_);
  EXPECT_LT(
      chatterbox_test::largest_difference(voice.speaker_embedding, floats("speaker_embedding")),
      1e-4);
  EXPECT_LT(chatterbox_test::largest_difference(voice.x_vector, floats("x_vector")), 1e-4);
  EXPECT_LT(chatterbox_test::largest_difference(voice.prompt_mel, floats("prompt_mel")), 1e-3);
  EXPECT_LE(other_codes(voice.t3_prompt_tokens, "t3_prompt_tokens"), 1);
  EXPECT_LE(other_codes(voice.prompt_tokens, "prompt_tokens"), 1);
}

TEST_F(ChatterboxConditionalsTest, TellAnotherVoiceAndAreTheSameTwice) {
  AudioBuffer other = audio_;
  for (std::size_t i = 0; i < other.samples.size(); ++i)  // a ring modulated voice
    other.samples[i] *= std::sin(0.05F * static_cast<float>(i));
  const auto first = derive(audio_), again = derive(audio_), changed = derive(other);
  EXPECT_EQ(first.speaker_embedding, again.speaker_embedding);
  EXPECT_EQ(first.prompt_tokens, again.prompt_tokens);
  EXPECT_EQ(first.prompt_mel, again.prompt_mel);
  EXPECT_EQ(first.x_vector, again.x_vector);
  EXPECT_GT(chatterbox_test::largest_difference(first.x_vector, changed.x_vector), 1e-2);
  EXPECT_NE(first.prompt_tokens, changed.prompt_tokens);
}

TEST_F(ChatterboxConditionalsTest, TakeAnyLengthAndRefuseAlmostNothing) {
  for (const double seconds : {0.5, 1.013, 2.5}) {
    AudioBuffer part = audio_;
    part.samples.resize(static_cast<std::size_t>(seconds * kSampleRateHz));
    const ChatterboxConditionals voice = derive(part);
    const auto tokens = static_cast<std::size_t>(seconds * 25);
    EXPECT_EQ(voice.prompt_tokens.size(), tokens);
    EXPECT_EQ(voice.prompt_mel.size(), 2 * tokens * 80);
    EXPECT_FALSE(voice.t3_prompt_tokens.empty());
  }
  AudioBuffer twice = audio_;
  twice.samples.insert(twice.samples.end(), audio_.samples.begin(), audio_.samples.end());
  EXPECT_EQ(derive(twice).prompt_tokens.size(), kMaxPrompt);
  EXPECT_EQ(derive(twice).t3_prompt_tokens.size(), kMaxT3Prompt);
  EXPECT_EQ(encoder_->derive({}).error().code, Errc::bad_input);
  AudioBuffer silent;
  silent.samples.assign(24000, 0.0F);
  (void)encoder_->derive(silent);  // whatever it says, it says it
}

}  // namespace
}  // namespace troupe::speech::chatterbox
