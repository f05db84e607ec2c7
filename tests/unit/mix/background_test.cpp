#include <gtest/gtest.h>

#include "mix/ducking.hpp"
#include "unit/mix/fakes.hpp"

namespace troupe::mix {
namespace {

constexpr std::int64_t frames48(std::int64_t ms) { return 48 * ms; }

/// 8 s: speech from 3 s to 5 s over a left-only tone, so that the right channel is the dub alone.
struct BackgroundScene : Scene {
  BackgroundScene() {
    add("A", 3000, vowel(110, 0.1, ms_to_samples(2000)));
    request.length = ms_to_samples(8000);
    set_background(8000);
  }
  void set_background(std::int64_t ms) {
    media.stereo.assign(static_cast<std::size_t>(2 * frames48(ms)), 0.0f);
    for (std::size_t i = 0; i < media.stereo.size(); i += 2)
      media.stereo[i] = 0.05f * static_cast<float>(std::sin(2 * std::numbers::pi * 1000 *
                                                            static_cast<double>(i / 2) / 48000));
    request.background = BackgroundSource{"talk.mp4", &media};
  }
  MemoryMedia media;
};

std::vector<float> channel(const std::vector<float>& stereo, std::size_t index) {
  std::vector<float> made;
  for (std::size_t i = index; i < stereo.size(); i += 2) made.push_back(stereo[i]);
  return made;
}

/// The background as it came out: what left has more than right.
std::vector<float> under(const MemoryWriter& out) {
  std::vector<float> left = channel(out.samples, 0);
  const std::vector<float> right = channel(out.samples, 1);
  for (std::size_t i = 0; i < left.size(); ++i) left[i] -= right[i];
  return left;
}

TEST(MixOverBackground, IsStereoAt48kHzAndExactlyAsLong) {
  BackgroundScene scene;
  EXPECT_EQ(mix_format(scene.request).sample_rate_hz, 48000);
  EXPECT_EQ(mix_format(scene.request).channels, 2);
  for (const std::int64_t background_ms : {8000, 5500, 9000}) {
    scene.set_background(background_ms);
    MemoryWriter out;
    ASSERT_TRUE(mix(scene.request, out, {}, {}).has_value());
    EXPECT_EQ(out.samples.size(), static_cast<std::size_t>(2 * frames48(8000))) << background_ms;
  }
  EXPECT_EQ(scene.media.asked.sample_rate_hz, 48000);
  EXPECT_EQ(scene.media.asked.channels, 2);
}

TEST(MixOverBackground, DucksBy18DbUnderSpeechAndKeepsFullLevelElsewhere) {
  BackgroundScene scene;
  MemoryWriter out;
  ASSERT_TRUE(mix(scene.request, out, {}, {}).has_value());
  const auto background = under(out);
  const double own = rms_db(channel(scene.media.stereo, 0), 0, frames48(8000));
  EXPECT_NEAR(rms_db(background, 0, frames48(2800)), own, 0.05);
  EXPECT_NEAR(rms_db(background, frames48(3000), frames48(5000)), own - 18, 1);
  EXPECT_NEAR(rms_db(background, frames48(5200), frames48(8000)), own, 0.05);
}

TEST(MixOverBackground, SpeechIsAtTheTargetWhateverTheBackground) {
  BackgroundScene scene;
  MemoryWriter out, stem;
  const std::vector<std::pair<std::string, AudioWriter*>> stems = {{"A", &stem}};
  ASSERT_TRUE(mix(scene.request, out, stems, {}).has_value());
  EXPECT_EQ(static_cast<std::int64_t>(stem.samples.size()), scene.request.length);
  // One of two equal channels, and the stem, read 3.01 LU less than both together.
  EXPECT_NEAR(loudness(stem.samples), -26.01, 0.1);
  EXPECT_NEAR(loudness(channel(out.samples, 1), 48000), -26.01, 0.1);
}

TEST(MixOverBackground, TheWrittenTrackIsAtTheTargetWhenTheBackgroundIsSilent) {
  BackgroundScene scene;
  std::fill(scene.media.stereo.begin(), scene.media.stereo.end(), 0.0f);
  for (const double target : {-23.0, -30.0}) {
    scene.request.target_lufs = target;
    MemoryWriter out;
    const auto result = mix(scene.request, out, {}, {});
    ASSERT_TRUE(result.has_value());
    EXPECT_NEAR(loudness(out.samples, 48000, 2), target, 0.1);  // the mixer's own "close enough"
    EXPECT_NEAR(result->loudness_lufs, target, 0.1);
  }
}

TEST(MixOverBackground, SpeechSitsWhereItWasPlaced) {
  BackgroundScene scene;
  MemoryWriter out;
  const auto result = mix(scene.request, out, {}, {});
  ASSERT_TRUE(result && result->onsets[0]);
  EXPECT_NEAR(static_cast<double>(samples_to_ms(*result->onsets[0])), 3000,
              10);  // 5 ms frames and a 5 ms fade
  const auto speech = channel(out.samples, 1);
  EXPECT_LT(rms_db(speech, 0, frames48(2995)), -80);
  EXPECT_GT(rms_db(speech, frames48(3005), frames48(3100)), -40);
  EXPECT_LT(rms_db(speech, frames48(5005), frames48(8000)), -80);
}

TEST(MixOverBackground, HoldsTheCeilingOverALoudBackground) {
  BackgroundScene scene;
  for (float& sample : scene.media.stereo) sample *= 30;
  MemoryWriter out;
  const auto result = mix(scene.request, out, {}, {});
  ASSERT_TRUE(result.has_value());
  EXPECT_LE(result->true_peak_dbtp, -1 + 0.05);
}

TEST(MixOverBackground, CancelsInTheMiddle) {
  BackgroundScene scene;
  std::stop_source stop;
  int fetches = 0;
  scene.request.fetch = [&](int index) -> Result<AudioBuffer> {
    if (++fetches == 3) stop.request_stop();  // 1: its level, 2: the whole, 3: writing
    return AudioBuffer{scene.audio.at(index), kSampleRateHz};
  };
  MemoryWriter out;
  const auto result = mix(scene.request, out, {}, stop.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Errc::cancelled);
}

TEST(Ducking, MovesSmoothlyAndIsDownBeforeSpeechBegins) {
  const std::vector<PlacedTurn> turns = {
      {.index = 0, .speaker_id = "A", .start = ms_to_samples(1000), .length = ms_to_samples(1000)}};
  Ducking ducking(turns);
  float last = 1;
  for (std::int64_t at = 0; at < ms_to_samples(3000); ++at) {
    const float gain = ducking.gain(static_cast<double>(at));
    EXPECT_LT(std::fabs(gain - last), 0.001f);  // under -60 dB: no click
    if (at >= ms_to_samples(1000) && at < ms_to_samples(2000)) {
      EXPECT_NEAR(gain, 0.1259f, 0.001f);
    }
    if (at < ms_to_samples(900) || at > ms_to_samples(2150)) {
      EXPECT_EQ(gain, 1.0f);
    }
    last = gain;
  }
}

TEST(Ducking, StaysDownInAShortGapAndIgnoresFailedTurns) {
  std::vector<PlacedTurn> turns(3);
  turns[0].length = ms_to_samples(1000);
  turns[1].start = ms_to_samples(1300);
  turns[1].length = ms_to_samples(1000);
  turns[2].start = ms_to_samples(5000);
  turns[2].length = ms_to_samples(1000);
  turns[2].failed = true;
  Ducking ducking(turns);
  EXPECT_NEAR(ducking.gain(static_cast<double>(ms_to_samples(1150))), 0.1259f, 0.001f);
  EXPECT_EQ(ducking.gain(static_cast<double>(ms_to_samples(5500))), 1.0f);
}

}  // namespace
}  // namespace troupe::mix
