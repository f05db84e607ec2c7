/// GE2E, Silero and what is built on them, with the real models on real people.
///
/// Expected numbers: numpy (STFT as librosa defines it) and ONNX Runtime 1.31 on the first 6 s of
/// Debian's asterisk-core-sounds demo-echotest.g722, decoded at 16 kHz.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <random>

#include "dsp/pitch.hpp"
#include "media/libav_media.hpp"
#include "voices/ge2e_encoder.hpp"
#include "voices/isolate.hpp"
#include "voices/quality.hpp"
#include "voices/silero_vad.hpp"

namespace troupe::voices {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAllison = "en_US_f_Allison/demo-echotest.g722";
constexpr const char* kAllisonElsewhere = "en_US_f_Allison/demo-instruct.g722";
constexpr const char* kJune = "fr_CA_f_June/demo-echotest.g722";
constexpr const char* kCarlo = "it_IT_m_Carlo/demo-echotest.g722";

fs::path models_directory() {
  if (const char* set = std::getenv("TROUPE_MODELS")) return set;
  if (const char* data = std::getenv("XDG_DATA_HOME")) return fs::path(data) / "troupe" / "models";
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr ? home : "/") / ".local" / "share" / "troupe" / "models";
}

class Ge2eTest : public testing::Test {
 protected:
  void SetUp() override {
    const fs::path models = models_directory();
    if (!fs::exists(models / "ge2e" / "ge2e.onnx"))
      GTEST_SKIP() << models << " has no models: run troupe models fetch, or set TROUPE_MODELS";
    if (!fs::exists(sounds_ / kAllison))
      GTEST_SKIP() << "no recordings: apt install asterisk-core-sounds-{en,fr,it}-g722";
    const auto engine = nn::make_openvino_engine({});
    auto ge2e = engine->load(models / "ge2e" / "ge2e.onnx", nn::Precision::f32);
    ASSERT_TRUE(ge2e) << ge2e.error().message;
    auto encoder = make_ge2e_encoder(*ge2e, models / "ge2e" / "mel_filters.npy");
    ASSERT_TRUE(encoder) << encoder.error().message;
    encoder_ = std::move(*encoder);
    auto vad = engine->load(models / "silero" / "silero_vad.onnx", nn::Precision::f32);
    ASSERT_TRUE(vad) << vad.error().message;
    vad_.emplace(*vad);
  }

  AudioBuffer recording(const char* name, double seconds, int rate_hz = kSampleRateHz) const {
    AudioBuffer audio;
    audio.sample_rate_hz = rate_hz;
    const auto media = media::make_libav_media();
    const auto decoded =
        media->decode(sounds_ / name, {rate_hz, 1},
                      [&](std::span<const float> block) -> Result<void> {
                        audio.samples.insert(audio.samples.end(), block.begin(), block.end());
                        return {};
                      },
                      {});
    EXPECT_TRUE(decoded) << decoded.error().message;
    audio.samples.resize(static_cast<std::size_t>(seconds * rate_hz));
    return audio;
  }

  Embedding embedding(const char* name) const {
    const auto embedded = encoder_->embed(recording(name, 6, 16000));
    EXPECT_TRUE(embedded) << embedded.error().message;
    return embedded.value_or(Embedding{});
  }

  static SpeakerAudio speaker_of(AudioBuffer audio) {
    SpeakerAudio speaker;
    speaker.chunks = {{{0, audio.size()}, std::move(audio.samples)}};
    return speaker;
  }

  /// White noise `snr_db` below the power of the speech frames.
  Result<VoiceQuality> quality_at(const char* name, double snr_db) const {
    AudioBuffer audio = recording(name, 12);
    const auto clean = measure_quality(speaker_of(audio), *vad_);
    if (!clean) return clean;
    std::mt19937 random(1);
    std::normal_distribution<float> noise(
        0, static_cast<float>(std::pow(10, (clean->speech_rms_dbfs - snr_db) / 20)));
    for (float& x : audio.samples) x += noise(random);
    return measure_quality(speaker_of(std::move(audio)), *vad_);
  }

  fs::path sounds_ = "/usr/share/asterisk/sounds";
  std::unique_ptr<SpeakerEncoder> encoder_;
  std::optional<SileroVad> vad_;
};

TEST_F(Ge2eTest, GivesTheReferenceEmbedding) {
  const Embedding allison = embedding(kAllison);
  const std::array<float, 7> expected{0.19128F, 0.0074F, 0.04857F, 0.16264F, 0.19483F, 0, 0};
  // 1e-3: f32 sums in another order measured 1.4e-7; the rest is room for other CPUs.
  for (std::size_t i = 0; i < expected.size(); ++i)
    EXPECT_NEAR(allison[37 * i], expected[i], 1e-3) << i;
  EXPECT_NEAR(cosine(allison, allison), 1, 1e-5);
}

TEST_F(Ge2eTest, TellsPeopleApart) {
  const Embedding allison = embedding(kAllison), june = embedding(kJune), carlo = embedding(kCarlo);
  EXPECT_NEAR(cosine(allison, embedding(kAllisonElsewhere)), 0.9376, 2e-3);
  EXPECT_NEAR(cosine(allison, june), 0.7918, 2e-3);
  EXPECT_NEAR(cosine(allison, carlo), 0.6515, 2e-3);
  EXPECT_NEAR(cosine(june, carlo), 0.5903, 2e-3);
}

TEST_F(Ge2eTest, IsTheSameFromTheRateOfThePipeline) {
  const auto at_24k = encoder_->embed(recording(kAllison, 6));
  ASSERT_TRUE(at_24k);
  EXPECT_GT(cosine(*at_24k, embedding(kAllison)), 0.999);  // soxr up and down again
}

TEST_F(Ge2eTest, RefusesSilenceAndAlmostNothing) {
  EXPECT_EQ(encoder_->embed({std::vector<float>(48000, 0.0F)}).error().code, Errc::bad_input);
  EXPECT_EQ(encoder_->embed({std::vector<float>(2000, 0.1F)}).error().code, Errc::bad_input);
  EXPECT_EQ(encoder_->embed({}).error().code, Errc::bad_input);
}

TEST_F(Ge2eTest, TheGateAcceptsTwelveDecibelAndRefusesEight) {
  for (const char* name : {kAllison, kJune, kCarlo}) {
    for (double snr_db : {20.0, 12.0}) {
      const auto quality = quality_at(name, snr_db);
      ASSERT_TRUE(quality) << quality.error().message;
      EXPECT_FALSE(gate(*quality)) << name << ": " << *gate(*quality);
      // Noise adds to speech frames (0.3 dB at 12 dB), soft tails of words to the others.
      EXPECT_NEAR(quality->snr_db, snr_db, 1.5) << name;
    }
    const auto noisy = quality_at(name, 8);
    ASSERT_TRUE(noisy);
    EXPECT_TRUE(gate(*noisy)) << name << ": " << noisy->snr_db << " dB accepted";
  }
}

TEST_F(Ge2eTest, TheGateAcceptsATelephone) {
  for (const char* name : {kAllison, kJune, kCarlo}) {
    AudioBuffer narrow = recording(name, 12, 8000);
    for (float& x : narrow.samples) x = std::round(x * 128) / 128;  // 8 bits, worse than G.711
    AudioBuffer audio = recording(name, 12);
    for (std::size_t i = 0; i < audio.samples.size(); ++i) audio.samples[i] = narrow.samples[i / 3];
    const auto quality = measure_quality(speaker_of(std::move(audio)), *vad_);
    ASSERT_TRUE(quality);
    EXPECT_FALSE(gate(*quality)) << name << ": " << *gate(*quality);
  }
}

TEST_F(Ge2eTest, TheGateRefusesNoiseWithoutSpeech) {
  AudioBuffer hiss;
  std::mt19937 random(1);
  std::normal_distribution<float> noise(0, 0.05F);
  for (int i = 0; i < 10 * kSampleRateHz; ++i) hiss.samples.push_back(noise(random));
  const auto quality = measure_quality(speaker_of(std::move(hiss)), *vad_);
  ASSERT_TRUE(quality);
  EXPECT_TRUE(gate(*quality));
}

TEST_F(Ge2eTest, IsolationKeepsOnePersonWhole) {
  for (const char* name : {kAllison, kJune, kCarlo}) {
    const SpeakerAudio clean = speaker_of(recording(name, 12));
    const auto isolation = isolate(clean.chunks, *encoder_);
    ASSERT_TRUE(isolation);
    EXPECT_EQ(isolation->dropped_samples, 0) << name;
  }
}

TEST_F(Ge2eTest, IsolationDropsAStranger) {
  std::vector<Chunk> chunks = speaker_of(recording(kAllison, 10)).chunks;
  AudioBuffer stranger = recording(kCarlo, 2);
  const std::int64_t begin = 12 * kSampleRateHz;
  chunks.push_back({{begin, begin + stranger.size()}, std::move(stranger.samples)});
  const auto isolation = isolate(chunks, *encoder_);
  ASSERT_TRUE(isolation);
  EXPECT_EQ(isolation->dropped_samples, 2 * kSampleRateHz);
  EXPECT_EQ(isolation->kept.size(), 1U);
}

TEST_F(Ge2eTest, PitchOfPeopleIsWhereWomensAndMensVoicesAre) {
  EXPECT_NEAR(dsp::median_f0_hz(recording(kAllison, 10)).value_or(0), 195, 35);
  EXPECT_NEAR(dsp::median_f0_hz(recording(kCarlo, 10)).value_or(0), 150, 40);
}

}  // namespace
}  // namespace troupe::voices
