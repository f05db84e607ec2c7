#include "segments/transcripts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace troupe::segments {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// speaker, start, end, text
using Row = std::tuple<std::string, std::int64_t, std::int64_t, std::string>;

class Transcripts : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::path(testing::TempDir()) /
           (std::string("transcripts_") +
            testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::filesystem::path write(const char* name, const std::string& text) {
    std::ofstream(dir_ / name, std::ios::binary) << text;
    return dir_ / name;
  }
  std::vector<Row> rows(const char* name, const std::string& text) {
    const auto segments = read_segments(write(name, text));
    EXPECT_TRUE(segments) << segments.error().message;
    std::vector<Row> list;
    if (segments)
      for (const JobSegment& s : *segments)
        list.emplace_back(s.speaker_id, s.start_ms, s.end_ms, s.text);
    return list;
  }
  std::string refusal(const char* name, const std::string& text) {
    const auto segments = read_segments(write(name, text));
    if (segments) return "accepted";
    EXPECT_EQ(segments.error().code, Errc::bad_input);
    EXPECT_EQ(segments.error().message.find('\n'), std::string::npos);
    EXPECT_THAT(segments.error().message, HasSubstr(name));
    return segments.error().message;
  }
  std::filesystem::path dir_;
};

TEST_F(Transcripts, SrtReadsTimesLabelsAndLines) {
  EXPECT_THAT(rows("a.srt",
                   "\xEF\xBB\xBF"
                   "1\r\n00:00:01,000 --> 00:00:02,500\r\n[SPEAKER_00]: Hello\r\n"
                   "there\r\n\r\n2\r\n01:00:03.250 --> 01:00:04.000 X1:10\r\n"
                   "[SPEAKER_01]: <i>Bye</i> {\\an8}now\r\n"),
              ElementsAre(Row("SPEAKER_00", 1000, 2500, "Hello there"),
                          Row("SPEAKER_01", 3603250, 3604000, "Bye now")));
}

TEST_F(Transcripts, SrtSurvivesMissingIndicesAndBlankLinesInsideACue) {
  EXPECT_THAT(rows("a.srt",
                   "00:01,5 --> 00:02\nAnna: one\n\n\ntwo\n42\n\n00:00:03,000 --> "
                   "00:00:04,000\nthree a --> b, 1 < 2 > 0\n"),
              ElementsAre(Row("Anna", 1500, 2000, "one two 42"),
                          Row("Anna", 3000, 4000, "three a --> b, 1 < 2 > 0")));
}

TEST_F(Transcripts, SrtWithoutLabelsIsOnePerson) {
  EXPECT_THAT(rows("a.srt",
                   "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n2\n00:00:03,000 --> "
                   "00:00:04,000\nNote: it is 12:30\n\n3\n00:00:05,000 --> 00:00:06,000\n"
                   "Remember what I said: no\n\n4\n00:00:07,000 --> 00:00:08,000\n"
                   "Tomorrow: rain\n"),
              ElementsAre(Row("unnamed", 1000, 2000, "Hello"),
                          Row("unnamed", 3000, 4000, "Note: it is 12:30"),
                          Row("unnamed", 5000, 6000, "Remember what I said: no"),
                          Row("unnamed", 7000, 8000, "Tomorrow: rain")));
}

TEST_F(Transcripts, APlainNameStaysUntilTheNextOneABracketedOneDoesNot) {
  const std::string times[] = {"00:01 --> 00:02\n", "00:03 --> 00:04\n", "00:05 --> 00:06\n"};
  EXPECT_THAT(rows("a.srt", times[0] + "Dr. Lee: a\n\n" + times[1] + "b\n\n" + times[2] +
                                "Ana de Sousa: c\n"),
              ElementsAre(Row("Dr. Lee", 1000, 2000, "a"), Row("Dr. Lee", 3000, 4000, "b"),
                          Row("Ana de Sousa", 5000, 6000, "c")));
  EXPECT_THAT(rows("b.srt", times[0] + "[S0]: a\n\n" + times[1] + "b\n"),
              ElementsAre(Row("S0", 1000, 2000, "a"), Row("unnamed", 3000, 4000, "b")));
}

TEST_F(Transcripts, ACueOfTwoPeopleIsSplitByItsCharacters) {
  EXPECT_THAT(rows("a.srt", "00:00 --> 00:04\nAnna: abc\nBob:\nd\n\n00:05 --> 00:06\nBob: e\n"),
              ElementsAre(Row("Anna", 0, 3000, "abc"), Row("Bob", 3000, 4000, "d"),
                          Row("Bob", 5000, 6000, "e")));
  EXPECT_THAT(
      rows("a.vtt", "WEBVTT\n\n00:00.000 --> 00:00.004\n<v A>" + std::string(99, 'x') +
                        "</v><v B>y</v><v C>z\n"),
      ElementsAre(Row("A", 0, 2, std::string(99, 'x')), Row("B", 2, 3, "y"), Row("C", 3, 4, "z")))
      << "everyone keeps a millisecond";
}

TEST_F(Transcripts, NamesOfAnyScriptAreLabels) {
  EXPECT_THAT(rows("a.srt", "00:01 --> 00:02\n\xE7\x94\xB0\xE4\xB8\xAD\xEF\xBC\x9A\xE3\x81\xAF\n"),
              ElementsAre(Row("\xE7\x94\xB0\xE4\xB8\xAD", 1000, 2000, "\xE3\x81\xAF")));
}

TEST_F(Transcripts, VttReadsVoicesEntitiesAndSkipsTheRest) {
  EXPECT_THAT(rows("a.vtt",
                   "WEBVTT - title\nKind: captions\n\nNOTE a comment\nmore --\n\nSTYLE\n::cue{}\n\n"
                   "REGION\nid:x\n\nid 1\n00:01.000 --> 00:02.000 align:start position:0%\n"
                   "<v.loud.first Anna &amp; Co>Tom &lt;3 <c.red>you</c><00:01.500> too</v>\n\n"
                   "100:00:03.000 --> 100:00:04.000\n- <v Bob>Hi\n there\n"),
              ElementsAre(Row("Anna & Co", 1000, 2000, "Tom <3 you too"),
                          Row("Bob", 360003000, 360004000, "- Hi  there")));
}

TEST_F(Transcripts, VttTakesNamePrefixesWhereThereAreNoVoices) {
  EXPECT_THAT(rows("zoom.vtt", "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.000\nJohn Smith: Hello\n"),
              ElementsAre(Row("John Smith", 1000, 2000, "Hello")));
}

TEST_F(Transcripts, RttmReadsSpeakerLines) {
  EXPECT_THAT(rows("a.rttm",
                   ";; comment\nSPKR-INFO f 1 <NA> <NA> <NA> unknown A <NA> <NA>\n"
                   "SPEAKER f 1 0.4005 1.5 <NA> <NA> A <NA> <NA>\n"
                   "SPEAKER\tf\t1\t1.0\t2e0\t<NA>\t<NA>\tB\n"),
              ElementsAre(Row("A", 401, 1901, ""), Row("B", 1000, 3000, "")));
}

TEST_F(Transcripts, JsonReadsWhisperXAndPlainLists) {
  EXPECT_THAT(rows("a.json", R"({"segments": [{"start": 0.5, "end": 1, "text": "Hi",
                  "speaker": "SPEAKER_00"}, {"start": 1, "end": 2, "text": "x"}]})"),
              ElementsAre(Row("SPEAKER_00", 500, 1000, "Hi"), Row("unnamed", 1000, 2000, "x")));
  EXPECT_THAT(rows("b.JSON", R"([{"start_ms": 5, "end_ms": 10, "speaker_id": "A"}])"),
              ElementsAre(Row("A", 5, 10, "")));
}

TEST_F(Transcripts, RefusalsNameTheLine) {
  EXPECT_THAT(refusal("a.srt", "1\n00:00:0x,000 --> 00:00:02,000\nHi\n"),
              AllOf(HasSubstr("a.srt:2"), HasSubstr("\"00:00:0x,000\"")));
  EXPECT_THAT(refusal("b.srt", "1\n00:00:03,000 --> 00:00:02,000\nHi\n"),
              AllOf(HasSubstr("b.srt:2"), HasSubstr("not after start")));
  EXPECT_THAT(refusal("c.srt", "Hello\n"), HasSubstr("c.srt:1"));
  EXPECT_THAT(refusal("d.srt", "\n\n"), HasSubstr("no cues"));
  EXPECT_THAT(refusal("e.srt", "1\n00:00:01,000 --> 00:00:02,000\na\xFF\n"),
              AllOf(HasSubstr("e.srt:3"), HasSubstr("UTF-8")));
  EXPECT_THAT(refusal("f.srt", "1\n00:61:01,000 --> 02:00:02,000\na\n"), HasSubstr("f.srt:2"));
  EXPECT_THAT(refusal("g.srt", "-00:01 --> 00:02\na\n"), HasSubstr("g.srt:1"));
  EXPECT_THAT(refusal("a.vtt", "00:01.000 --> 00:02.000\nHi\n"), HasSubstr("WEBVTT"));
  EXPECT_THAT(refusal("b.vtt", "WEBVTT\n\nHi\n"),
              AllOf(HasSubstr("b.vtt:3"), HasSubstr("no time")));
  EXPECT_THAT(refusal("a.rttm", "SPEAKER f 1 0.5\n"), AllOf(HasSubstr("a.rttm:1"), HasSubstr("4")));
  EXPECT_THAT(refusal("b.rttm", "SPEAKER f 1 nan 1 x x A x x\n"), HasSubstr("\"nan\""));
  EXPECT_THAT(refusal("c.rttm", "SPEAKER f 1 -1 1 x x A x x\n"), HasSubstr("\"-1\""));
  EXPECT_THAT(refusal("d.rttm", "SPEAKER f 1 1 0 x x A x x\n"), HasSubstr("duration"));
  EXPECT_THAT(refusal("e.rttm", "SPEAKER f 1 1 1 x x A x x\nSPEAKER g 1 1 1 x x A x x\n"),
              AllOf(HasSubstr("e.rttm:2"), HasSubstr("\"g\"")));
  EXPECT_THAT(refusal("a.json", "{\"a\": 1}"), HasSubstr("segments"));
  EXPECT_THAT(refusal("b.json", R"([{"start": 1}])"), HasSubstr("segment 0: end_ms is missing"));
  EXPECT_THAT(refusal("a.txt", "x"), AllOf(HasSubstr(".srt"), HasSubstr(".rttm")));
}

TEST_F(Transcripts, RefusesMoreThan20000Cues) {
  std::string text;
  for (int i = 0; i < 20001; ++i) text += "00:01 --> 00:02\na\n\n";
  EXPECT_THAT(refusal("a.srt", text), HasSubstr("20000"));
}

TEST_F(Transcripts, ManyTagsThatNeverCloseStayTextAndDoNotTakeForever) {
  // 4 MiB; searched for the end at every opening, this takes hours.
  for (const char* opening : {"<v A ", "{\\an "}) {
    std::string line;
    while (line.size() < 4u << 20) line += opening;
    const auto read = rows("a.vtt", "WEBVTT\n\n00:01.000 --> 00:02.000\n" + line + "\n");
    ASSERT_EQ(read.size(), 1u);
    EXPECT_EQ(std::get<3>(read[0]).size(), line.size() - 1);  // less the last space
  }
}

class Translations : public Transcripts {
 protected:
  std::vector<JobSegment> segments_{
      {"Anna", 0, 1000, "a", ""}, {"Bob", 1000, 3000, "b", ""}, {"Anna", 5000, 6000, "c", ""}};
  std::vector<std::string> apply(const char* name, const std::string& text) {
    const auto done = apply_translations(segments_, write(name, text));
    EXPECT_TRUE(done) << done.error().message;
    return texts();
  }
  std::vector<std::string> texts() const {
    std::vector<std::string> list;
    for (const JobSegment& s : segments_) list.push_back(s.translated_text);
    return list;
  }
};

TEST_F(Translations, MatchByIndexWhenTheCountsAgree) {
  EXPECT_THAT(apply("t.json", R"(["un", "deux", "trois"])"), ElementsAre("un", "deux", "trois"));
  EXPECT_THAT(apply("u.json", R"([{"text": "x", "translation": "1"}, {"translated_text": "2"},
                                  {"text": "3", "start": 99, "end": 100}])"),
              ElementsAre("1", "2", "3"));
  EXPECT_THAT(apply("t.srt",
                    "90:01 --> 90:02\nAnna: A\n\n90:03 --> 90:04\nAttention: B\n\n"
                    "90:05 --> 90:06\n[X]: C\n"),
              ElementsAre("A", "Attention: B", "C"))
      << "only labels of people who speak are taken off";
}

TEST_F(Translations, MatchByOverlapOtherwise) {
  EXPECT_THAT(apply("t.vtt",
                    "WEBVTT\n\n00:00.800 --> 00:02.000\ndeux\n\n00:02.000 --> 00:02.500\n"
                    "et demi\n"),
              ElementsAre("", "deux et demi", ""));
}

TEST_F(Translations, ACueWithoutAMatchIsNamedAndNothingChanges) {
  segments_[0].translated_text = "kept";
  const auto path = write("t.srt", "00:00 --> 00:01\nun\n\n00:03 --> 00:05\ndeux\n");
  const auto done = apply_translations(segments_, path);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Errc::bad_input);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("t.srt:4"), HasSubstr("\"deux\""), HasSubstr("overlaps no segment")));
  EXPECT_THAT(texts(), ElementsAre("kept", "", ""));
}

TEST_F(Translations, RefuseUntimedListsOfAnotherLength) {
  const auto refusal_of = [&](const char* name, const char* text) {
    const auto done = apply_translations(segments_, write(name, text));
    return done ? "accepted" : done.error().message;
  };
  EXPECT_THAT(refusal_of("t.json", R"(["un"])"),
              AllOf(HasSubstr("1 translations"), HasSubstr("3")));
  EXPECT_THAT(refusal_of("u.json", "[]"), HasSubstr("no cues"));
  EXPECT_THAT(refusal_of("v.json", "[1]"), HasSubstr("cue 0 is 1"));
  EXPECT_THAT(refusal_of("w.json", "[{}]"), HasSubstr("cue 0"));
  EXPECT_THAT(refusal_of("x.rttm", ""), HasSubstr(".vtt"));
}

}  // namespace
}  // namespace troupe::segments
