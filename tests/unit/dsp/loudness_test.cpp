#include "dsp/loudness.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <type_traits>
#include <vector>

namespace troupe::dsp {
namespace {

// Interleaved, the same tone in every channel.
std::vector<float> tone(double hz, double dbfs, double seconds, int rate, int channels,
                        double phase = 0) {
  std::vector<float> out;
  const double level = std::pow(10, dbfs / 20);
  for (int i = 0; i < static_cast<int>(seconds * rate); ++i)
    for (int c = 0; c < channels; ++c)
      out.push_back(
          static_cast<float>(level * std::sin(2 * std::numbers::pi * hz * i / rate + phase)));
  return out;
}

// EBU Tech 3341 (2016), table 1, cases 1 and 2: stereo 1000 Hz sine for 20 s reads its own peak
// level, +-0.1 LU. 997 Hz as in ITU-R BS.1770 avoids a period that divides the rate.
TEST(Loudness, MeetsEbuTech3341) {
  for (const double dbfs : {-23.0, -33.0}) {
    LoudnessMeter meter(48000, 2);
    meter.push(tone(997, dbfs, 20, 48000, 2));
    ASSERT_TRUE(meter.integrated_lufs());
    EXPECT_NEAR(*meter.integrated_lufs(), dbfs, 0.1);
  }
}

// Case 3: the gate drops what is 10 LU below: -36, -23, -36 dBFS reads -23.
TEST(Loudness, GatesQuietParts) {
  LoudnessMeter meter(48000, 2);
  meter.push(tone(997, -36, 10, 48000, 2));
  meter.push(tone(997, -23, 60, 48000, 2));
  meter.push(tone(997, -36, 10, 48000, 2));
  EXPECT_NEAR(*meter.integrated_lufs(), -23, 0.1);
}

TEST(Loudness, WorksAtTheEngineRateInMono) {
  LoudnessMeter meter(24000, 1);
  meter.push(tone(997, -20, 10, 24000, 1));
  // One channel has half the power of two: 3.01 LU less (ITU-R BS.1770).
  EXPECT_NEAR(*meter.integrated_lufs(), -23.01, 0.1);
}

TEST(Loudness, HasNoValueForSilenceOrTooLittle) {
  LoudnessMeter silent(24000, 1);
  silent.push(std::vector<float>(240000));
  EXPECT_FALSE(silent.integrated_lufs());
  LoudnessMeter brief(24000, 1);
  brief.push(tone(997, -20, 0.1, 24000, 1));
  EXPECT_FALSE(brief.integrated_lufs()) << "shorter than one 400 ms block";
}

// True peak costs several times the loudness: a meter that was not made for it cannot be asked.
template <typename Meter, typename = void>
constexpr bool kHasPeak = false;
template <typename Meter>
constexpr bool kHasPeak<Meter, std::void_t<decltype(&Meter::true_peak_dbtp)>> = true;
static_assert(kHasPeak<LoudnessAndPeakMeter> && !kHasPeak<LoudnessMeter>);

TEST(Loudness, IsTheSameFromEitherMeter) {
  LoudnessMeter plain(48000, 2);
  LoudnessAndPeakMeter both(48000, 2);
  for (const double dbfs : {-23.0, -30.0, -40.0}) {
    const auto samples = tone(997, dbfs, 3, 48000, 2);
    plain.push(samples);
    both.push(samples);
  }
  EXPECT_EQ(plain.integrated_lufs(), both.integrated_lufs());
}

TEST(Loudness, OfAMonoSignalInTwoChannelsIsHigherByTheConstant) {
  LoudnessMeter mono(24000, 1), stereo(24000, 2);
  mono.push(tone(500, -20, 5, 24000, 1));
  stereo.push(tone(500, -20, 5, 24000, 2));
  EXPECT_NEAR(*stereo.integrated_lufs() - *mono.integrated_lufs(), kDualMonoLu, 1e-4);
}

// EBU Tech 3341 case 16: a tone of a quarter of the rate at 45 degrees peaks between samples, 3 dB
// above them; tolerance +0.2/-0.4 dB.
TEST(Loudness, FindsPeaksBetweenSamples) {
  LoudnessAndPeakMeter meter(48000, 2);
  meter.push(tone(12000, -6, 1, 48000, 2, std::numbers::pi / 4));
  EXPECT_GT(meter.true_peak_dbtp(), -6.4);
  EXPECT_LT(meter.true_peak_dbtp(), -5.8);
}

TEST(Loudness, ReportsSilenceAsFarBelow) {
  LoudnessAndPeakMeter meter(24000, 1);
  EXPECT_EQ(meter.true_peak_dbtp(), -120);
  meter.push(std::vector<float>(2400));
  EXPECT_EQ(meter.true_peak_dbtp(), -120);
}

TEST(Loudness, MeasuresNothingForAShapeThatCannotBe) {
  LoudnessAndPeakMeter meter(0, 0);
  meter.push(std::vector<float>(100));
  EXPECT_FALSE(meter.integrated_lufs());
  EXPECT_EQ(meter.true_peak_dbtp(), -120);
}

}  // namespace
}  // namespace troupe::dsp
