#include "speech/kokoro/kokoro_cloning.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "dsp/pitch.hpp"
#include "dsp/spectrum_match.hpp"

namespace troupe::speech {
namespace {

constexpr float kScale = 10;  // axes of a style are of that size

/// A voice whose embedding begins with its axes / 10.
class LinearGraph : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors& inputs) const override {
    const auto& axes = *inputs.at("axes").floats();
    const auto& person = *inputs.at("embedding").floats();
    std::vector<float> sum = *inputs.at("missed").floats(), first(128), gradient(128);
    std::vector<float> predicted(256);
    for (std::size_t i = 0; i < 128; ++i) first[i] = kScale / 2 * person[i];
    for (std::size_t i = 0; i < 128; ++i) predicted[i] = axes[i] / kScale;
    for (std::size_t i = 0; i < 128; ++i) sum[i] += predicted[i];
    float power = 1e-6f, dot = 0;
    for (std::size_t i = 0; i < 256; ++i) power += sum[i] * sum[i], dot += sum[i] * person[i];
    for (std::size_t i = 0; i < 128; ++i)
      gradient[i] = (person[i] - dot / power * sum[i]) / std::sqrt(power) / kScale;
    std::vector<float> style = predicted;
    style.resize(128);
    return nn::Tensors{{"first", Tensor({1, 128}, std::move(first))},
                       {"gradient", Tensor({1, 128}, std::move(gradient))},
                       {"predicted", Tensor({1, 256}, std::move(predicted))},
                       {"style", Tensor({1, 128}, std::move(style))}};
  }
};

class ShortGraph : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors&) const override {
    return nn::Tensors{{"first", Tensor({1, 2}, std::vector<float>{0, 0})}};
  }
};

Embedding unit(std::initializer_list<float> head) {
  Embedding e{};
  float norm = 0;
  for (const float value : head) norm += value * value;
  std::size_t i = 0;
  for (const float value : head) e[i++] = value / std::sqrt(norm);
  return e;
}

/// A voice that always comes out with too much of one component.
HeardClone biased(std::span<const float> style, float bias) {
  HeardClone heard;
  float norm = 0;
  for (std::size_t i = 0; i < style.size(); ++i) {
    heard.embedding[i] = style[i] + (i == 3 ? bias : 0);
    norm += heard.embedding[i] * heard.embedding[i];
  }
  for (float& value : heard.embedding) value /= std::sqrt(norm);
  return heard;
}

const Embedding kPerson = unit({0.6f, 0.5f, 0.4f, 0.1f, 0.3f});

TEST(KokoroCloning, WithoutPassesTheEncodersAnswerStands) {
  const StyleEncoder encoder(std::make_shared<LinearGraph>());
  const auto clone =
      clone_style(encoder, kPerson, 120, 0.9f, 0, [](auto, float) -> Result<HeardClone> {
        return fail(Errc::internal, "nobody should listen");
      });
  ASSERT_TRUE(clone);
  for (std::size_t i = 0; i < 5; ++i)  // the prior and the start pull it towards zero
    EXPECT_NEAR(clone->decoder_style[i] / clone->decoder_style[0], kPerson[i] / kPerson[0], 0.05);
  EXPECT_FLOAT_EQ(clone->f0_ratio, 0.9f);
  EXPECT_FALSE(clone->similarity);
}

TEST(KokoroCloning, PassesTakeOutWhatTheEncoderMissed) {
  const StyleEncoder encoder(std::make_shared<LinearGraph>());
  const auto listen = [](std::span<const float> style, float) -> Result<HeardClone> {
    return biased(style, 0.5f);
  };
  const double first = clone_style(encoder, kPerson, 120, 1, 1, listen)->similarity.value();
  const double second = clone_style(encoder, kPerson, 120, 1, 2, listen)->similarity.value();
  EXPECT_LT(first, 0.9);
  EXPECT_GT(second, first + 0.05);  // a share of it: the rest may be the sentences' own
}

TEST(KokoroCloning, MorePassesNeverEndWorse) {
  const StyleEncoder encoder(std::make_shared<LinearGraph>());
  double last = -1;
  for (int passes = 1; passes <= 6; ++passes) {
    int heard = 0;
    const auto clone = clone_style(encoder, kPerson, 120, 1, passes,
                                   [&](std::span<const float> style, float) -> Result<HeardClone> {
                                     return biased(style, heard++ % 2 ? 2.0f : 0.3f);  // erratic
                                   });
    EXPECT_GE(*clone->similarity, last);
    last = *clone->similarity;
    EXPECT_EQ(heard, passes);
  }
}

TEST(KokoroCloning, ThePitchThatWasHeardCorrectsTheRatio) {
  const StyleEncoder encoder(std::make_shared<LinearGraph>());
  const auto clone =
      clone_style(encoder, kPerson, 120, 1, 2, [](auto style, float ratio) -> Result<HeardClone> {
        HeardClone heard = biased(style, 0);
        heard.f0_hz = 100 * ratio;
        return heard;
      });
  EXPECT_NEAR(clone->f0_ratio, 1.2f, 1e-5);
}

/// A buzz at a pitch that swings by so many semitones, 3 times a second.
AudioBuffer buzz(double hz, double swing, double seconds = 4) {
  AudioBuffer audio;
  double phase = 0;
  for (int i = 0; i < seconds * kSampleRateHz; ++i) {
    const double t = static_cast<double>(i) / kSampleRateHz;
    phase += hz * std::exp2(swing / 12 * std::sin(6.2831853 * 3 * t)) / kSampleRateHz;
    audio.samples.push_back(static_cast<float>(
        0.2 * (std::sin(6.2831853 * phase) + 0.5 * std::sin(6.2831853 * 2 * phase))));
  }
  return audio;
}

std::vector<float> contour(double hz, double swing) {
  std::vector<float> f0;
  for (int i = 0; i < 200; ++i)
    f0.push_back(static_cast<float>(hz * std::exp2(swing / 12 * std::sin(0.31 * i))));
  return f0;
}

TEST(KokoroCloning, PitchAndItsRangeFollowThePerson) {
  const PitchShape pitch = pitch_like(dsp::f0_contour(buzz(150, 2)), 150, contour(200, 2));
  EXPECT_NEAR(pitch.ratio, 0.75, 0.01);
  EXPECT_NEAR(pitch.range, 1, 0.15);
  EXPECT_GT(pitch_like(dsp::f0_contour(buzz(150, 2.6)), 150, contour(200, 2)).range, 1.15);
  EXPECT_FLOAT_EQ(pitch_like(dsp::f0_contour(buzz(150, 0.1)), 150, contour(200, 2)).range,
                  0.7f);                                     // the limit
  EXPECT_EQ(pitch_like({}, 150, contour(200, 2)).range, 1);  // nothing to measure
}

TEST(KokoroCloning, UnvoicedSoundsAreNoPitch) {
  std::vector<float> f0 = contour(200, 2);
  f0.insert(f0.end(), 150, 90.0f);  // what the model predicts for an unvoiced sound
  f0.insert(f0.end(), 300, 1.0f);   // and for silence
  const auto voiced = voiced_hz(f0);
  EXPECT_EQ(voiced.size(), 200u);
  EXPECT_NEAR(voiced[100], 200, 2);
  EXPECT_TRUE(voiced_hz({}).empty());
}

TEST(KokoroCloning, NobodySpeaksFarFromTheUsualPace) {
  EXPECT_EQ(pace_like({}, {}), 1);
  EXPECT_FLOAT_EQ(pace_like(buzz(150, 0), dsp::f0_contour(buzz(150, 0))), 0.9f);  // one long vowel
}

/// Hears how much of the sound lies above 3 kHz.
class TrebleEars final : public SpeakerEncoder {
 public:
  Result<Embedding> embed(const AudioBuffer& audio) const override {
    double rough = 0, all = 0;
    for (std::size_t i = 1; i < audio.samples.size(); ++i) {
      rough += std::abs(audio.samples[i] - audio.samples[i - 1]);
      all += std::abs(audio.samples[i]);
    }
    return unit({1, static_cast<float>(rough / all)});
  }
};

AudioBuffer hiss(float smoothing) {
  AudioBuffer audio = buzz(150, 0);
  std::uint32_t random = 1;
  float last = 0;
  for (float& x : audio.samples) {
    random = random * 1664525u + 1013904223u;
    last = smoothing * last + (1 - smoothing) * (static_cast<float>(random >> 8) / 8388608.0f - 1);
    x = 0.2f * last;
  }
  return audio;
}

TEST(KokoroCloning, TheSpectrumIsMatchedOnlyWhereThatHelps) {
  const TrebleEars ears;
  Clone clone;
  clone.heard = hiss(0.7f);
  const AudioBuffer person = hiss(0.2f);
  const Embedding wanted = *ears.embed(person);
  clone.similarity = cosine(*ears.embed(clone.heard), wanted);
  const auto brighter = equalise(clone, person, wanted, ears);
  ASSERT_TRUE(brighter && *brighter);
  EXPECT_GT((*brighter)->similarity, *clone.similarity + 0.005);
  EXPECT_EQ((*brighter)->taps.size() % 2, 1u);

  clone.similarity = 1;
  const auto no_need = equalise(clone, clone.heard, *ears.embed(clone.heard), ears);
  ASSERT_TRUE(no_need);
  EXPECT_FALSE(*no_need);
  EXPECT_FALSE(equalise({}, person, wanted, ears)->has_value()) << "nothing was heard";
}

TEST(KokoroCloning, WhatALineTakesFromEveryoneIsGivenBack) {
  const TrebleEars ears;
  const std::vector<float> line{0.25f, 0.5f, 0.25f};
  HeardClone clear;
  clear.audio = hiss(0.2f);
  clear.embedding = *ears.embed(clear.audio);
  AudioBuffer narrow = hiss(0.3f);  // the person, and what comes through
  const Embedding person = *ears.embed(narrow);
  dsp::apply_filter(narrow.samples, line);
  const auto listen = [&](std::span<const float>, float) { return Result<HeardClone>(clear); };
  const StyleEncoder encoder(std::make_shared<LinearGraph>());
  const auto wanted = without_line(line, encoder, *ears.embed(narrow), 120, 1, listen, ears);
  ASSERT_TRUE(wanted);
  EXPECT_NEAR(cosine(*wanted, *wanted), 1, 1e-5);
  EXPECT_GT(cosine(*wanted, person), 0.99);
  EXPECT_LT(cosine(*ears.embed(narrow), person), 0.98);
}

TEST(KokoroCloning, AnEncoderOfAnotherShapeIsRefused) {
  const StyleEncoder encoder(std::make_shared<ShortGraph>());
  EXPECT_EQ(encoder.solve(kPerson, {}, 120, true).error().code, Errc::missing_model);
}

TEST(KokoroCloning, ProsodyComesFromThePresetOfTheLanguage) {
  EXPECT_EQ(prosody_preset("fr", false), "ff_siwis");
  EXPECT_EQ(prosody_preset("en-us", true), "am_michael");
  EXPECT_EQ(prosody_preset("en-gb", false), "bf_emma");
  EXPECT_EQ(prosody_preset("pt-br", true), "pm_alex");
}

}  // namespace
}  // namespace troupe::speech
