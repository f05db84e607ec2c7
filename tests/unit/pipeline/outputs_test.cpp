#include "pipeline/outputs.hpp"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <fstream>

namespace troupe::pipeline {
namespace {
namespace fs = std::filesystem;

Job job_with(Layout layout, Background background = Background::drop) {
  Job job;
  job.source_audio = "/nowhere/source.flac";
  job.options.layout = layout;
  job.options.background = background;
  return job;
}

TEST(CheckOutputs, AutomaticIsTimelineForVideoElseConcat) {
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.MP4", {}, {}, {}, {}, {}}),
            Layout::timeline);
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.mkv", {}, {}, {}, {}, {}}),
            Layout::timeline);
  EXPECT_EQ(check_outputs(job_with(Layout::automatic), {"o.opus", {}, {}, {}, {}, {}}),
            Layout::concat);
}

TEST(CheckOutputs, ConcatWithVideoIsAUsageError) {
  EXPECT_EQ(check_outputs(job_with(Layout::concat), {"o.mp4", {}, {}, {}, {}, {}}).error().code,
            Errc::bad_input);
}

TEST(CheckOutputs, BackgroundNeedsATimeline) {
  EXPECT_FALSE(
      check_outputs(job_with(Layout::concat, Background::keep), {"o.wav", {}, {}, {}, {}, {}}));
  EXPECT_TRUE(
      check_outputs(job_with(Layout::timeline, Background::keep), {"o.wav", {}, {}, {}, {}, {}}));
}

TEST(CheckOutputs, OneFileCannotBeTwoOutputs) {
  const auto checked =
      check_outputs(job_with(Layout::automatic), {"o.wav", "r.json", "./r.json", {}, {}, {}});
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, ::testing::HasSubstr("two outputs"));
}

TEST(CheckOutputs, SubtitlesAreVttOrSrt) {
  EXPECT_TRUE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.vtt", {}, {}}));
  EXPECT_TRUE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.SRT", {}, {}}));
  EXPECT_FALSE(check_outputs(job_with(Layout::automatic), {"o.wav", {}, {}, "s.ass", {}, {}}));
}

TEST(CheckOutputs, UnknownExtensionIsRefused) {
  const auto checked = check_outputs(job_with(Layout::automatic), {"o.xyz", {}, {}, {}, {}, {}});
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, Errc::bad_input);
  EXPECT_THAT(checked.error().message, ::testing::HasSubstr(".opus"));
}

class CheckOutputFiles : public ::testing::Test {
 protected:
  CheckOutputFiles() {
    std::string name = (fs::temp_directory_path() / "troupe-test-XXXXXX").string();
    base_ = ::mkdtemp(name.data());
  }
  ~CheckOutputFiles() override { fs::remove_all(base_); }
  fs::path put(const std::string& name) const {
    std::ofstream(base_ / name) << "precious";
    return base_ / name;
  }
  /// The code of the refusal, or nothing when the outputs are accepted.
  static std::optional<Errc> refusal(const Outputs& outputs, const Job& job = job_with({})) {
    const auto checked = check_outputs(job, outputs);
    return checked ? std::nullopt : std::optional(checked.error().code);
  }
  fs::path base_;
};

TEST_F(CheckOutputFiles, NoOutputMayBeAnInputByWhateverName) {
  const fs::path input = put("in.wav");
  fs::create_symlink(input, base_ / "link.wav");
  fs::create_hard_link(input, base_ / "hard.wav");
  Outputs outputs;
  outputs.inputs = {base_ / "other.json", input};
  for (const char* name : {"in.wav", "link.wav", "hard.wav", "../"}) {
    outputs.track =
        std::string(name) == "../" ? base_ / ".." / base_.filename() / "in.wav" : base_ / name;
    EXPECT_EQ(refusal(outputs), Errc::bad_input) << name;
  }
  outputs.track = base_ / "o.wav";
  EXPECT_EQ(refusal(outputs), std::nullopt);
  outputs.report_json = input;
  EXPECT_EQ(refusal(outputs), Errc::bad_input);
}

TEST_F(CheckOutputFiles, OnlyRegularFilesAreReplaced) {
  ASSERT_EQ(::mkfifo((base_ / "fifo.wav").c_str(), 0600), 0);
  fs::create_directory(base_ / "folder.wav");
  fs::create_symlink("/dev/null", base_ / "null.wav");
  put("old.wav");
  for (const char* name : {"fifo.wav", "folder.wav", "null.wav"})
    EXPECT_EQ(refusal({base_ / name, {}, {}, {}, {}, {}}), Errc::bad_input) << name;
  EXPECT_EQ(refusal({base_ / "o.wav", "/dev/null", {}, {}, {}, {}}), Errc::bad_input);
  EXPECT_EQ(refusal({base_ / "old.wav", {}, {}, {}, {}, {}}), std::nullopt);
}

TEST_F(CheckOutputFiles, MissingFolderIsTroubleWithTheOutput) {
  EXPECT_EQ(refusal({base_ / "no" / "o.wav", {}, {}, {}, {}, {}}), Errc::io);
  EXPECT_EQ(refusal({base_ / "o.wav", {}, {}, {}, base_ / "no" / "stems", {}}), Errc::io);
  fs::create_symlink(base_ / "no" / "x.wav", base_ / "dangling.wav");
  EXPECT_EQ(refusal({base_ / "dangling.wav", {}, {}, {}, {}, {}}), Errc::io);
}

TEST_F(CheckOutputFiles, LinkStandsForItsTarget) {
  fs::create_directory(base_ / "elsewhere");
  fs::create_symlink("elsewhere/o.wav", base_ / "link.wav");
  EXPECT_EQ(resolved(base_ / "link.wav"), base_ / "elsewhere" / "o.wav");
  EXPECT_EQ(refusal({base_ / "link.wav", base_ / "elsewhere" / "o.wav", {}, {}, {}, {}}),
            Errc::bad_input)
      << "two outputs in one";
}

TEST_F(CheckOutputFiles, WhatMayBecomeAStemIsNeitherOutputNorInput) {
  const fs::path stems = base_ / "stems";
  EXPECT_EQ(refusal({stems / "speaker-01-A.wav", {}, {}, {}, stems, {}}), Errc::io) << "no folder";
  fs::create_directory(stems);
  EXPECT_EQ(refusal({stems / "speaker-01-A.wav", {}, {}, {}, stems, {}}), Errc::bad_input);
  EXPECT_EQ(refusal({base_ / "o.wav", {}, {}, {}, stems, {stems / "speaker-02.wav"}}),
            Errc::bad_input);
  EXPECT_EQ(refusal({stems / "dub.wav", {}, {}, {}, stems, {}}), std::nullopt);
}

TEST_F(CheckOutputFiles, StemsNeedAFolderAndBearableNumbers) {
  EXPECT_EQ(refusal({base_ / "o.wav", {}, {}, {}, put("file"), {}}), Errc::bad_input);
  Job job = job_with({});
  for (int i = 0; i < 201; ++i) job.segments.push_back({std::to_string(i), 0, 1, "", "oui"});
  const Outputs outputs{base_ / "o.wav", {}, {}, {}, base_ / "stems", {}};
  EXPECT_EQ(refusal(outputs, job), Errc::bad_input);
  job.segments.pop_back();
  EXPECT_EQ(refusal(outputs, job), std::nullopt);
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
