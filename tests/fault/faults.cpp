// One port fails at one place: the right error, no partial output, nothing left behind.
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "support/dub_fixture.hpp"

namespace troupe {
namespace {

class Faults : public test::DubFixture {
 protected:
  Faults() {
    outputs_.report_json = out_ / "report.json";
    outputs_.timeline_svg = out_ / "timeline.svg";
    outputs_.subtitles = out_ / "dub.srt";
    outputs_.stems_dir = out_ / "stems";
  }
  /// The job fails with this code and leaves nothing.
  void expect_failure(Errc code, const std::string& stage) {
    const auto report = dub();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, code) << report.error().message;
    EXPECT_EQ(report.error().stage, stage) << report.error().message;
    EXPECT_EQ(report.error().message.find('\n'), std::string::npos);
    expect_nothing_left();
  }
};

TEST_F(Faults, MissingSource) {
  job_.source_audio = "memory:nowhere";
  expect_failure(Errc::bad_input, "decode");
}

TEST_F(Faults, SourceBreaksHalfWay) {
  media_.fail_decode_at_block = 20;
  expect_failure(Errc::io, "decode");
}

TEST_F(Faults, WriterFailsAtTheFirstAndAtALaterBlock) {
  media_.fail_write_at_block = 0;
  expect_failure(Errc::io, "mix");
  media_.blocks_written = 0;
  media_.fail_write_at_block = 5;
  expect_failure(Errc::io, "mix");
}

TEST_F(Faults, TrackCannotBeCompleted) {
  media_.fail_finish_of = "dub.wav";
  expect_failure(Errc::io, "encode");
}

TEST_F(Faults, StemCannotBeCompletedAfterTheTrackWas) {
  media_.fail_finish_of = "speaker-02-B.wav";
  expect_failure(Errc::io, "encode");
}

// What is there before a job is there after it failed, whatever had been put in place by then.
class OlderOutputs : public Faults {
 protected:
  OlderOutputs() {
    std::filesystem::create_directory(*outputs_.stems_dir);
    for (const auto& path : all()) std::ofstream(path) << "older";
  }
  std::vector<std::filesystem::path> all() const {
    return {outputs_.track,
            *outputs_.stems_dir / "speaker-01-A.wav",
            *outputs_.stems_dir / "speaker-02-B.wav",
            *outputs_.timeline_svg,
            *outputs_.subtitles,
            *outputs_.report_json};
  }
  void expect_older(const std::vector<std::filesystem::path>& paths) {
    for (const auto& path : paths) {
      std::string content;
      std::getline(std::ifstream(path), content);
      EXPECT_EQ(content, "older") << path;
    }
    EXPECT_EQ(names_in(out_).size(), 5u);
    EXPECT_EQ(names_in(*outputs_.stems_dir).size(), 2u);
    EXPECT_EQ(names_in(temp_root_), std::vector<std::string>{});
  }
};

TEST_F(OlderOutputs, SurviveAStemThatCannotBeCompleted) {
  media_.fail_finish_of = "speaker-02-B.wav";
  ASSERT_FALSE(dub());
  expect_older(all());
}

TEST_F(OlderOutputs, ComeBackWhenTheLastCannotBePutInPlace) {
  settings_.progress = [&](std::string_view phase, int, int) {
    if (phase != "mix") return;
    std::filesystem::remove(*outputs_.report_json);
    std::filesystem::create_directory(*outputs_.report_json);
  };
  const auto report = dub();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::io);
  auto others = all();
  others.pop_back();
  expect_older(others);
  EXPECT_TRUE(std::filesystem::is_directory(*outputs_.report_json));
}

TEST_F(OlderOutputs, AreReplacedByAJobThatSucceeds) {
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  for (const auto& path : all()) EXPECT_GT(std::filesystem::file_size(path), 5u) << path;
  EXPECT_EQ(names_in(out_).size(), 5u);
}

TEST_F(Faults, NewOutputsGoWhenTheLastCannotBePutInPlace) {
  settings_.progress = [&](std::string_view phase, int, int) {
    if (phase == "mix") std::filesystem::create_directory(*outputs_.report_json);
  };
  ASSERT_FALSE(dub());
  EXPECT_EQ(names_in(out_), std::vector<std::string>{"report.json"});
}

TEST_F(Faults, LinkedOutputIsWrittenWhereItPoints) {
  std::filesystem::create_directory(root_ / "elsewhere");
  std::filesystem::create_symlink(root_ / "elsewhere" / "real.wav", outputs_.track);
  ASSERT_TRUE(dub());
  EXPECT_TRUE(std::filesystem::is_symlink(outputs_.track));
  EXPECT_EQ(names_in(root_ / "elsewhere"), std::vector<std::string>{"real.wav"});
}

TEST_F(Faults, FolderOfAnOutputIsMissing) {
  outputs_.report_json = out_ / "nowhere" / "report.json";
  expect_failure(Errc::io, "segments");
  EXPECT_EQ(media_.decodes, 0) << "names alone decide";
  EXPECT_EQ(backend_->requests, 0) << "known before anything is spoken";
}

TEST_F(Faults, StretcherFails) {
  stretcher_.broken = true;
  // Far too long for its span, so that the engine's pace alone cannot fit it.
  job_.segments[3].translated_text = std::string(70, 'a');
  expect_failure(Errc::internal, "timing");
}

TEST_F(Faults, FullTempDiskStopsTheJob) {
  // A limit on file size behaves like a full disk without needing to mount one.
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 256 * 1024;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  expect_failure(Errc::io, "synthesis");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ::signal(SIGXFSZ, SIG_DFL);
}

TEST_F(Faults, OneTurnThatNothingCanSpeakIsSilentAndReported) {
  backend_->fail_text = "numero 4";
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->result.ok, kTurns - 1);
  EXPECT_EQ(report->turns[4].verdict, Verdict::failed);
  EXPECT_FALSE(report->turns[4].error.empty());
  EXPECT_EQ(report->turns[4].start_ms, report->turns[4].planned_start_ms);
}

TEST_F(Faults, EngineThatThrowsIsAFailedTurnNotACrash) {
  backend_->throw_text = "numero 4";
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->turns[4].verdict, Verdict::failed);
}

TEST_F(Faults, FewerThanFourInFiveSpokenFailsTheJobWithAList) {
  for (const int turn : {1, 5, 8})
    job_.segments[static_cast<std::size_t>(turn)].translated_text = "boom";
  backend_->fail_text = "boom";
  const auto report = dub();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::too_few_spoken);
  for (const char* turn : {"turn 1:", "turn 5:", "turn 8:"})
    EXPECT_THAT(report.error().message, ::testing::HasSubstr(turn));
  expect_nothing_left();
}

TEST_F(Faults, FourInFiveSpokenIsEnough) {
  for (const int turn : {1, 5})
    job_.segments[static_cast<std::size_t>(turn)].translated_text = "boom";
  backend_->fail_text = "boom";
  EXPECT_TRUE(dub());
}

TEST_F(Faults, VoiceCacheThatCannotBeWrittenDoesNotFailTheJob) {
  store_.fail_put = true;
  const auto report = dub();
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_EQ(report->speakers[0].voice, VoiceKind::cloned);
}

class StopAt : public Faults, public ::testing::WithParamInterface<const char*> {};

TEST_P(StopAt, CancelsAndLeavesNothing) {
  std::stop_source stop;
  settings_.stop = stop.get_token();
  settings_.progress = [&](std::string_view phase, int done, int) {
    // In the midst of synthesis, at the start of every other phase.
    if (phase == GetParam() && (phase != "synthesis" || done == 3)) stop.request_stop();
  };
  const auto report = dub();
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, Errc::cancelled) << report.error().message;
  expect_nothing_left();
  ASSERT_EQ(log_.infos().size(), 1u);
  EXPECT_THAT(log_.infos()[0], ::testing::HasSubstr("\"outcome\":\"cancelled\""));
}
INSTANTIATE_TEST_SUITE_P(Phases, StopAt, ::testing::Values("decode", "voices", "synthesis", "mix"));

}  // namespace
}  // namespace troupe
