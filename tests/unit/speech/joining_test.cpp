#include "speech/joining.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace troupe::speech {
namespace {

AudioBuffer constant(std::int64_t samples) {
  return {std::vector<float>(static_cast<std::size_t>(samples), 0.5f), kSampleRateHz};
}

Turn turn_of(std::vector<TimeRange> spans) {
  Turn turn;
  for (const TimeRange span : spans) turn.phrases.push_back({"x", span});
  return turn;
}

TEST(GapAfter, DependsOnHowThePieceEnds) {
  EXPECT_EQ(gap_after("It is."), ms_to_samples(120));
  EXPECT_EQ(gap_after("Is it?\""), ms_to_samples(120));
  EXPECT_EQ(gap_after("好。"), ms_to_samples(120));
  EXPECT_EQ(gap_after("It is,"), ms_to_samples(60));
  EXPECT_EQ(gap_after("It is —"), ms_to_samples(60));
  EXPECT_EQ(gap_after("It is"), -ms_to_samples(5));
  EXPECT_EQ(gap_after(""), -ms_to_samples(5));
}

TEST(ShareLength, IsProportionalAndSumsExactly) {
  const std::vector<std::int64_t> natural{1000, 333, 7777, 1};
  const auto shares = share_length(9999, natural, 0.5, 2);
  EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), std::int64_t{0}), 9999);
  for (std::size_t i = 0; i < natural.size(); ++i)
    EXPECT_NEAR(static_cast<double>(shares[i]), static_cast<double>(natural[i]) * 9999 / 9111, 1);
}

TEST(ShareLength, StaysInsideThePaceOfEachPiece) {
  const std::vector<std::int64_t> natural{1001, 2003};
  for (const std::int64_t share_of : {0, 100, 1000000}) {
    const auto shares = share_length(share_of, natural, 0.8, 1.4);
    for (std::size_t i = 0; i < 2; ++i) {
      const double ratio = static_cast<double>(shares[i]) / static_cast<double>(natural[i]);
      EXPECT_GE(ratio, 0.8);
      EXPECT_LE(ratio, 1.4);
    }
  }
}

TEST(JoinPieces, KeepsPausesAndGapsExact) {
  const Turn turn = turn_of({{0, 1000}, {8200, 9000}, {9300, 9400}});
  const PhrasePieces pieces{{"One.", "two"}, {}, {"three"}};
  const JoinedTurn turn_audio =
      join_pieces(turn, pieces, {constant(4800), constant(4800), constant(2400)});
  EXPECT_EQ(turn_audio.phrases, (std::vector<TimeRange>{{0, 12480}, {19980, 22380}}));
  const AudioBuffer& joined = turn_audio.audio;
  EXPECT_EQ(joined.size(), 4800 + 2880 + 4800 + 7200 + 300 + 2400);
  EXPECT_EQ(joined.size(), 12000 + silence_of(turn, pieces));
  for (std::int64_t i = 4800; i < 4800 + 2880; ++i)
    ASSERT_EQ(joined.samples[static_cast<std::size_t>(i)], 0.0f) << i;
  for (std::int64_t i = 12480; i < 12480 + 7500; ++i)
    ASSERT_EQ(joined.samples[static_cast<std::size_t>(i)], 0.0f) << i;
}

TEST(JoinPieces, StartsWithItsFirstSound) {
  const Turn turn = turn_of({{0, 1000}, {8200, 9000}, {9300, 9400}});
  const PhrasePieces pieces{{}, {"two"}, {"three"}};
  const JoinedTurn joined = join_pieces(turn, pieces, {constant(4800), constant(2400)});
  EXPECT_EQ(joined.phrases, (std::vector<TimeRange>{{0, 4800}, {5100, 7500}}));
  EXPECT_EQ(joined.audio.size(), 7200 + silence_of(turn, pieces));
}

TEST(JoinPieces, CrossfadesWhereASentenceWasCutAtAWord) {
  const Turn turn = turn_of({{0, 1000}});
  const PhrasePieces pieces{{"one", "two"}};
  const AudioBuffer joined = join_pieces(turn, pieces, {constant(4800), constant(4800)}).audio;
  EXPECT_EQ(joined.size(), 9600 - ms_to_samples(5));
  // Raised-cosine fades of equal length add up to one, but for the half-sample of their grids.
  for (std::size_t i = 2400; i < 7000; ++i) ASSERT_NEAR(joined.samples[i], 0.5f, 0.02f) << i;
}

TEST(JoinPieces, HasNoClickAnywhere) {
  const Turn turn = turn_of({{0, 1000}, {2000, 3000}});
  const PhrasePieces pieces{{"one.", "two,", "three", "four"}, {"five"}};
  std::vector<AudioBuffer> audio;
  for (int i = 0; i < 5; ++i) audio.push_back(constant(i == 2 ? 7 : 3000));
  const AudioBuffer joined = join_pieces(turn, pieces, std::move(audio)).audio;
  float previous = 0, step = 0;
  for (const float sample : joined.samples) {
    step = std::max(step, std::abs(sample - previous));
    previous = sample;
  }
  step = std::max(step, std::abs(previous));
  // 0.5 over a raised cosine of 120 samples rises by at most 0.5 * pi / 2 / 120 = 0.0065 a sample;
  // the piece of 7 samples fades over 3, in steps of at most 0.5 * pi / 2 / 3 = 0.26.
  EXPECT_LT(step, 0.27f);
}

TEST(AbsurdLength, AllowsAnyPlausiblePace) {
  const std::string text(140, 'a');  // 10 s at 14 letters a second
  EXPECT_FALSE(absurd_length(text, 1, 10 * kSampleRateHz));
  EXPECT_FALSE(absurd_length(text, 1, 3 * kSampleRateHz));
  EXPECT_FALSE(absurd_length(text, 1, 39 * kSampleRateHz));
  EXPECT_TRUE(absurd_length(text, 1, 2 * kSampleRateHz));
  EXPECT_TRUE(absurd_length(text, 1, 41 * kSampleRateHz));
  EXPECT_TRUE(absurd_length(text, 2, 21 * kSampleRateHz));
}

TEST(AbsurdLength, KnowsThatShortWordsNumbersAndChineseTakeLonger) {
  EXPECT_FALSE(absurd_length("Oh", 1, kSampleRateHz));
  EXPECT_FALSE(absurd_length("1,234,567", 1, 4 * kSampleRateHz));
  EXPECT_FALSE(absurd_length("今天天气很好我们去公园玩", 1, 3 * kSampleRateHz));
}

}  // namespace
}  // namespace troupe::speech
