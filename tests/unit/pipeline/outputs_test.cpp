#include "pipeline/outputs.hpp"

#include <gmock/gmock.h>

namespace troupe::pipeline {
namespace {

Job job_with(Layout layout, Background background = Background::drop) {
  Job job;
  job.source_audio = "/nowhere/source.flac";
  job.options.layout = layout;
  job.options.background = background;
  return job;
}

TEST(CheckOutputs, AutomaticIsTimelineForVideoElseConcat) {
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.MP4", {}, {}, {}, {}}),
            Layout::timeline);
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.mkv", {}, {}, {}, {}}),
            Layout::timeline);
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.opus", {}, {}, {}, {}}), Layout::concat);
}

TEST(CheckOutputs, ConcatWithVideoIsAUsageError) {
  EXPECT_EQ(check_outputs(job_with(Layout::concat), {"o.mp4", {}, {}, {}, {}}).error().code,
            Errc::bad_input);
}

TEST(CheckOutputs, BackgroundNeedsATimeline) {
  EXPECT_FALSE(
      check_outputs(job_with(Layout::concat, Background::keep), {"o.wav", {}, {}, {}, {}}));
  EXPECT_TRUE(
      check_outputs(job_with(Layout::timeline, Background::keep), {"o.wav", {}, {}, {}, {}}));
}

TEST(CheckOutputs, OneFileCannotBeTwoOutputs) {
  const auto checked =
      check_outputs(job_with(Layout::automatic), {"o.wav", "r.json", "./r.json", {}, {}});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, ::testing::HasSubstr("two outputs"));
}

TEST(CheckOutputs, SubtitlesAreVttOrSrt) {
  EXPECT_TRUE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.vtt", {}}));
  EXPECT_TRUE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.SRT", {}}));
  EXPECT_FALSE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.ass", {}}));
}

TEST(StemFileName, NothingOfASpeakerIdCanLeaveTheFolder) {
  EXPECT_EQ(stem_file_name(0, "anna"), "speaker-01-anna.wav");
  EXPECT_EQ(stem_file_name(1, "../../etc/passwd"), "speaker-02-etcpasswd.wav");
  EXPECT_EQ(stem_file_name(11, "\xE5\xBC\xA0"), "speaker-12.wav");
}

TEST(TruePeakCeiling, LossyCodecsGetHalfADecibelMore) {
  EXPECT_EQ(true_peak_ceiling("a.wav"), -1.0);
  EXPECT_EQ(true_peak_ceiling("a.flac"), -1.0);
  for (const char* lossy : {"a.mp3", "a.opus", "a.m4a", "a.mp4", "a.mkv"})
    EXPECT_EQ(true_peak_ceiling(lossy), -1.5) << lossy;
}

}  // namespace
}  // namespace troupe::pipeline
