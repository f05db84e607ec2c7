#include "troupe/report.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "pipeline/report_text.hpp"

namespace troupe {
namespace {
using ::testing::HasSubstr;
using ::testing::Not;

Report sample() {
  Report report;
  report.message_id = "m1";
  SpeakerReport speaker;
  speaker.id = "<A>&\"";
  report.speakers.push_back(speaker);
  TurnReport turn;
  turn.speaker = speaker.id;
  turn.segments = {0, 1};
  turn.text = "Bonjour & <adieu> --> fin";
  turn.ok = true;
  turn.verdict = Verdict::cloned;
  turn.original_end_ms = 2000;
  turn.target_ms = turn.natural_ms = turn.final_ms = 2000;
  report.turns.push_back(turn);
  report.result.turns = report.result.ok = 1;
  return report;
}

Turn turn_of(const std::string& text, std::int64_t ms) {
  Turn turn;
  turn.speaker_id = "A > B";
  turn.span = {0, ms_to_samples(ms)};
  turn.phrases = {{text, turn.span}};
  return turn;
}

/// Spoken exactly where the original was.
std::vector<std::vector<TimeRange>> spans_of(std::span<const Turn> turns) {
  std::vector<std::vector<TimeRange>> spans;
  for (const Turn& turn : turns) {
    spans.emplace_back();
    for (const Phrase& phrase : turn.phrases) spans.back().push_back(phrase.span);
  }
  return spans;
}

// The names are a contract with tools outside: every one of them, at its place.
TEST(ReportJson, HasEveryFieldOfTheSchema) {
  const auto json = nlohmann::json::parse(to_json(sample()));
  EXPECT_EQ(json["schema"], "troupe.report/1");
  for (const char* key : {"message_id", "phases_ms", "source_decodes", "speakers", "turns",
                          "result", "engine", "warnings"})
    EXPECT_TRUE(json.contains(key)) << key;
  for (const char* key : {"decode", "voices", "synthesis", "timing", "mix", "encode", "total"})
    EXPECT_TRUE(json["phases_ms"].contains(key)) << key;
  for (const char* key : {"id", "segments", "speech_ms", "speech_percent", "voice", "reused",
                          "reason", "quality", "similarity", "conditionals_computed"})
    EXPECT_TRUE(json["speakers"][0].contains(key)) << key;
  for (const char* key :
       {"index",       "speaker",          "segments",   "text",     "backend",
        "voice",       "attempts",         "seed",       "ok",       "error",
        "verdict",     "target_ms",        "natural_ms", "final_ms", "stretch",
        "overflow_ms", "planned_start_ms", "start_ms",   "onset_ms", "similarity"})
    EXPECT_TRUE(json["turns"][0].contains(key)) << key;
  for (const char* key :
       {"turns", "ok", "success_rate", "expected_ms", "actual_ms", "drift_percent",
        "fit_error_percent", "loudness_lufs", "source_loudness_lufs", "true_peak_dbtp"})
    EXPECT_TRUE(json["result"].contains(key)) << key;
  for (const char* key : {"backend", "model", "device", "precision", "threads"})
    EXPECT_TRUE(json["engine"].contains(key)) << key;
  EXPECT_TRUE(json["turns"][0]["onset_ms"].is_null());
  EXPECT_EQ(json["turns"][0]["verdict"], "cloned");
}

TEST(ReportJson, SurvivesBytesThatAreNotUtf8) {
  Report report = sample();
  report.message_id = "\xFF\xFE";
  EXPECT_NO_THROW((void)nlohmann::json::parse(to_json(report)));
}

TEST(TimelineSvg, EscapesWhatPeopleWrote) {
  const std::string svg = timeline_svg(sample());
  EXPECT_THAT(svg, HasSubstr("&lt;A&gt;&amp;&quot;"));
  EXPECT_THAT(svg, Not(HasSubstr("<A>")));
  EXPECT_THAT(svg, HasSubstr("</svg>"));
}

TEST(TimelineSvg, OfAnEmptyReportIsStillAPicture) {
  EXPECT_THAT(timeline_svg(Report{}), HasSubstr("</svg>"));
}

TEST(Subtitles, VttNamesTheSpeakerAndEscapes) {
  const std::vector<Turn> turns{turn_of("Bonjour & <adieu> --> fin", 2000)};
  const std::string vtt = pipeline::subtitles(sample(), turns, spans_of(turns), "a.vtt");
  EXPECT_EQ(vtt,
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\n"
            "<v A &gt; B>Bonjour &amp; &lt;adieu&gt; --&gt; fin\n\n");
}

TEST(Subtitles, SrtHasNumbersCommasAndNoArrowInItsText) {
  const std::vector<Turn> turns{turn_of("un --> deux", 2000)};
  EXPECT_EQ(pipeline::subtitles(sample(), turns, spans_of(turns), "a.srt"),
            "1\n00:00:00,000 --> 00:00:02,000\nA > B: un -> deux\n\n");
}

TEST(Subtitles, NoRowOfDashesBecomesAnArrow) {
  const std::vector<Turn> turns{turn_of("un ----> deux", 2000)};
  EXPECT_THAT(pipeline::subtitles(sample(), turns, spans_of(turns), "a.srt"),
              HasSubstr("A > B: un -> deux\n"));
}

TEST(Subtitles, CuesLieWhereThePhrasesWereSpoken) {
  Turn turn = turn_of("un", 1000);
  turn.phrases.push_back({"deux", {ms_to_samples(1500), ms_to_samples(2000)}});
  turn.span.end = ms_to_samples(2000);
  const std::vector<Turn> turns{turn};
  // Spoken in 400 ms and 600 ms with a pause of 500 ms between.
  const std::vector<std::vector<TimeRange>> spoken{
      {{0, ms_to_samples(400)}, {ms_to_samples(900), ms_to_samples(1500)}}};
  const std::string vtt = pipeline::subtitles(sample(), turns, spoken, "a.vtt");
  EXPECT_THAT(vtt, HasSubstr("00:00:00.000 --> 00:00:00.400\n<v A &gt; B>un"));
  EXPECT_THAT(vtt, HasSubstr("00:00:00.900 --> 00:00:01.500\n<v A &gt; B>deux"));
}

TEST(Subtitles, LongPhraseBecomesCuesInOrderWithinItsTime) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "parole ";
  const std::vector<Turn> turns{turn_of(text, 2000)};
  const std::string vtt = pipeline::subtitles(sample(), turns, spans_of(turns), "a.vtt");
  std::size_t cues = 0;
  for (std::size_t at = 0; (at = vtt.find("-->", at)) != std::string::npos; ++at) ++cues;
  EXPECT_EQ(cues, 5u);  // 60 words of 6 letters, 12 to a cue of at most 84 characters
  EXPECT_THAT(vtt, HasSubstr("--> 00:00:02.000"));
}

TEST(Subtitles, FailedTurnsAreLeftOut) {
  Report report = sample();
  report.turns[0].ok = false;
  const std::vector<Turn> turns{turn_of("Bonjour", 2000)};
  EXPECT_EQ(pipeline::subtitles(report, turns, spans_of(turns), "a.vtt"), "WEBVTT\n\n");
}

TEST(JobLogLine, IsOneLineOfJsonWithOutcomeAndPhases) {
  const Error error{Errc::backend, "line one\nline two"};
  const std::string line = pipeline::job_log_line(sample(), &error);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["outcome"], "failed");
  EXPECT_EQ(json["phases_ms"].size(), 7u);
}

}  // namespace
}  // namespace troupe
