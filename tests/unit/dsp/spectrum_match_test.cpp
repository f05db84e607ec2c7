#include "dsp/spectrum_match.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <random>

namespace troupe::dsp {
namespace {

AudioBuffer noise(double seconds) {
  std::mt19937 random(1);
  std::normal_distribution<float> normal(0, 0.1F);
  AudioBuffer audio;
  audio.samples.resize(static_cast<std::size_t>(seconds * kSampleRateHz));
  for (float& x : audio.samples) x = normal(random);
  return audio;
}

/// A slope of `db` from the lowest band to the highest.
BandLevels slope(float db) {
  BandLevels levels{};
  for (std::size_t band = 0; band < kBands; ++band)
    levels[band] = db * (static_cast<float>(band) / (kBands - 1) - 0.5F);
  return levels;
}

TEST(SpectrumMatch, WhiteNoiseIsFlat) {
  for (const float level : long_term_spectrum(noise(4))) EXPECT_NEAR(level, 0, 1);
}

TEST(SpectrumMatch, SilenceAndNothingAreZeros) {
  AudioBuffer silence;
  EXPECT_EQ(long_term_spectrum(silence), BandLevels{});
  silence.samples.assign(kSampleRateHz, 0.0F);
  EXPECT_EQ(long_term_spectrum(silence), BandLevels{});
}

TEST(SpectrumMatch, TheFilterBringsOneSpectrumToTheOther) {
  AudioBuffer audio = noise(4);
  apply_filter(audio.samples, matching_filter(BandLevels{}, slope(10), 8));
  const BandLevels reached = long_term_spectrum(audio), wanted = slope(10);
  for (std::size_t band = 1; band < kBands; ++band)  // 513 taps resolve 47 Hz: not the lowest band
    EXPECT_NEAR(reached[band], wanted[band], 1.2) << band;
}

TEST(SpectrumMatch, NoBandMovesFurtherThanAllowed) {
  AudioBuffer audio = noise(4);
  apply_filter(audio.samples, matching_filter(BandLevels{}, slope(60), 6));
  const BandLevels reached = long_term_spectrum(audio);
  EXPECT_LT(reached.back() - reached[1], 12 + 1.5);
}

TEST(SpectrumMatch, ANarrowLineIsFoundAndCanBeLaidOverClearSpeech) {
  AudioBuffer clear = noise(4);
  apply_filter(clear.samples, matching_filter(BandLevels{}, slope(-30), 15));
  EXPECT_FALSE(narrow_line(long_term_spectrum(clear))) << "a dull voice is none";
  BandLevels telephone{};
  for (const std::size_t band : {0, 1, 2, 3, 16, 17, 18, 19, 20}) telephone[band] = -45;
  AudioBuffer narrow = clear;
  apply_filter(narrow.samples, matching_filter(BandLevels{}, telephone, 60));
  const auto line = narrow_line(long_term_spectrum(narrow));
  ASSERT_TRUE(line);
  const BandLevels before = long_term_spectrum(clear);
  apply_filter(clear.samples, *line);
  const BandLevels after = long_term_spectrum(clear);
  const float kept = after[10] - before[10];
  for (const std::size_t band : {6, 8, 12, 14})
    EXPECT_NEAR(after[band] - before[band], kept, 2) << band;
  for (const std::size_t band : {17, 18, 20})
    EXPECT_LT(after[band] - before[band], kept - 25) << band;
}

TEST(SpectrumMatch, EqualSpectraLeaveEverySampleWhereItWas) {
  const AudioBuffer before = noise(0.1);
  AudioBuffer after = before;
  apply_filter(after.samples, matching_filter(slope(10), slope(10), 8));
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.samples.size(); ++i)
    EXPECT_NEAR(after.samples[i], before.samples[i], 1e-4);
}

TEST(SpectrumMatch, FiltersWhatIsShorterThanTheTaps) {
  std::vector<float> one{1.0F}, none;
  const auto taps = matching_filter(BandLevels{}, slope(6), 8);
  apply_filter(one, taps);
  EXPECT_FLOAT_EQ(one[0], taps[taps.size() / 2]);
  apply_filter(none, taps);
  EXPECT_TRUE(none.empty());
}

}  // namespace
}  // namespace troupe::dsp
