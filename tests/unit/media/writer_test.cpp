#include <gmock/gmock.h>

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

}  // namespace
}  // namespace troupe::media
