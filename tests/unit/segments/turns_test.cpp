#include "segments/turns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::segments {
namespace {

using testing::ElementsAre;

/// Segments in order of start, indexed in that order.
std::vector<Turn> turns_of(
    const std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::string>>& rows) {
  std::vector<Segment> segments;
  for (const auto& [speaker, start_ms, end_ms, text] : rows) {
    Segment segment;
    segment.index = static_cast<int>(segments.size());
    segment.speaker_id = speaker;
    segment.span = {ms_to_samples(start_ms), ms_to_samples(end_ms)};
    segment.translated_text = text;
    segments.push_back(segment);
  }
  return group_turns(segments);
}

TEST(Turns, JoinConsecutiveSegmentsOfASpeaker) {
  const auto turns =
      turns_of({{"A", 0, 1000, "un"}, {"A", 1299, 2000, "deux"}, {"B", 2100, 3000, "trois"}});
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].index, 0);
  EXPECT_EQ(turns[0].speaker_id, "A");
  EXPECT_THAT(turns[0].segments, ElementsAre(0, 1));
  EXPECT_EQ(turns[0].text(), "un deux");
  EXPECT_EQ(turns[0].phrases.size(), 1u) << "a pause below 300 ms is spoken through";
  EXPECT_EQ(turns[0].span, (TimeRange{0, ms_to_samples(2000)}));
  EXPECT_EQ(turns[1].index, 1);
  EXPECT_THAT(turns[1].segments, ElementsAre(2));
}

TEST(Turns, KeepAPauseOf300Ms) {
  const auto turns = turns_of({{"A", 0, 1000, "un"}, {"A", 1300, 2000, "deux"}});
  ASSERT_EQ(turns.size(), 1u);
  ASSERT_EQ(turns[0].phrases.size(), 2u);
  EXPECT_EQ(turns[0].pauses(), ms_to_samples(300));
  EXPECT_EQ(turns[0].phrases[1].span.begin, ms_to_samples(1300));
}

TEST(Turns, EndAtAPauseBeyondThreeSeconds) {
  EXPECT_EQ(turns_of({{"A", 0, 1000, "un"}, {"A", 4000, 5000, "deux"}}).size(), 1u);
  EXPECT_EQ(turns_of({{"A", 0, 1000, "un"}, {"A", 4001, 5000, "deux"}}).size(), 2u);
}

TEST(Turns, NeverCrossSpeakersEvenWhenTheOtherSpeaksOver) {
  const auto turns =
      turns_of({{"A", 0, 4000, "un"}, {"B", 1000, 2000, "deux"}, {"A", 4100, 5000, "trois"}});
  ASSERT_EQ(turns.size(), 3u);
  EXPECT_THAT(turns[2].segments, ElementsAre(2));
}

TEST(Turns, SkipSilentSegmentsOfAnyone) {
  const auto turns = turns_of(
      {{"A", 0, 1000, "un"}, {"B", 1000, 1500, ""}, {"A", 1600, 2000, ""}, {"A", 2100, 3000, "x"}});
  ASSERT_EQ(turns.size(), 1u);
  EXPECT_THAT(turns[0].segments, ElementsAre(0, 3));
  EXPECT_EQ(turns[0].pauses(), ms_to_samples(1100)) << "their time stays as silence";
  EXPECT_TRUE(turns_of({{"A", 0, 1000, ""}}).empty());
}

TEST(Turns, HoldAtMost500CharactersWithTheSpacesBetween) {
  const std::string half(250, 'a');
  std::string other;
  for (int i = 0; i < 249; ++i) other += "\xC3\xA9";  // code points count, not bytes
  EXPECT_EQ(turns_of({{"A", 0, 1000, half}, {"A", 1000, 2000, other}}).size(), 1u);
  EXPECT_EQ(turns_of({{"A", 0, 1000, half}, {"A", 1000, 2000, other + "b"}}).size(), 2u);
}

TEST(Turns, LastAtMost30Seconds) {
  EXPECT_EQ(turns_of({{"A", 500, 20000, "un"}, {"A", 20000, 30500, "deux"}}).size(), 1u);
  EXPECT_EQ(turns_of({{"A", 500, 20000, "un"}, {"A", 20000, 30501, "deux"}}).size(), 2u);
}

TEST(Turns, NeverSplitASegment) {
  const auto turns = turns_of({{"A", 0, 40000, std::string(600, 'a')}, {"A", 40000, 41000, "b"}});
  ASSERT_EQ(turns.size(), 2u);
  EXPECT_EQ(turns[0].text().size(), 600u);
}

TEST(Turns, MakeAboutTenOfFiftySegments) {
  // Spec T2: two people, five sentences of 2 s each before the other answers.
  std::vector<std::tuple<std::string, std::int64_t, std::int64_t, std::string>> rows;
  for (int i = 0; i < 50; ++i)
    rows.emplace_back(i / 5 % 2 ? "B" : "A", i * 2200, i * 2200 + 2000, "une phrase de plus");
  EXPECT_EQ(turns_of(rows).size(), 10u);
}

}  // namespace
}  // namespace troupe::segments
