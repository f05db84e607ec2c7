#include <gmock/gmock.h>
#include <sys/resource.h>

#include <csignal>

#include "libav_fixture.hpp"
#include "media_helpers.hpp"

namespace troupe::media {
namespace {

using testing::HasSubstr;

class WriterTest : public MediaTest {};

// A burst in silence, written and read back: it begins where it began, in every format.
class EveryFormat : public MediaTest, public testing::WithParamInterface<const char*> {
 protected:
  OutputSpec format_spec(int channels) {
    OutputSpec out = spec(std::string("out") + GetParam());
    out.channels = channels;
    const std::string extension = GetParam();
    if (extension == ".mp4" || extension == ".mkv") {
      Container clip;
      clip.picture_seconds = 1.2;
      write_container(file("clip.mkv"), clip);
      out.video_source = file("clip.mkv");
    }
    return out;
  }
  bool lossless() const {
    return GetParam() == std::string(".wav") || GetParam() == std::string(".flac");
  }
};

TEST_P(EveryFormat, KeepsOnsetLengthAndLevel) {
  const auto track = join(join(silence(0.5), sine(1000, 0.5)), silence(0.25));
  const OutputSpec out = format_spec(1);
  const auto written = write(out, track);
  ASSERT_TRUE(written) << written.error().message;
  EXPECT_FALSE(std::filesystem::exists(out.temp_path));

  const auto back = read(out.path);
  ASSERT_TRUE(back) << back.error().message;
  // 5 ms: the pre-echo of a transform codec's window is shorter; well under the 40 ms goal (T5).
  EXPECT_NEAR(static_cast<double>(onset(back->samples)), 0.5 * kSampleRateHz, 5.0 * kSamplesPerMs);
  // One codec frame: AAC 1024, MP3 576, Opus 480 samples at 24 kHz.
  EXPECT_NEAR(static_cast<double>(back->samples.size()), static_cast<double>(track.size()),
              lossless() ? 0 : 1024);
  // 0.5 dB: the codecs' own level error on a steady tone.
  EXPECT_NEAR(20 * std::log10(rms(std::span(back->samples).subspan(14400, 7200))),
              20 * std::log10(0.5 / std::sqrt(2.0)), 0.5);
}

TEST_P(EveryFormat, KeepsStereoApart) {
  const auto left = sine(1000, 0.5);
  std::vector<float> both;
  for (const float x : left) {
    both.push_back(x);
    both.push_back(0);
  }
  const OutputSpec out = format_spec(2);
  const auto written = write(out, both);
  ASSERT_TRUE(written) << written.error().message;
  const auto back = read(out.path, {kSampleRateHz, 2});
  ASSERT_TRUE(back) << back.error().message;
  std::vector<float> l, r;
  for (std::size_t i = 4800; i + 4800 < back->samples.size(); i += 2) {
    l.push_back(back->samples[i]);
    r.push_back(back->samples[i + 1]);
  }
  EXPECT_GT(rms(l), 0.3);
  EXPECT_LT(rms(r), 0.01);
}

TEST_P(EveryFormat, GivesTheSameBytesTwice) {
  const OutputSpec out = format_spec(1);
  const auto bytes = [&] {
    std::ifstream in(out.path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(in), {});
  };
  ASSERT_TRUE(write(out, sine(440, 0.3)));
  const std::string first = bytes();
  ASSERT_TRUE(write(out, sine(440, 0.3)));
  EXPECT_EQ(first, bytes());
}

INSTANTIATE_TEST_SUITE_P(Media, EveryFormat,
                         testing::Values(".wav", ".flac", ".mp3", ".opus", ".m4a", ".mp4", ".mkv"),
                         [](const auto& format) { return std::string(format.param + 1); });

TEST_F(WriterTest, NeverTouchesTheFinalNameAndLeavesACompleteTemp) {
  put("a.wav", "older");
  const OutputSpec out = spec("a.wav");
  {
    auto writer = media_->open_writer(out);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write(sine(440, 1)));
    ASSERT_TRUE((*writer)->finish());
  }
  EXPECT_EQ(std::filesystem::file_size(out.path), 5U);
  const auto back = read(out.temp_path);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->samples.size(), 24000U);
}

TEST_F(WriterTest, RemovesItsTempFileWhenDropped) {
  const OutputSpec out = spec("a.flac");
  {
    auto writer = media_->open_writer(out);
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->write(sine(440, 1)));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory_));
}

TEST_F(WriterTest, WritesSixteenBitExactlyToHalfAStepAndDither) {
  const auto tone = sine(440, 0.5, 0.9);
  ASSERT_TRUE(write(spec("a.wav"), tone));
  const auto back = read(file("a.wav"));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->info.codec, "pcm_s16le");
  ASSERT_EQ(back->samples.size(), tone.size());
  // Half a step of rounding and one of dither, of 1/32768.
  for (std::size_t i = 0; i < tone.size(); ++i)
    ASSERT_NEAR(back->samples[i], tone[i], 1.5 / 32768 + 1e-6) << i;
}

TEST_F(WriterTest, HoldsSamplesBeyondFullScaleAndDropsNan) {
  const float nan = std::nanf("");
  for (const char* name : {"a.wav", "a.m4a", "a.mp3", "a.opus"}) {
    auto samples = sine(440, 0.5, 1.5);
    samples[5000] = nan;
    const auto written = write(spec(name), samples);
    ASSERT_TRUE(written) << written.error().message;
    const auto back = read(file(name));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_GT(rms(back->samples), 0.7) << name;
  }
}

TEST_F(WriterTest, TakesRatesThatTheCodecDoesNot) {
  for (const char* name : {"a.mp3", "a.opus", "a.m4a", "a.flac", "a.wav"})
    for (const int rate : {11025, 16000, 44100, 48000, 96000}) {
      OutputSpec out = spec(name);
      out.sample_rate_hz = rate;
      const auto written = write(out, join(silence(0.5, rate), sine(1000, 0.5, 0.5, rate)));
      ASSERT_TRUE(written) << name << rate << written.error().message;
      const auto back = read(out.path);
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_NEAR(static_cast<double>(onset(back->samples)), 12000, 5.0 * kSamplesPerMs)
          << name << " at " << rate;
      EXPECT_NEAR(static_cast<double>(back->samples.size()), 24000, 2400) << name << " at " << rate;
    }
}

TEST_F(WriterTest, LeavesRoomForALengthBeyondFourGigabytes) {
  ASSERT_TRUE(write(spec("a.wav"), sine(440, 0.1)));
  std::ifstream in(file("a.wav"), std::ios::binary);
  std::string head(48, '\0');
  in.read(head.data(), 48);
  // EBU Tech 3306: the place that becomes the ds64 chunk of RF64.
  EXPECT_EQ(head.substr(0, 4), "RIFF");
  EXPECT_EQ(head.substr(12, 4), "JUNK");
}

TEST_F(WriterTest, WritesNothingAtAllAsAnEmptyTrack) {
  ASSERT_TRUE(write(spec("a.wav"), {}));
  EXPECT_TRUE(std::filesystem::exists(file("a.wav")));
}

TEST_F(WriterTest, RefusesWhereItCannotWrite) {
  const auto missing = media_->open_writer(spec("no/such/a.wav"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::io);
  EXPECT_THAT(missing.error().message, HasSubstr("make the directory first"));

  const auto unknown = media_->open_writer(spec("a.xyz"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Errc::bad_input);
  EXPECT_FALSE(std::filesystem::exists(file("a.xyz.part")));
}

// A limit on the file's size stands for a full disk.
TEST_F(WriterTest, ReportsAFullDiskAndLeavesNothing) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  for (const char* name : {"a.wav", "a.flac", "a.mp3", "a.opus", "a.m4a"}) {
    const rlimit small{20000, before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
    const auto written = write(spec(name), sine(440, 30));
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(written) << name;
    EXPECT_EQ(written.error().code, Errc::io);
    EXPECT_THAT(written.error().message, HasSubstr(name));
    EXPECT_THAT(written.error().message, HasSubstr("File too large; free some space"));
    EXPECT_TRUE(std::filesystem::is_empty(directory_)) << name;
  }
  signal(SIGXFSZ, handler);
}

}  // namespace
}  // namespace troupe::media
