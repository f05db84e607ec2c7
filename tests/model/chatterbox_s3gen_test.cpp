/// S3Gen of the tiny Chatterbox against PyTorch's with the same noise (flow_inference and mel2wav
/// of chatterbox-tts 0.1.7). Tolerances: measured differences are given at each; the rest is room
/// for other CPUs' order of summation.
#include <numeric>

#include "core/parallel.hpp"
#include "model/chatterbox_fixture.hpp"
#include "speech/chatterbox/s3gen.hpp"

namespace troupe::speech::chatterbox {
namespace {

using chatterbox_test::largest_difference;

class ChatterboxS3Gen : public testing::Test {
 protected:
  void SetUp() override {
    engine_ = nn::make_openvino_engine({});
    s3gen_ = load(nn::Precision::f32);
    expected_ = chatterbox_test::expected("s3gen.safetensors");
    tokens_ = codes("tokens");
    voice_.prompt_tokens = codes("prompt_tokens");
    voice_.prompt_mel = floats("prompt_mel");
    voice_.x_vector = floats("x_vector");
  }

  std::unique_ptr<S3Gen> load(nn::Precision precision) const {
    auto loaded = S3Gen::load(*engine_, chatterbox_test::tiny_manifest(), precision);
    EXPECT_TRUE(loaded) << loaded.error().message;
    return loaded ? std::move(*loaded) : nullptr;
  }
  const std::vector<float>& floats(const char* name) const {
    return *expected_.tensors.at(name).floats();
  }
  std::vector<std::int32_t> codes(const char* name) const {
    const auto& ids = *expected_.tensors.at(name).ints();
    return {ids.begin(), ids.end()};
  }
  SourceNoise source_noise() const {
    SourceNoise noise;
    std::copy_n(floats("phases").begin(), noise.phases.size(), noise.phases.begin());
    noise.normal = floats("source_noise");
    return noise;
  }
  static double rms(std::span<const float> x) {
    return std::sqrt(std::inner_product(x.begin(), x.end(), x.begin(), 0.0) /
                     static_cast<double>(x.size()));
  }
  /// RMS of the difference over the RMS of what is expected.
  static double error(const std::vector<float>& got, const std::vector<float>& wanted) {
    if (got.size() != wanted.size()) return INFINITY;
    std::vector<float> off(got.size());
    std::transform(got.begin(), got.end(), wanted.begin(), off.begin(), std::minus<>());
    return rms(off) / rms(wanted);
  }

  std::unique_ptr<nn::Engine> engine_;
  std::unique_ptr<S3Gen> s3gen_;
  nn::SafeTensors expected_;
  std::vector<std::int32_t> tokens_;
  ChatterboxConditionals voice_;
};

TEST_F(ChatterboxS3Gen, MelIsThatOfTheReference) {
  const auto mel = s3gen_->mel(tokens_, voice_, floats("noise"), {});
  ASSERT_TRUE(mel) << mel.error().message;
  RecordProperty("error", std::to_string(error(*mel, floats("mel"))));
  EXPECT_LT(error(*mel, floats("mel")), 2e-5);  // measured 2e-6
}

TEST_F(ChatterboxS3Gen, WaveIsThatOfTheReference) {
  const auto wave = s3gen_->wave(floats("mel"), source_noise());
  ASSERT_TRUE(wave) << wave.error().message;
  RecordProperty("error", std::to_string(error(*wave, floats("wave"))));
  EXPECT_LT(error(*wave, floats("wave")), 2e-4);  // measured 2e-5, of it most the snakes' sines
}

TEST_F(ChatterboxS3Gen, Bfloat16StaysCloseToTheReference) {
  if (engine_->precision_name(nn::Precision::fastest) == "f32")
    GTEST_SKIP() << "this CPU has no bf16: nothing to compare";
  const auto fast = load(nn::Precision::fastest);
  const auto mel = fast->mel(tokens_, voice_, floats("noise"), {});
  ASSERT_TRUE(mel);
  EXPECT_LT(error(*mel, floats("mel")), 0.05);
  const auto wave = fast->wave(floats("mel"), source_noise());
  ASSERT_TRUE(wave);
  EXPECT_LT(error(*wave, floats("wave")), 0.05);
}

TEST_F(ChatterboxS3Gen, SamplesDependOnTheSeedAloneNotOnWorkersOrCompany) {
  const auto alone = s3gen_->speak(tokens_, voice_, 7);
  ASSERT_TRUE(alone) << alone.error().message;
  std::vector<std::vector<float>> together(4);
  parallel_for(together.size(), 4, [&](std::size_t i) {
    auto cut = tokens_;
    cut.resize(tokens_.size() - i);  // turns of other lengths beside it
    const auto spoken =
        s3gen_->speak(i == 2 ? tokens_ : cut, voice_, 7, {.workers = i == 2 ? 2 : 1});
    if (spoken) together[i] = spoken->samples;
  });
  EXPECT_EQ(together[0], alone->samples);
  EXPECT_EQ(together[2], alone->samples);
  const auto other = s3gen_->speak(tokens_, voice_, 8);
  ASSERT_TRUE(other);
  EXPECT_GT(error(other->samples, alone->samples), 0.1);
}

TEST_F(ChatterboxS3Gen, DropsWhatIsNoSpeechAndTheLastToken) {
  auto noisy = tokens_;
  noisy.insert(noisy.begin(), 6561);
  noisy.insert(noisy.begin() + 5, {6562, -1});
  const auto clean = s3gen_->speak(tokens_, voice_, 1), dropped = s3gen_->speak(noisy, voice_, 1);
  ASSERT_TRUE(clean && dropped);
  EXPECT_EQ(clean->samples, dropped->samples);
  EXPECT_EQ(clean->size(), static_cast<std::int64_t>(tokens_.size() - 1) * 960);
  EXPECT_EQ(s3gen_->speak(tokens_, voice_, 1, {.drop_last_token = false})->size(),
            static_cast<std::int64_t>(tokens_.size()) * 960);
  // Silence for 20 ms, then speech.
  EXPECT_EQ(rms(std::span(clean->samples).first(480)), 0);
  EXPECT_GT(rms(std::span(clean->samples).subspan(960, 960)), 0);
}

TEST_F(ChatterboxS3Gen, FastSettingsUseTheEndOfThePrompt) {
  auto shorter = voice_;
  shorter.prompt_tokens.erase(shorter.prompt_tokens.begin(), shorter.prompt_tokens.begin() + 8);
  shorter.prompt_mel.erase(shorter.prompt_mel.begin(), shorter.prompt_mel.begin() + 8 * 160);
  const auto limited = s3gen_->speak(tokens_, voice_, 1, {.prompt_tokens = 12});
  const auto cut = s3gen_->speak(tokens_, shorter, 1);
  ASSERT_TRUE(limited && cut);
  EXPECT_EQ(limited->samples, cut->samples);
  EXPECT_TRUE(s3gen_->speak(tokens_, voice_, 1, S3GenSettings::fast()));
  EXPECT_TRUE(s3gen_->speak(tokens_, voice_, 1, {.prompt_tokens = 0}));
  EXPECT_TRUE(s3gen_->speak(std::span(tokens_).first(1), voice_, 1));
}

TEST_F(ChatterboxS3Gen, RefusesNothingToSayAndTooMuch) {
  const auto nothing = s3gen_->speak(std::vector<std::int32_t>{6561, 6562}, voice_, 1);
  ASSERT_FALSE(nothing);
  EXPECT_EQ(nothing.error().code, Errc::backend);
  const auto much = s3gen_->speak(std::vector<std::int32_t>(250, 5), voice_, 1);
  ASSERT_FALSE(much);
  EXPECT_NE(much.error().message.find("270 speech tokens"), std::string::npos)
      << much.error().message;
}

}  // namespace
}  // namespace troupe::speech::chatterbox
