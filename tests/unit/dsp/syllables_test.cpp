#include "dsp/syllables.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "dsp/pitch.hpp"

namespace troupe::dsp {
namespace {

std::optional<double> rate(const AudioBuffer& audio) {
  return syllables_per_second(audio, f0_contour(audio));
}

/// A buzz of 120 Hz whose level swells `rate` times a second by 20 dB.
AudioBuffer swelling(double rate, double seconds, double depth_db = 20) {
  AudioBuffer audio;
  const double turn = 2 * std::numbers::pi / kSampleRateHz;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(seconds * kSampleRateHz); ++i) {
    const double level = depth_db / 2 * (-1 - std::cos(turn * rate * static_cast<double>(i)));
    const double tone = std::sin(turn * 120 * static_cast<double>(i)) +
                        0.5 * std::sin(turn * 240 * static_cast<double>(i));
    audio.samples.push_back(static_cast<float>(0.3 * std::pow(10, level / 20) * tone));
  }
  return audio;
}

TEST(Syllables, CountsSwellsPerSecond) {
  for (const double wanted : {2.0, 3.0, 5.0})
    EXPECT_NEAR(rate(swelling(wanted, 6)).value_or(0), wanted, 0.1 * wanted);
}

TEST(Syllables, APauseIsNotSlowSpeech) {
  AudioBuffer audio = swelling(4, 4);
  audio.samples.insert(audio.samples.end(), 3 * kSampleRateHz, 0.0F);
  const AudioBuffer again = swelling(4, 4);
  audio.samples.insert(audio.samples.end(), again.samples.begin(), again.samples.end());
  EXPECT_NEAR(rate(audio).value_or(0), 4, 0.4);
}

TEST(Syllables, SmallSwellsAreNoSyllables) {
  EXPECT_LT(rate(swelling(4, 6, 1.5)).value_or(0), 0.5);
}

TEST(Syllables, TooLittleSpeechHasNoRate) {
  EXPECT_FALSE(rate({}));
  EXPECT_FALSE(rate(swelling(4, 1)));
}

}  // namespace
}  // namespace troupe::dsp
