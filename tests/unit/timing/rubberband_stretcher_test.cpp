#include "timing/rubberband_stretcher.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <thread>

namespace troupe::timing {
namespace {

AudioBuffer tone(double hz, std::int64_t samples) {
  AudioBuffer made;
  for (std::int64_t i = 0; i < samples; ++i) {
    const double seconds = static_cast<double>(i) / kSampleRateHz;
    made.samples.push_back(0.5f *
                           static_cast<float>(std::sin(2 * std::numbers::pi * hz * seconds)));
  }
  return made;
}

/// Bursts of 30 ms, one every 200 ms, the first at sample 0: onsets as sharp as plosives.
AudioBuffer bursts(std::int64_t samples) {
  AudioBuffer made = tone(1000, samples);
  for (std::int64_t i = 0; i < samples; ++i)
    if (i % ms_to_samples(200) >= ms_to_samples(30)) made.samples[i] = 0;
  return made;
}

double rms(const AudioBuffer& audio, std::int64_t begin, std::int64_t end) {
  double sum = 0;
  for (std::int64_t i = begin; i < end; ++i) sum += audio.samples[i] * audio.samples[i];
  return std::sqrt(sum / static_cast<double>(end - begin));
}

AudioBuffer stretched(const AudioBuffer& in, std::int64_t out_samples) {
  auto result = make_rubberband_stretcher()->stretch(in, out_samples);
  if (!result) throw std::runtime_error(result.error().message);
  return *result;
}

TEST(RubberBandStretcher, ReturnsExactlyTheLengthAsked) {
  for (const std::int64_t samples : {1, 7, 240, 2399, 24000, 50001})
    for (const double ratio : {0.5, 0.8, 0.93, 1.1, 1.25, 2.0}) {
      const std::int64_t wanted = std::max<std::int64_t>(
          (samples + 1) / 2, std::llround(static_cast<double>(samples) * ratio));
      EXPECT_EQ(stretched(tone(200, samples), wanted).size(), wanted) << samples << " x " << ratio;
    }
}

TEST(RubberBandStretcher, LeavesEqualLengthUntouched) {
  const AudioBuffer in = bursts(24000);
  EXPECT_EQ(stretched(in, in.size()).samples, in.samples);
}

TEST(RubberBandStretcher, KeepsThePitch) {
  for (const double ratio : {0.8, 1.25}) {
    const AudioBuffer out = stretched(tone(220, 48000), std::llround(48000 * ratio));
    std::int64_t crossings = 0;
    for (std::int64_t i = 1; i < out.size(); ++i)
      crossings += out.samples[i - 1] < 0 && out.samples[i] >= 0;
    const double hz =
        static_cast<double>(crossings * kSampleRateHz) / static_cast<double>(out.size());
    EXPECT_NEAR(hz, 220, 2.2);  // 1 % is 17 cents, under what an ear tells apart in speech
  }
}

TEST(RubberBandStretcher, KeepsTheVeryFirstAndLastSounds) {
  // A tone that is at full level from its first to its last sample stays so: within 3 dB.
  for (const double ratio : {0.8, 1.25}) {
    const AudioBuffer out = stretched(tone(440, 24000), std::llround(24000 * ratio));
    const double whole = rms(out, 0, out.size());
    const std::int64_t edge = ms_to_samples(20);
    EXPECT_GT(rms(out, 0, edge), whole * 0.7) << ratio;
    EXPECT_GT(rms(out, out.size() - edge, out.size()), whole * 0.7) << ratio;
  }
}

TEST(RubberBandStretcher, PutsSoundsWhereTheRatioSays) {
  const std::int64_t samples = 48000;
  for (const double ratio : {0.8, 0.9, 1.1, 1.25}) {
    const AudioBuffer out =
        stretched(bursts(samples), std::llround(static_cast<double>(samples) * ratio));
    for (std::int64_t at = ms_to_samples(200); at < samples; at += ms_to_samples(200)) {
      // The onset is where the level first reaches a quarter of full scale near its place.
      const auto place = std::llround(static_cast<double>(at) * ratio);
      std::int64_t found = place - ms_to_samples(60);
      while (found < out.size() && std::fabs(out.samples[found]) < 0.125f) ++found;
      // 15 ms: less than half of the 40 ms that spec T5 allows an onset to be off.
      EXPECT_NEAR(static_cast<double>(found), static_cast<double>(place), ms_to_samples(15))
          << ratio;
    }
  }
}

TEST(RubberBandStretcher, IsDeterministicAcrossThreads) {
  const AudioBuffer in = bursts(30000);
  const auto stretcher = make_rubberband_stretcher();
  const auto expected = stretcher->stretch(in, 26000);
  ASSERT_TRUE(expected.has_value());
  std::vector<AudioBuffer> outs(4);
  {
    std::vector<std::jthread> threads;
    for (AudioBuffer& out : outs)
      threads.emplace_back([&] { out = stretcher->stretch(in, 26000).value(); });
  }
  for (const AudioBuffer& out : outs) EXPECT_EQ(out.samples, expected->samples);
}

TEST(RubberBandStretcher, RefusesARatioOutsideItsRange) {
  const auto stretcher = make_rubberband_stretcher();
  EXPECT_FALSE(stretcher->stretch(tone(200, 1000), 2001).has_value());
  EXPECT_FALSE(stretcher->stretch(tone(200, 1000), 499).has_value());
  EXPECT_FALSE(stretcher->stretch(AudioBuffer{}, 10).has_value());
}

}  // namespace
}  // namespace troupe::timing
