#include "voices/isolate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/voices/fakes.hpp"

namespace troupe::voices {
namespace {

using test::chunk;
using test::tone;

constexpr double kOne = 120, kOther = 300;

std::int64_t total(const std::vector<Chunk>& chunks) {
  std::int64_t sum = 0;
  for (const Chunk& each : chunks) sum += static_cast<std::int64_t>(each.samples.size());
  return sum;
}

TEST(Isolate, KeepsCleanInputUntouched) {
  const test::PitchEncoder encoder;
  const std::vector chunks{chunk(0, tone(kOne, 5000)), chunk(6000, tone(kOne, 700))};
  const auto isolation = isolate(chunks, encoder);
  ASSERT_TRUE(isolation);
  EXPECT_EQ(isolation->dropped_samples, 0);
  ASSERT_EQ(isolation->kept.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(isolation->kept[i].span, chunks[i].span);
    EXPECT_EQ(isolation->kept[i].samples, chunks[i].samples);
  }
}

TEST(Isolate, DropsAChunkOfAnotherPerson) {
  const test::PitchEncoder encoder;
  const auto isolation =
      isolate(std::vector{chunk(0, tone(kOne, 4000)), chunk(5000, tone(kOther, 2000)),
                          chunk(8000, tone(kOne, 3000))},
              encoder);
  ASSERT_TRUE(isolation);
  EXPECT_EQ(isolation->dropped_samples, ms_to_samples(2000));
  ASSERT_EQ(isolation->kept.size(), 2U);
  EXPECT_EQ(isolation->kept[1].span.begin, ms_to_samples(8000));
}

TEST(Isolate, DropsThePartOfAChunkInWhichSomeoneElseSpeaks) {
  const test::PitchEncoder encoder;
  std::vector<float> mixed = tone(kOne, 6400);
  const std::vector<float> other = tone(kOther, 1600);
  std::copy(other.begin(), other.end(), mixed.begin() + ms_to_samples(1600));
  const auto isolation = isolate(std::vector{chunk(0, mixed)}, encoder);
  ASSERT_TRUE(isolation);
  EXPECT_EQ(isolation->dropped_samples, ms_to_samples(1600));
  ASSERT_EQ(isolation->kept.size(), 2U);
  EXPECT_EQ(isolation->kept[0].span, (TimeRange{0, ms_to_samples(1600)}));
  EXPECT_EQ(isolation->kept[1].span, (TimeRange{ms_to_samples(3200), ms_to_samples(6400)}));
}

TEST(Isolate, DropsPiecesWithoutSound) {
  const test::PitchEncoder encoder;
  const auto isolation =
      isolate(std::vector{chunk(0, tone(kOne, 2000)), chunk(3000, std::vector<float>(48000, 0.0F)),
                          chunk(6000, tone(kOne, 2000))},
              encoder);
  ASSERT_TRUE(isolation);
  EXPECT_EQ(isolation->kept.size(), 2U);
}

/// Four people, each as far from the next as PitchEncoder can tell: pi / 2, 236 Hz.
std::vector<Chunk> four_people(std::int64_t ms_each) {
  std::vector<Chunk> chunks;
  for (int i = 0; i < 4; ++i) chunks.push_back(chunk(5000 * i, tone(120 + 236 * i, ms_each)));
  return chunks;
}

TEST(Isolate, AMixtureInWhichNobodySpeaksASecondIsRefused) {
  const auto isolation = isolate(four_people(900), test::PitchEncoder());
  ASSERT_FALSE(isolation);
  EXPECT_EQ(isolation.error().code, Errc::bad_input);
  EXPECT_THAT(isolation.error().message,
              testing::AllOf(testing::HasSubstr("no single person speaks in the 3.6 s"),
                             testing::HasSubstr("only 0.9 s agree"),
                             testing::HasSubstr("check the diarisation")));
}

TEST(Isolate, OfAShortReferenceEverythingStays) {
  const auto isolation = isolate(four_people(700), test::PitchEncoder());
  ASSERT_TRUE(isolation);
  EXPECT_EQ(total(isolation->kept), ms_to_samples(2800));
}

TEST(Isolate, AShortReferenceOfOnePersonIsNotRefused) {
  for (std::int64_t ms : {1000, 1500, 2000, 3000}) {
    std::vector<Chunk> chunks;  // in short stretches, pitch wandering as people's does
    for (std::int64_t at = 0; at < ms; at += 500)
      chunks.push_back(chunk(5 * at, tone(kOne + static_cast<double>(at) / 50, 500)));
    const auto isolation = isolate(chunks, test::PitchEncoder());
    ASSERT_TRUE(isolation) << ms;
    EXPECT_EQ(total(isolation->kept), ms_to_samples(ms));
  }
}

TEST(Isolate, PassesAFailingEncoderOn) {
  test::PitchEncoder encoder;
  encoder.broken = true;
  const auto isolation = isolate(std::vector{chunk(0, tone(kOne, 4000))}, encoder);
  ASSERT_FALSE(isolation);
  EXPECT_EQ(isolation.error().code, Errc::backend);
}

TEST(Isolate, OfNothingIsNothing) {
  const test::PitchEncoder encoder;
  const auto isolation = isolate({}, encoder);
  ASSERT_TRUE(isolation);
  EXPECT_TRUE(isolation->kept.empty());
}

}  // namespace
}  // namespace troupe::voices
