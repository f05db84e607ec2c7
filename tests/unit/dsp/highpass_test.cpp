#include "dsp/highpass.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "core/audio.hpp"

namespace troupe::dsp {
namespace {

/// Level after over level before, of a tone once it is steady.
double gain_db(double hz) {
  std::vector<float> tone(2 * kSampleRateHz);
  for (std::size_t i = 0; i < tone.size(); ++i)
    tone[i] = static_cast<float>(
        std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / kSampleRateHz));
  remove_rumble(tone);
  double sum = 0;
  for (std::size_t i = kSampleRateHz; i < tone.size(); ++i)
    sum += static_cast<double>(tone[i]) * tone[i];
  return 10 * std::log10(2 * sum / kSampleRateHz);
}

TEST(RemoveRumble, TakesAwayWhatLiesBelowSpeech) {
  // |H|^2 = 1 / (1 + (60 / f)^8)
  EXPECT_NEAR(gain_db(30), -24.1, 0.2);
  EXPECT_LT(gain_db(10), -60);
  EXPECT_NEAR(gain_db(60), -3.0, 0.1);
}

TEST(RemoveRumble, LeavesSpeech) {
  EXPECT_GT(gain_db(75), -0.8);
  for (const double hz : {120.0, 1000.0, 10000.0}) EXPECT_NEAR(gain_db(hz), 0, 0.05) << hz;
}

TEST(RemoveRumble, KeepsSilenceSilent) {
  std::vector<float> none(100, 0.0F);
  remove_rumble(none);
  EXPECT_EQ(none, std::vector<float>(100, 0.0F));
  remove_rumble({});
}

}  // namespace
}  // namespace troupe::dsp
