#include "voices/quality.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "unit/voices/fakes.hpp"

namespace troupe::voices {
namespace {

using test::chunk;
using test::tone;
using testing::HasSubstr;

std::vector<float> noise(std::int64_t ms, double rms) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, static_cast<float>(rms));
  std::vector<float> samples(static_cast<std::size_t>(ms_to_samples(ms)));
  for (float& x : samples) x = normal(random);
  return samples;
}

/// A graph that calls a frame speech when its RMS is above 0.12, and remembers nothing.
class LoudIsSpeech final : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors& inputs) const override {
    const Tensor& input = inputs.at("input");
    EXPECT_EQ(input.shape[1], 576);
    std::vector<float> speech;
    for (std::int64_t row = 0; row < input.shape[0]; ++row) {
      double sum = 0;
      for (std::int64_t k = 64; k < 576; ++k) {
        const float x = (*input.floats())[static_cast<std::size_t>(row * 576 + k)];
        sum += static_cast<double>(x) * x;
      }
      speech.push_back(sum / 512 > 0.12 * 0.12 ? 0.99F : 0.01F);
    }
    return nn::Tensors{{"speech", Tensor({input.shape[0]}, std::move(speech))},
                       {"next_h", inputs.at("h")},
                       {"next_c", inputs.at("c")}};
  }
};

SpeakerAudio speaker_with(std::vector<Chunk> chunks, std::vector<Chunk> around) {
  SpeakerAudio speaker;
  speaker.chunks = std::move(chunks);
  speaker.around = std::move(around);
  return speaker;
}

/// A tone of power 0.045 with noise under it and around it.
SpeakerAudio noisy(double snr_db) {
  const double rms = std::sqrt(0.045 * std::pow(10, -snr_db / 10));
  std::vector<float> speech = tone(200, 4000);
  const std::vector<float> under = noise(4000, rms);
  for (std::size_t i = 0; i < speech.size(); ++i) speech[i] += under[i];
  return speaker_with({chunk(512, speech)}, {chunk(0, noise(512, rms))});
}

TEST(Quality, SnrIsSpeechPowerOverNonSpeechPower) {
  const SileroVad vad(std::make_shared<LoudIsSpeech>());
  for (double snr_db : {6.0, 12.0, 20.0, 30.0}) {
    const auto quality = measure_quality(noisy(snr_db), vad);
    ASSERT_TRUE(quality) << quality.error().message;
    // 0.5 dB: 14 noise frames are few. Noise left in the speech would add 1 dB at 6 dB.
    EXPECT_NEAR(quality->snr_db, snr_db, 0.5);
    EXPECT_NEAR(static_cast<double>(quality->speech_ms), 4000, 64);  // a frame at each end
    EXPECT_NEAR(quality->silence_percent, 0, 2);
    EXPECT_NEAR(quality->speech_rms_dbfs, 10 * std::log10(0.045 * (1 + std::pow(10, -snr_db / 10))),
                0.5);
  }
}

TEST(Quality, RumbleBelowSpeechIsNoNoise) {
  const SileroVad vad(std::make_shared<LoudIsSpeech>());
  const auto with_rumble = [](std::vector<float> samples) {
    for (std::size_t i = 0; i < samples.size(); ++i)  // 12 Hz, nearly as strong as the speech
      samples[i] += 0.2F * std::sin(static_cast<float>(i % 2000) / 2000 * 6.2831853F);
    return samples;
  };
  const auto quality = measure_quality(speaker_with({chunk(512, with_rumble(tone(200, 4000)))},
                                                    {chunk(0, with_rumble(noise(512, 0.002)))}),
                                       vad);
  ASSERT_TRUE(quality);
  EXPECT_FALSE(gate(*quality)) << *gate(*quality);
  EXPECT_NEAR(quality->speech_rms_dbfs, 10 * std::log10(0.045), 0.5);
}

TEST(Quality, SilenceAroundSpeechIsSixtyDecibelNotInfinite) {
  const SileroVad vad(std::make_shared<LoudIsSpeech>());
  const auto digital = measure_quality(
      speaker_with({chunk(512, tone(200, 2000))}, {chunk(0, std::vector<float>(12288, 0.0F))}),
      vad);
  ASSERT_TRUE(digital);
  EXPECT_EQ(digital->snr_db, 60);
  const auto nothing_around = measure_quality(speaker_with({chunk(0, tone(200, 2000))}, {}), vad);
  ASSERT_TRUE(nothing_around);
  EXPECT_EQ(nothing_around->snr_db, 60);
  EXPECT_FALSE(gate(*nothing_around));
}

TEST(Quality, OfNothingAtAllIsRefusedNotNan) {
  const VoiceQuality quality = measure_quality_by_energy(SpeakerAudio{});
  EXPECT_TRUE(std::isfinite(quality.snr_db) && std::isfinite(quality.speech_rms_dbfs));
  EXPECT_GE(quality.score, 0);
  EXPECT_TRUE(gate(quality));
}

TEST(Quality, OneSampleAtFullScaleIsAPeakARunIsClipping) {
  std::vector<float> samples = tone(200, 1000);
  samples[100] = 1.0F;
  EXPECT_EQ(measure_quality_by_energy(speaker_with({chunk(0, samples)}, {})).clipping_percent, 0);
  for (std::size_t i = 1000; i < 1000 + 2400; ++i) samples[i] = i % 100 < 50 ? 1.0F : -1.0F;
  EXPECT_NEAR(measure_quality_by_energy(speaker_with({chunk(0, samples)}, {})).clipping_percent, 10,
              1e-9);  // 2400 of 24000
}

TEST(Quality, ByEnergyTellsPausesFromSpeech) {
  std::vector<float> samples = tone(200, 1600);
  samples.resize(static_cast<std::size_t>(ms_to_samples(3200)), 0.0F);
  const auto quality = measure_quality_by_energy(speaker_with({chunk(0, samples)}, {}));
  EXPECT_NEAR(quality.silence_percent, 50, 2);  // one frame of 100
  EXPECT_NEAR(static_cast<double>(quality.speech_ms), 1600, 32);
}

TEST(Quality, ScoreIsOneAtBestAndGrowsWithSnr) {
  const SileroVad vad(std::make_shared<LoudIsSpeech>());
  double last = 0;
  for (double snr_db : {12.0, 20.0, 25.0, 35.0}) {
    const double score = measure_quality(noisy(snr_db), vad)->score;
    EXPECT_GT(score, last);
    EXPECT_LE(score, 1);
    last = score;
  }
}

VoiceQuality good() { return {25, 0, 10, -22, 6000, 0.8}; }

TEST(Gate, AcceptsAGoodReference) { EXPECT_FALSE(gate(good())); }

TEST(Gate, NamesFigureBoundAndRemedy) {
  VoiceQuality quality = good();
  quality.speech_ms = 600;
  EXPECT_EQ(gate(quality), "speech 0.6 s is below 1 s: give more speech of this person alone");
}

TEST(Gate, RefusesAtEachBoundOfTheSpec) {
  const auto refused = [](auto change) {
    VoiceQuality quality = good();
    change(quality);
    return gate(quality).value_or("accepted");
  };
  EXPECT_THAT(refused([](auto& q) { q.snr_db = 10; }), HasSubstr("SNR 10.0 dB"));
  EXPECT_EQ(refused([](auto& q) { q.snr_db = 10.01; }), "accepted");
  EXPECT_THAT(refused([](auto& q) { q.clipping_percent = 5; }), HasSubstr("clipping 5.0 %"));
  EXPECT_EQ(refused([](auto& q) { q.clipping_percent = 4.99; }), "accepted");
  EXPECT_THAT(refused([](auto& q) { q.silence_percent = 70; }), HasSubstr("silence 70.0 %"));
  EXPECT_EQ(refused([](auto& q) { q.silence_percent = 69.9; }), "accepted");
  EXPECT_THAT(refused([](auto& q) { q.speech_rms_dbfs = -50; }), HasSubstr("-50.0 dBFS"));
  EXPECT_EQ(refused([](auto& q) { q.speech_rms_dbfs = -49.9; }), "accepted");
  EXPECT_THAT(refused([](auto& q) { q.speech_ms = 999; }), HasSubstr("1 s"));
  EXPECT_EQ(refused([](auto& q) { q.speech_ms = 1000; }), "accepted");
}

}  // namespace
}  // namespace troupe::voices
