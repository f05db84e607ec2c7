#include "voices/extract.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace troupe::voices {
namespace {

constexpr std::int64_t kGuardMs = 20;

Segment spoken(std::string speaker, std::int64_t begin_ms, std::int64_t end_ms) {
  Segment segment;
  segment.speaker_id = std::move(speaker);
  segment.span = {ms_to_samples(begin_ms), ms_to_samples(end_ms)};
  return segment;
}

TimeRange range_ms(std::int64_t begin_ms, std::int64_t end_ms) {
  return {ms_to_samples(begin_ms), ms_to_samples(end_ms)};
}

/// Sample i has the value i, exact in f32 up to 2^24.
std::vector<SpeakerAudio> collect(const std::vector<Segment>& segments, std::int64_t length_ms,
                                  std::size_t block = 4096) {
  std::vector<float> ramp(static_cast<std::size_t>(ms_to_samples(length_ms)));
  std::iota(ramp.begin(), ramp.end(), 0.0F);
  ReferenceCollector collector(segments);
  for (std::size_t i = 0; i < ramp.size(); i += block)
    collector.push(std::span(ramp).subspan(i, std::min(block, ramp.size() - i)));
  return std::move(collector).finish();
}

std::int64_t total(const std::vector<Chunk>& chunks) {
  std::int64_t sum = 0;
  for (const Chunk& chunk : chunks) sum += chunk.span.length();
  return sum;
}

TEST(ReferenceCollector, TakesExactlyTheSamplesOfASpanWhateverTheBlocks) {
  const std::vector<Segment> segments{spoken("a", 1000, 2500), spoken("a", 4000, 4700)};
  for (std::size_t block : {1UL, 7UL, 4096UL, 1000000UL}) {
    const auto speakers = collect(segments, 6000, block);
    ASSERT_EQ(speakers.size(), 1U);
    ASSERT_EQ(speakers[0].chunks.size(), 2U);
    for (const Chunk& chunk : speakers[0].chunks) {
      ASSERT_EQ(static_cast<std::int64_t>(chunk.samples.size()), chunk.span.length());
      for (std::size_t i = 0; i < chunk.samples.size(); ++i)
        ASSERT_EQ(chunk.samples[i], static_cast<float>(chunk.span.begin) + static_cast<float>(i));
    }
    EXPECT_EQ(speakers[0].chunks[0].span, range_ms(1000, 2500));
    EXPECT_EQ(speakers[0].chunks[1].span, range_ms(4000, 4700));
  }
}

TEST(ReferenceCollector, NeverTakesASpanInWhichAnotherSpeakerOverlaps) {
  const auto speakers =
      collect({spoken("a", 0, 5000), spoken("b", 2000, 3000), spoken("c", 4500, 6000)}, 7000);
  ASSERT_EQ(speakers.size(), 3U);
  ASSERT_EQ(speakers[0].chunks.size(), 2U);
  EXPECT_EQ(speakers[0].chunks[0].span, range_ms(0, 2000 - kGuardMs));
  EXPECT_EQ(speakers[0].chunks[1].span, range_ms(3000 + kGuardMs, 4500 - kGuardMs));
  EXPECT_TRUE(speakers[1].chunks.empty());
  ASSERT_EQ(speakers[2].chunks.size(), 1U);
  EXPECT_EQ(speakers[2].chunks[0].span, range_ms(5000 + kGuardMs, 6000));
}

TEST(ReferenceCollector, TakesTheLongestStretchesFirstAndCutsTheLastAtTwelveSeconds) {
  const auto speakers = collect({spoken("a", 0, 2000), spoken("a", 3000, 10000),
                                 spoken("a", 11000, 15000), spoken("a", 16000, 17000)},
                                20000);
  ASSERT_EQ(speakers[0].chunks.size(), 3U);
  EXPECT_EQ(speakers[0].chunks[0].span, range_ms(0, 1000));  // 7 s + 4 s leave 1 s of room
  EXPECT_EQ(speakers[0].chunks[1].span, range_ms(3000, 10000));
  EXPECT_EQ(speakers[0].chunks[2].span, range_ms(11000, 15000));
  EXPECT_EQ(total(speakers[0].chunks), kTargetReferenceSamples);
}

TEST(ReferenceCollector, CutsOneVeryLongStretch) {
  const auto speakers = collect({spoken("a", 0, 60000)}, 60000);
  EXPECT_EQ(total(speakers[0].chunks), kTargetReferenceSamples);
}

TEST(ReferenceCollector, TakesShortStretchesOnlyWhenThereIsNothingElse) {
  const auto both = collect({spoken("a", 0, 200), spoken("a", 1000, 2000)}, 3000);
  ASSERT_EQ(both[0].chunks.size(), 1U);
  EXPECT_EQ(both[0].chunks[0].span, range_ms(1000, 2000));
  const auto only_short = collect({spoken("a", 0, 200), spoken("a", 1000, 1250)}, 3000);
  EXPECT_EQ(only_short[0].chunks.size(), 2U);
}

TEST(ReferenceCollector, SurroundingsAreHalfASecondWhereNobodySpeaks) {
  const auto speakers = collect({spoken("a", 2000, 4000), spoken("b", 4300, 5000)}, 8000);
  ASSERT_EQ(speakers[0].around.size(), 2U);
  EXPECT_EQ(speakers[0].around[0].span, range_ms(1500, 2000));
  EXPECT_EQ(speakers[0].around[1].span, range_ms(4000, 4300));
  ASSERT_EQ(speakers[1].around.size(), 2U);
  EXPECT_EQ(speakers[1].around[0].span, range_ms(4000, 4300));
  EXPECT_EQ(speakers[1].around[1].span, range_ms(5000, 5500));
  EXPECT_EQ(speakers[1].around[1].samples.front(), static_cast<float>(ms_to_samples(5000)));
}

TEST(ReferenceCollector, SpansPastTheEndComeBackShorterOrNotAtAll) {
  const auto speakers = collect({spoken("a", 1000, 3000), spoken("a", 5000, 6000)}, 2000);
  ASSERT_EQ(speakers[0].chunks.size(), 1U);
  EXPECT_EQ(speakers[0].chunks[0].span, range_ms(1000, 2000));
  EXPECT_EQ(static_cast<std::int64_t>(speakers[0].chunks[0].samples.size()), ms_to_samples(1000));
}

TEST(ReferenceCollector, CountsSegmentsInTheOrderOfFirstAppearance) {
  const auto speakers =
      collect({spoken("b", 0, 3000), spoken("a", 3000, 4000), spoken("b", 5000, 5500)}, 6000);
  ASSERT_EQ(speakers.size(), 2U);
  EXPECT_EQ(speakers[0].speaker_id, "b");
  EXPECT_EQ(speakers[0].segments, 2);
}

TEST(ReferenceCollector, AnythingIsASpeakerIdAndThousandsAreQuick) {
  std::vector<Segment> segments;
  for (int i = 0; i < 20000; ++i)
    segments.push_back(spoken("../" + std::to_string(i), 10 * i, 10 * i + 10));
  const auto speakers = collect(segments, 1000);
  EXPECT_EQ(speakers.size(), 20000U);
  EXPECT_EQ(speakers[7].speaker_id, "../7");
}

TEST(JoinChunks, PutsFiftyMillisecondsOfSilenceBetweenChunks) {
  const Chunk first{{0, 240}, std::vector<float>(240, 0.1F)};
  const Chunk second{{960, 1200}, std::vector<float>(240, -0.2F)};
  const AudioBuffer joined = join_chunks(std::vector{first, second});
  ASSERT_EQ(joined.size(), 240 + ms_to_samples(50) + 240);
  EXPECT_EQ(joined.samples[240], 0.0F);
  EXPECT_EQ(joined.samples[240 + 1199], 0.0F);
  EXPECT_NE(joined.samples[240 + 1200], 0.0F);
}

TEST(JoinChunks, BringsThePeakToMinusThreeDecibel) {
  for (float level : {0.001F, 0.5F, 1.0F, 3.0F}) {
    const AudioBuffer joined = join_chunks(std::vector{Chunk{{0, 3}, {0.0F, -level, level / 2}}});
    float peak = 0;
    for (float x : joined.samples) peak = std::max(peak, std::abs(x));
    EXPECT_NEAR(20 * std::log10(peak), -3.0, 1e-4);  // f32 rounding of one product
  }
}

TEST(JoinChunks, KeepsDigitalSilenceSilent) {
  const AudioBuffer joined = join_chunks(std::vector{Chunk{{0, 2}, {0.0F, 0.0F}}});
  EXPECT_EQ(joined.samples, (std::vector<float>{0.0F, 0.0F}));
  EXPECT_TRUE(join_chunks({}).samples.empty());
}

}  // namespace
}  // namespace troupe::voices
