#include "mix/mixer.hpp"

#include <gtest/gtest.h>

#include "mix/dub_stream.hpp"
#include "unit/mix/fakes.hpp"

namespace troupe::mix {
namespace {

using StemList = std::vector<std::pair<std::string, AudioWriter*>>;

MixResult mixed(const Scene& scene, MemoryWriter& out, const StemList& stems = {}) {
  auto result = mix(scene.request, out, stems, {});
  if (!result) throw std::runtime_error(result.error().message);
  return *result;
}

TEST(Mix, SpeakersAtDifferentLevelsEndEquallyLoudAndTheWholeAtTarget) {
  for (const double target : {-23.0, -16.0}) {
    Scene scene;
    scene.request.target_lufs = target;
    scene.add("loud", 0, vowel(110, 0.3, ms_to_samples(3000)));
    scene.add("quiet", 3500, vowel(210, 0.02, ms_to_samples(3000)));
    scene.add("loud", 7000, vowel(120, 0.3, ms_to_samples(2000)));
    MemoryWriter out, loud, quiet;
    const MixResult result = mixed(scene, out, {{"loud", &loud}, {"quiet", &quiet}});
    EXPECT_NEAR(loudness(loud.samples), loudness(quiet.samples), 0.5);
    EXPECT_NEAR(loudness(out.samples), target, 0.5);
    EXPECT_NEAR(result.loudness_lufs, loudness(out.samples), 0.01);
  }
}

/// Two speakers at once, each at the target alone: together they are about 3 LU above it.
void add_overlapping_pair(Scene& scene) {
  scene.add("A", 0, vowel(110, 0.1, ms_to_samples(4000)));
  scene.add("B", 0, vowel(210, 0.1, ms_to_samples(4000)));
}

TEST(Mix, CorrectsTheWholeInOneMeasurementWhereTheLimiterHasNothingToDo) {
  Scene scene;
  add_overlapping_pair(scene);
  MemoryWriter out;
  mixed(scene, out);
  EXPECT_NEAR(loudness(out.samples), -23, 0.01);  // exact but for the rounding of floats
  EXPECT_EQ(scene.fetches[0], 3);                 // its level, the whole's, writing
}

TEST(Mix, MeasuresAgainWhereTheLimiterTakesSomethingAway) {
  Scene scene;
  scene.request.target_lufs = -11;
  add_overlapping_pair(scene);
  MemoryWriter out;
  mixed(scene, out);
  EXPECT_NEAR(loudness(out.samples), -11, 0.2);  // "close enough" of 0.1, after three looks
  EXPECT_GT(scene.fetches[0], 3);
}

TEST(Mix, TruePeakStaysUnderTheCeilingHoweverLoudTheTarget) {
  Scene scene;
  scene.request.target_lufs = -7;
  std::vector<float> peaky = vowel(110, 0.05, ms_to_samples(4000));
  for (std::size_t i = 0; i < peaky.size(); i += 9000) peaky[i] = 0.9f;
  scene.add("A", 0, peaky);
  MemoryWriter out, stem;
  const MixResult result = mixed(scene, out, {{"A", &stem}});
  EXPECT_LE(result.true_peak_dbtp, -1 + 0.05);
  for (const MemoryWriter* writer : {&out, &stem}) {
    dsp::LoudnessAndPeakMeter meter(kSampleRateHz, 1);
    meter.push(writer->samples);
    EXPECT_LE(meter.true_peak_dbtp(), -1 + 0.05);
  }
}

TEST(Mix, WritesExactlyTheRequestedLengthInBoundedBlocks) {
  Scene scene;
  scene.add("A", 130, vowel(110, 0.1, 50001));
  scene.request.length += 12345;
  MemoryWriter out, stem;
  mixed(scene, out, {{"A", &stem}});
  EXPECT_EQ(static_cast<std::int64_t>(out.samples.size()), scene.request.length);
  EXPECT_EQ(out.samples.size(), stem.samples.size());
  EXPECT_LE(out.largest, static_cast<std::size_t>(kSampleRateHz));
  EXPECT_FALSE(out.finished);
}

TEST(Mix, SilenceAndFailedTurnsStaySilentAndAreNotFetched) {
  Scene scene;
  scene.add("A", 0, std::vector<float>(48000, 0.0f));
  scene.add("B", 3000, std::vector<float>(24000, 0.5f));
  scene.request.turns[1].failed = true;
  MemoryWriter out;
  const MixResult result = mixed(scene, out);
  EXPECT_EQ(out.samples, std::vector<float>(scene.request.length, 0.0f));
  EXPECT_EQ(scene.fetches.count(1), 0u);
  EXPECT_EQ(result.loudness_lufs, -70);
  EXPECT_FALSE(result.onsets[0].has_value());
  EXPECT_FALSE(result.onsets[1].has_value());
}

TEST(Mix, SpeakerTooShortToMeasureIsBroughtNearTheTarget) {
  Scene scene;
  scene.add("A", 0, vowel(110, 0.1, ms_to_samples(3000)));
  scene.add("B", 4000, vowel(160, 0.01, ms_to_samples(250)));
  MemoryWriter out, a, b;
  mixed(scene, out, {{"A", &a}, {"B", &b}});
  const double level_a = rms_db(a.samples, 0, ms_to_samples(3000));
  const double level_b = rms_db(b.samples, ms_to_samples(4000), ms_to_samples(4250));
  EXPECT_NEAR(level_b, level_a, 2);  // the estimate leaves out the K filter, about 1 dB
}

TEST(Mix, JoinsDoNotClick) {
  // Cosines: every turn would begin and end with a step of its full height.
  Scene scene;
  for (int i = 0; i < 4; ++i) {
    std::vector<float> tone(ms_to_samples(1000));
    for (std::size_t k = 0; k < tone.size(); ++k)
      tone[k] = 0.2f * static_cast<float>(std::cos(2 * std::numbers::pi * 100 *
                                                   static_cast<double>(k) / kSampleRateHz));
    scene.add(i % 2 ? "A" : "B", 1000 * i, tone);
  }
  MemoryWriter out;
  mixed(scene, out);
  float height = 0, step = std::fabs(out.samples.front());
  for (std::size_t i = 1; i < out.samples.size(); ++i) {
    height = std::max(height, std::fabs(out.samples[i]));
    step = std::max(step, std::fabs(out.samples[i] - out.samples[i - 1]));
  }
  // A 100 Hz tone moves 2.6 % of its height per sample, the 5 ms fade adds at most 1.3 %.
  EXPECT_LT(step, 0.04f * height);
}

TEST(Mix, OverlappingTurnsAreSummedAndTheStemsAddUpToTheTrack) {
  Scene scene;
  scene.request.target_lufs = -30;  // far below the ceiling: the limiter stays out of it
  scene.add("A", 0, vowel(110, 0.1, ms_to_samples(3000)));
  scene.add("B", 1000, vowel(210, 0.1, ms_to_samples(3000)));
  scene.add("C", 1500, vowel(150, 0.1, ms_to_samples(500)));
  MemoryWriter out, a, b, c;
  mixed(scene, out, {{"A", &a}, {"B", &b}, {"C", &c}});
  for (std::size_t i = 0; i < out.samples.size(); ++i)
    ASSERT_NEAR(out.samples[i], a.samples[i] + b.samples[i] + c.samples[i], 1e-6) << i;
  EXPECT_GT(rms_db(c.samples, ms_to_samples(1600), ms_to_samples(1900)), -60);
  EXPECT_LT(rms_db(c.samples, ms_to_samples(2100), ms_to_samples(3000)), -120);
}

TEST(Mix, SameRequestGivesTheSameSamples) {
  Scene scene;
  scene.add("A", 0, vowel(110, 0.1, 70000));
  scene.add("B", 2000, vowel(210, 0.02, 60000));
  MemoryWriter first, second;
  mixed(scene, first);
  mixed(scene, second);
  EXPECT_EQ(first.samples, second.samples);
}

TEST(Mix, FindsOnsetsInTheWrittenTrack) {
  Scene scene;
  std::vector<float> late(ms_to_samples(200), 0.0f);
  const auto voice = vowel(110, 0.1, ms_to_samples(1500));
  late.insert(late.end(), voice.begin(), voice.end());
  scene.add("A", 300, voice);
  scene.add("B", 1800, late);  // begins the moment A ends, heard 200 ms later
  MemoryWriter out;
  const MixResult result = mixed(scene, out);
  ASSERT_TRUE(result.onsets[0] && result.onsets[1]);
  // 10 ms: the 5 ms frames of the rule and the 5 ms fade.
  EXPECT_NEAR(static_cast<double>(samples_to_ms(*result.onsets[0])), 300, 10);
  EXPECT_NEAR(static_cast<double>(samples_to_ms(*result.onsets[1])), 2000, 10);
}

TEST(Mix, FindsOnsetsOfOverlappingTurnsInTheirOwnSignal) {
  Scene scene;
  std::vector<float> late(ms_to_samples(400), 0.0f);
  const auto voice = vowel(110, 0.1, ms_to_samples(1500));
  late.insert(late.end(), voice.begin(), voice.end());
  scene.add("A", 0, vowel(210, 0.1, ms_to_samples(4000)));
  scene.add("B", 1000, late);
  MemoryWriter out;
  const MixResult result = mixed(scene, out);
  ASSERT_TRUE(result.onsets[0] && result.onsets[1]);
  EXPECT_NEAR(static_cast<double>(samples_to_ms(*result.onsets[0])), 0, 10);
  EXPECT_NEAR(static_cast<double>(samples_to_ms(*result.onsets[1])), 1400, 10);
}

TEST(Mix, OfNoTurnsIsSilence) {
  Scene scene;
  scene.request.length = 30000;
  MemoryWriter out;
  EXPECT_EQ(mixed(scene, out).loudness_lufs, -70);
  EXPECT_EQ(out.samples, std::vector<float>(30000, 0.0f));
}

TEST(Mix, PassesFailuresOn) {
  Scene scene;
  scene.add("A", 0, vowel(110, 0.1, 100000));
  MemoryWriter out;
  out.fail_after = 20000;
  EXPECT_EQ(mix(scene.request, out, {}, {}).error().code, Errc::io);

  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(mix(scene.request, out, {}, stop.get_token()).error().code, Errc::cancelled);

  scene.request.fetch = [](int) -> Result<AudioBuffer> { return fail(Errc::io, "spool gone"); };
  EXPECT_EQ(mix(scene.request, out, {}, {}).error().message, "spool gone");
}

TEST(Mix, RefusesAudioThatIsNotWhatWasPlaced) {
  Scene scene;
  scene.add("A", 0, vowel(110, 0.1, 50000));
  scene.request.turns[0].length = 49999;
  MemoryWriter out;
  EXPECT_EQ(mix(scene.request, out, {}, {}).error().turn, 0);
  scene.request.turns[0].length = 50000;
  scene.request.length = 49999;
  EXPECT_EQ(mix(scene.request, out, {}, {}).error().code, Errc::internal);
}

TEST(DubStream, HoldsOnlyTheTurnsThatSound) {
  Scene scene;
  for (int i = 0; i < 200; ++i)
    scene.add(i % 2 ? "A" : "B", 500 * i, vowel(110, 0.1, ms_to_samples(700)));
  const Gains gains;
  DubStream dub(scene.request, gains);
  std::size_t most = 0;
  for (std::int64_t at = 0; at < scene.request.length; at += ms_to_samples(100)) {
    ASSERT_TRUE(dub.next(ms_to_samples(100)).has_value());
    most = std::max(most, dub.turns_held());
  }
  EXPECT_LE(most, 2u);  // 700 ms turns every 500 ms
  EXPECT_EQ(dub.turns_held(), 0u);
  for (const auto& [index, count] : scene.fetches) EXPECT_EQ(count, 1) << index;
}

}  // namespace
}  // namespace troupe::mix
