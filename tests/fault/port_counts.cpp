// What dub() asks of its ports on a job where nothing fails.
#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "support/dub_fixture.hpp"

namespace troupe {
namespace {

using PortCounts = test::DubFixture;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST_F(PortCounts, SourceIsDecodedOnceWhateverTheNumberOfSpeakers) {
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(media_.decodes, 1);
  EXPECT_EQ(report->source_decodes, 1);
}

TEST_F(PortCounts, EachSpeakersVoiceIsMadeOnceForAllTurns) {
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(backend_->voices_made, 2);
  ASSERT_EQ(report->speakers.size(), 2u);
  for (const SpeakerReport& speaker : report->speakers) {
    EXPECT_EQ(speaker.voice, VoiceKind::cloned) << speaker.reason;
    EXPECT_TRUE(speaker.conditionals_computed);
    EXPECT_FALSE(speaker.reused);
  }
}

TEST_F(PortCounts, SecondRunReusesTheVoicesOfTheFirst) {
  ASSERT_TRUE(dub());
  const auto second = dub();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(backend_->voices_made, 2);
  for (const SpeakerReport& speaker : second->speakers) {
    EXPECT_TRUE(speaker.reused);
    EXPECT_FALSE(speaker.conditionals_computed);
  }
}

TEST_F(PortCounts, SamplesDoNotDependOnTheNumberOfWorkers) {
  std::vector<std::vector<float>> tracks;
  for (const int workers : {1, 2, 8}) {
    settings_.workers = workers;
    outputs_.track = out_ / ("dub" + std::to_string(workers) + ".wav");
    const auto report = dub();
    ASSERT_TRUE(report) << report.error().message;
    tracks.push_back(test::read_raw(outputs_.track));
  }
  ASSERT_FALSE(tracks[0].empty());
  EXPECT_TRUE(tracks[0] == tracks[1]);
  EXPECT_TRUE(tracks[0] == tracks[2]);
}

TEST_F(PortCounts, EveryOutputAskedForExistsAndNothingElse) {
  outputs_.report_json = out_ / "report.json";
  outputs_.timeline_svg = out_ / "timeline.svg";
  outputs_.subtitles = out_ / "dub.vtt";
  outputs_.stems_dir = out_ / "stems";
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_THAT(names_in(out_),
              ElementsAre("dub.vtt", "dub.wav", "report.json", "stems", "timeline.svg"));
  EXPECT_THAT(names_in(out_ / "stems"), ElementsAre("speaker-01-A.wav", "speaker-02-B.wav"));
  EXPECT_TRUE(names_in(temp_root_).empty());
  const auto json = nlohmann::json::parse(std::ifstream(*outputs_.report_json));
  EXPECT_EQ(json["schema"], "troupe.report/1");
  EXPECT_EQ(json["turns"].size(), static_cast<std::size_t>(kTurns));
  EXPECT_GT(json["phases_ms"]["total"].get<double>(), 0);
}

TEST_F(PortCounts, JobWithoutAnIdIsNamedByWhatIsReallyDone) {
  const auto first = dub();
  job_.options.seed = 1;
  const auto second = dub();
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->message_id.size(), 16u);
  EXPECT_NE(first->message_id, second->message_id);
}

TEST_F(PortCounts, OneLogLinePerJobCarriesIdAndEveryPhase) {
  job_.message_id = "m-7";
  ASSERT_TRUE(dub());
  const auto lines = log_.infos();
  ASSERT_EQ(lines.size(), 1u);
  const auto json = nlohmann::json::parse(lines[0]);
  EXPECT_EQ(json["message_id"], "m-7");
  EXPECT_EQ(json["outcome"], "done");
  for (const char* phase : {"decode", "voices", "synthesis", "timing", "mix", "encode", "total"})
    EXPECT_GT(json["phases_ms"][phase].get<double>(), 0) << phase;
}

TEST_F(PortCounts, ConcatStartsAtZeroAndMeetsItsPlan) {
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->turns.front().planned_start_ms, 0);
  // Ten turns of 2 s and nine gaps of 0.5 s; the drift goal of spec T5 is 1 %.
  EXPECT_EQ(report->result.expected_ms, 24500);
  EXPECT_LT(report->result.drift_percent, 1.0);
  EXPECT_LT(report->result.fit_error_percent, 5.0);
  EXPECT_EQ(report->result.success_rate, 1.0);
}

TEST_F(PortCounts, TurnWhoseBeginningTheStretcherWeakensIsHeardOnTime) {
  for (auto& segment : job_.segments) segment.translated_text += " et encore quelques mots";
  stretcher_.faint = ms_to_samples(45);
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(stretcher_.stretches, kTurns);
  for (const TurnReport& turn : report->turns)
    EXPECT_NEAR(static_cast<double>(turn.onset_ms.value()), static_cast<double>(turn.start_ms), 10);
}

TEST_F(PortCounts, TimelineKeepsTheSourcesLength) {
  job_.options.layout = Layout::timeline;
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->turns.front().planned_start_ms, 500);
  EXPECT_EQ(test::read_raw(outputs_.track).size(), media_.sources[job_.source_audio].size());
}

TEST_F(PortCounts, ReportTellsOfEverySegmentItsSilencesAndItsTurn) {
  job_.segments[3].translated_text.clear();
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(report->segments.size(), job_.segments.size());
  // Gaps of half a second; the first has none before it and the last none after.
  EXPECT_EQ(report->segments.front().silence_before_ms, 0);
  EXPECT_EQ(report->segments.front().silence_after_ms, 500);
  EXPECT_EQ(report->segments[4].silence_before_ms, 500);
  EXPECT_EQ(report->segments.back().silence_after_ms, 0);
  EXPECT_EQ(report->segments[3].turn, std::nullopt);
  EXPECT_EQ(report->segments[4].turn, 2) << "joins segment 2 of the same speaker";
}

TEST_F(PortCounts, JobWithoutAnyTextIsSilenceOfItsLengthWithAWarning) {
  for (JobSegment& segment : job_.segments) segment.translated_text.clear();
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->result.turns, 0);
  EXPECT_EQ(report->result.success_rate, 1.0);
  EXPECT_EQ(test::read_raw(outputs_.track).size(), static_cast<std::size_t>(ms_to_samples(24500)));
  EXPECT_THAT(report->warnings.back(), HasSubstr("silent"));
}

TEST_F(PortCounts, SpeakerWithoutTextGetsNoVoice) {
  for (JobSegment& segment : job_.segments)
    if (segment.speaker_id == "B") segment.translated_text.clear();
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(backend_->voices_made, 1);
  ASSERT_EQ(report->speakers.size(), 2u);
  EXPECT_THAT(report->speakers[1].reason, HasSubstr("nothing to say"));
}

TEST_F(PortCounts, KeptTempFolderHoldsTheSpokenAudioAndIsNamed) {
  job_.options.keep_temp = true;
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  ASSERT_EQ(names_in(temp_root_).size(), 1u);
  const auto folder = temp_root_ / names_in(temp_root_)[0];
  EXPECT_GT(std::filesystem::file_size(folder / "spool.f32"), 0u);
  EXPECT_THAT(report->warnings.front(), HasSubstr(folder.string()));
}

}  // namespace
}  // namespace troupe
