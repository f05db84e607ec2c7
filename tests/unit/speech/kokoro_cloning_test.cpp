#include "speech/kokoro/kokoro_cloning.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace troupe::speech {
namespace {

/// Answers with the first half of what was asked for.
class EchoGraph : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors& inputs) const override {
    const auto& asked = *inputs.at("embedding").floats();
    return nn::Tensors{
        {"style", Tensor({1, 128}, std::vector<float>(asked.begin(), asked.begin() + 128))}};
  }
};

class ShortGraph : public nn::Graph {
 public:
  Result<nn::Tensors> run(const nn::Tensors&) const override {
    return nn::Tensors{{"style", Tensor({1, 2}, std::vector<float>{0, 0})}};
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
  const StyleEncoder encoder(std::make_shared<EchoGraph>());
  const auto clone =
      clone_style(encoder, kPerson, 120, 0.9f, 0, [](auto, float) -> Result<HeardClone> {
        return fail(Errc::internal, "nobody should listen");
      });
  ASSERT_TRUE(clone);
  EXPECT_FLOAT_EQ(clone->decoder_style[0], kPerson[0]);
  EXPECT_FLOAT_EQ(clone->f0_ratio, 0.9f);
  EXPECT_FALSE(clone->similarity);
}

TEST(KokoroCloning, PassesTakeOutWhatTheEncoderMissed) {
  const StyleEncoder encoder(std::make_shared<EchoGraph>());
  const auto listen = [](std::span<const float> style, float) -> Result<HeardClone> {
    return biased(style, 0.5f);
  };
  const double first = clone_style(encoder, kPerson, 120, 1, 1, listen)->similarity.value();
  const double fifth = clone_style(encoder, kPerson, 120, 1, 5, listen)->similarity.value();
  EXPECT_LT(first, 0.95);
  EXPECT_GT(fifth, 0.995);
}

TEST(KokoroCloning, MorePassesNeverEndWorse) {
  const StyleEncoder encoder(std::make_shared<EchoGraph>());
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
  const StyleEncoder encoder(std::make_shared<EchoGraph>());
  const auto clone =
      clone_style(encoder, kPerson, 120, 1, 2, [](auto style, float ratio) -> Result<HeardClone> {
        HeardClone heard = biased(style, 0);
        heard.f0_hz = 100 * ratio;
        return heard;
      });
  EXPECT_NEAR(clone->f0_ratio, 1.2f, 1e-5);
}

TEST(KokoroCloning, AnEncoderOfAnotherShapeIsRefused) {
  const StyleEncoder encoder(std::make_shared<ShortGraph>());
  EXPECT_EQ(encoder.style(kPerson, 120, true).error().code, Errc::missing_model);
}

TEST(KokoroCloning, ProsodyComesFromThePresetOfTheLanguage) {
  EXPECT_EQ(prosody_preset("fr", false), "ff_siwis");
  EXPECT_EQ(prosody_preset("en-us", true), "am_michael");
  EXPECT_EQ(prosody_preset("en-gb", false), "bf_emma");
  EXPECT_EQ(prosody_preset("pt-br", true), "pm_alex");
}

}  // namespace
}  // namespace troupe::speech
