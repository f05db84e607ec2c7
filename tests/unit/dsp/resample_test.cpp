#include "dsp/resample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <tuple>

namespace troupe::dsp {
namespace {

AudioBuffer sine(double hz, std::size_t samples, int rate) {
  AudioBuffer out;
  out.sample_rate_hz = rate;
  for (std::size_t i = 0; i < samples; ++i)
    out.samples.push_back(static_cast<float>(
        0.5 * std::sin(2 * std::numbers::pi * hz * static_cast<double>(i) / rate)));
  return out;
}

class Rates : public testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(Rates, GiveTheExactLength) {
  const auto [in_hz, out_hz] = GetParam();
  for (const std::size_t n : {1U, 2U, 100U, 4096U, 12345U, 44100U}) {
    const auto out = resample(sine(100, n, in_hz), out_hz);
    ASSERT_TRUE(out) << out.error().message;
    EXPECT_EQ(out->size(), std::llround(static_cast<double>(n) * out_hz / in_hz)) << n;
    EXPECT_EQ(out->sample_rate_hz, out_hz);
  }
}

TEST_P(Rates, KeepAToneInPlace) {
  const auto [in_hz, out_hz] = GetParam();
  const auto out = resample(sine(440, static_cast<std::size_t>(in_hz), in_hz), out_hz);
  ASSERT_TRUE(out);
  const AudioBuffer ideal = sine(440, out->samples.size(), out_hz);
  // Away from the ends, where the filter sees silence: SOXR_HQ is 20 bit, -120 dB; 1e-4 = -80 dB
  // leaves room for float, and a delay of one hundredth of a sample already breaks it.
  for (std::size_t i = out->samples.size() / 10; i < out->samples.size() * 9 / 10; ++i)
    ASSERT_NEAR(out->samples[i], ideal.samples[i], 1e-4) << i;
}

INSTANTIATE_TEST_SUITE_P(Resample, Rates,
                         testing::Values(std::tuple(8000, 24000), std::tuple(16000, 24000),
                                         std::tuple(44100, 24000), std::tuple(48000, 24000),
                                         std::tuple(24000, 16000), std::tuple(24000, 48000),
                                         std::tuple(24000, 44100), std::tuple(11025, 24000)));

TEST(Resample, RemovesWhatTheNewRateCannotHold) {
  const auto out = resample(sine(15000, 48000, 48000), 24000);
  ASSERT_TRUE(out);
  for (std::size_t i = 2400; i < 21600; ++i) ASSERT_NEAR(out->samples[i], 0, 1e-4);
}

TEST(Resample, ReturnsTheInputAtTheSameRate) {
  const AudioBuffer in = sine(440, 1000, 24000);
  EXPECT_EQ(resample(in, 24000)->samples, in.samples);
}

TEST(Resample, TakesNothing) {
  EXPECT_TRUE(resample(AudioBuffer{{}, 44100}, 24000)->samples.empty());
}

TEST(Resample, RefusesRatesThatNoRecordingHas) {
  for (const int rate : {-1, 0, 1, 999, 768001}) {
    const auto out = resample(AudioBuffer{{0.5F}, rate}, 24000);
    ASSERT_FALSE(out) << rate;
    EXPECT_EQ(out.error().code, Errc::bad_input);
  }
}

TEST(StreamResampler, GivesTheSameSamplesWhateverTheBlocks) {
  const AudioBuffer in = sine(440, 50000, 44100);
  const auto whole = resample(in, 24000);
  for (const std::size_t block : {1U, 7U, 480U, 4096U, 50000U}) {
    auto stream = StreamResampler::create(44100, 24000, 1);
    ASSERT_TRUE(stream);
    std::vector<float> out;
    for (std::size_t at = 0; at < in.samples.size(); at += block)
      ASSERT_TRUE(stream->push(
          std::span(in.samples).subspan(at, std::min(block, in.samples.size() - at)), out));
    ASSERT_TRUE(stream->push({}, out));
    EXPECT_EQ(out, whole->samples) << block;
  }
}

TEST(StreamResampler, KeepsChannelsApart) {
  auto stream = StreamResampler::create(44100, 24000, 2);
  ASSERT_TRUE(stream);
  std::vector<float> in, out;
  for (const float x : sine(440, 44100, 44100).samples) {
    in.push_back(x);
    in.push_back(0);
  }
  ASSERT_TRUE(stream->push(in, out));
  ASSERT_TRUE(stream->push({}, out));
  ASSERT_EQ(out.size(), 48000U);
  for (std::size_t i = 1; i < out.size(); i += 2) ASSERT_EQ(out[i], 0);
}

TEST(StreamResampler, DrainsToNothingWhenNothingCame) {
  auto stream = StreamResampler::create(44100, 24000, 1);
  std::vector<float> out;
  ASSERT_TRUE(stream->push({}, out));
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace troupe::dsp
