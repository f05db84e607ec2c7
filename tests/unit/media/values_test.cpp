// The parts of writing that are plain values: formats by extension, language codes, 16-bit dither.
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "media/iso639.hpp"
#include "media/output_format.hpp"
#include "media/quantize.hpp"

namespace troupe::media {
namespace {

using testing::HasSubstr;

TEST(OutputFormat, FollowsTheExtensionInAnyCase) {
  EXPECT_STREQ(output_format("a/b.WAV")->muxer, "wav");
  EXPECT_STREQ(output_format("x.y.Mp4")->muxer, "mp4");
  EXPECT_TRUE(output_format("x.mkv")->picture);
  EXPECT_FALSE(output_format("x.opus")->picture);
}

TEST(OutputFormat, NamesTheLegalOnesWhenItRefuses) {
  for (const char* name : {"out.ogg", "out", ".wav", "out.wav.part"}) {
    const auto format = output_format(name);
    ASSERT_FALSE(format) << name;
    EXPECT_EQ(format.error().code, Errc::bad_input);
    EXPECT_THAT(format.error().message, HasSubstr(name));
    EXPECT_THAT(format.error().message, HasSubstr(".wav .flac .mp3 .opus .m4a .mp4 or .mkv"));
  }
}

TEST(OutputFormat, KeepsItsErrorOnOneLine) {
  EXPECT_THAT(output_format("a\nb.txt").error().message, HasSubstr("a?b.txt"));
}

TEST(Iso639, MapsTagsToThreeLetters) {
  EXPECT_EQ(iso639_2("fr", false), "fra");
  EXPECT_EQ(iso639_2("fr-CA", true), "fre");
  EXPECT_EQ(iso639_2("EN_us", false), "eng");
  EXPECT_EQ(iso639_2("pt-br", true), "por");
  EXPECT_EQ(iso639_2("zu", false), "zul");
  EXPECT_EQ(iso639_2("deu", true), "ger");
  EXPECT_EQ(iso639_2("yue-HK", false), "yue");
}

TEST(Iso639, SaysUndeterminedForWhatItDoesNotKnow) {
  for (const char* tag : {"", "x", "qq", "english", "a1", "é"})
    EXPECT_EQ(iso639_2(tag, false), "und") << tag;
}

TEST(Quantizer, KeepsSilenceSilent) {
  Quantizer quantize;
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(quantize(0.0F), 0);
}

TEST(Quantizer, HoldsTheEndsOfTheRange) {
  Quantizer quantize;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_GE(quantize(1.5F), 32766);
    EXPECT_LE(quantize(-1.5F), -32767);
  }
  EXPECT_EQ(quantize(std::numeric_limits<float>::quiet_NaN()), 0);
  EXPECT_EQ(quantize(std::numeric_limits<float>::infinity()), 32767);
}

// What dither is for: a level below one step survives as a mean, and the noise does not follow it.
TEST(Quantizer, CarriesLevelsBelowOneStep) {
  for (const double steps : {0.1, 0.3, 0.5, 0.9}) {
    Quantizer quantize;
    constexpr int kCount = 200000;
    double sum = 0, squares = 0;
    for (int i = 0; i < kCount; ++i) {
      const double error = quantize(static_cast<float>(steps / 32768)) - steps;
      sum += error;
      squares += error * error;
    }
    // 6 standard errors of a mean with variance 1/4 (below) over 200,000 draws.
    EXPECT_NEAR(sum / kCount, 0, 6 * 0.5 / std::sqrt(kCount)) << steps;
    // TPDF: total error variance is 1/4 step^2 whatever the level (Lipshitz et al. 1992).
    EXPECT_NEAR(squares / kCount, 0.25, 0.01) << steps;
  }
}

}  // namespace
}  // namespace troupe::media
