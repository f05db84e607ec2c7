// Sound from every kind of file: rates, widths, channels, and the file's own clock.
#include <gmock/gmock.h>

#include <cstring>
#include <limits>

#include "libav_fixture.hpp"
#include "media_helpers.hpp"

namespace troupe::media {
namespace {

class ReaderTest : public MediaTest {
 protected:
  template <class T>
  static std::string bytes_of(T value) {
    std::string out(sizeof value, '\0');
    std::memcpy(out.data(), &value, sizeof value);
    return out;
  }

  // A RIFF file by hand; tag 1: integers, 3: float.
  static std::string wav(int tag, int bits, int rate, int channels, const std::string& data) {
    const int frame = bits / 8 * channels;
    return "RIFF" + bytes_of(static_cast<std::uint32_t>(36 + data.size())) + "WAVEfmt " +
           bytes_of(16) + bytes_of(static_cast<std::int16_t>(tag)) +
           bytes_of(static_cast<std::int16_t>(channels)) + bytes_of(rate) + bytes_of(rate * frame) +
           bytes_of(static_cast<std::int16_t>(frame)) + bytes_of(static_cast<std::int16_t>(bits)) +
           "data" + bytes_of(static_cast<std::uint32_t>(data.size())) + data;
  }
  static std::string floats(const std::vector<float>& samples) {
    return {reinterpret_cast<const char*>(samples.data()), samples.size() * sizeof(float)};
  }

  std::filesystem::path container(const std::string& name, const Container& what) const {
    write_container(file(name), what);
    return file(name);
  }
};

TEST_F(ReaderTest, ReadsEightBitEightKilohertz) {
  std::string data;
  for (const float x : sine(440, 1, 0.5, 8000))
    data += static_cast<char>(static_cast<unsigned char>(std::lround(128 + 127 * x)));
  const auto back = read(put("a.wav", wav(1, 8, 8000, 1, data)));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->info.container, "wav");
  EXPECT_EQ(back->info.codec, "pcm_u8");
  EXPECT_EQ(back->info.sample_rate_hz, 8000);
  EXPECT_EQ(back->info.channels, 1);
  EXPECT_EQ(back->info.samples, 24000);
  EXPECT_EQ(back->samples.size(), 24000U);
  EXPECT_FALSE(back->info.has_video);
  EXPECT_NEAR(rms(back->samples), 0.5 / std::sqrt(2), 0.01);  // 8-bit steps are 0.8 %
}

TEST_F(ReaderTest, GivesExactLengthsForAnyRate) {
  for (const int rate : {8000, 11025, 16000, 22050, 44100, 48000, 96000}) {
    const auto back = read(put("a.wav", wav(3, 32, rate, 1, floats(sine(300, 0.777, 0.5, rate)))));
    ASSERT_TRUE(back) << back.error().message;
    const auto samples = static_cast<double>(std::llround(0.777 * rate));
    EXPECT_EQ(back->info.samples, std::llround(samples * 24000 / rate)) << rate;
  }
}

TEST_F(ReaderTest, MixesWithoutChangingAnEqualSignal) {
  const auto tone = sine(440, 0.5);
  for (const int in : {1, 2, 3, 6, 8, 11})
    for (const int out : {1, 2}) {
      std::vector<float> all;
      for (const float x : tone) all.insert(all.end(), static_cast<std::size_t>(in), x);
      const auto back = read(put("a.wav", wav(3, 32, 24000, in, floats(all))), {24000, out});
      ASSERT_TRUE(back) << back.error().message;
      EXPECT_EQ(back->info.channels, in);
      ASSERT_EQ(back->samples.size(), tone.size() * static_cast<std::size_t>(out));
      const double gain = rms(back->samples) / rms(tone);
      // Never louder than the original; plain mono and stereo keep their level.
      EXPECT_LE(gain, 1.0001) << in << " -> " << out;
      EXPECT_GE(gain, in <= 2 ? 0.9999 : 0.5) << in << " -> " << out;
    }
}

TEST_F(ReaderTest, TurnsDamagedFloatsIntoSilence) {
  std::vector<float> samples = sine(440, 0.5);
  samples[100] = std::numeric_limits<float>::quiet_NaN();
  samples[200] = std::numeric_limits<float>::infinity();
  samples[300] = -std::numeric_limits<float>::infinity();
  samples[400] = 1e30F;
  const auto back = read(put("a.wav", wav(3, 32, 24000, 1, floats(samples))));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->samples[100], 0);
  EXPECT_EQ(back->samples[200], 0);
  EXPECT_EQ(back->samples[300], 0);
  EXPECT_EQ(back->samples[400], 64) << "held, so that a filter cannot overflow";
  EXPECT_EQ(back->samples[500], samples[500]);
}

TEST_F(ReaderTest, ReadsRawG722) {
  const std::filesystem::path prompt = "/usr/share/asterisk/sounds/en_US_f_Allison/tt-weasels.g722";
  if (!std::filesystem::exists(prompt))
    GTEST_SKIP() << prompt << " is missing: apt-get install asterisk-core-sounds-en-g722";
  const auto back = read(prompt);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->info.sample_rate_hz, 16000);
  // G.722: one byte is two samples of 16 kHz, three of 24 kHz.
  EXPECT_EQ(back->info.samples, static_cast<std::int64_t>(std::filesystem::file_size(prompt)) * 3);
  EXPECT_GT(rms(back->samples), 0.01);
}

TEST_F(ReaderTest, GivesBlocksOfBoundedSize) {
  const auto path = spec("long.flac");
  ASSERT_TRUE(write(path, sine(200, 120)));
  for (const int rate : {24000, 48000}) {
    const auto back = read(path.path, {rate, 2});
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(back->info.samples, 120LL * rate);
    EXPECT_LE(back->largest_block, 2 * kMaxBlockFrames);
  }
}

TEST_F(ReaderTest, FillsAGapOfTheTimestamps) {
  Container what;
  what.sound = {{0, to_int16(sine(500, 0.5))}, {24000, to_int16(sine(500, 0.5))}};
  for (const char* muxer : {"matroska", "nut", "mp4"}) {
    what.muxer = muxer;
    if (what.muxer == "mp4") what.sound_codec = "flac";
    const auto back = read(container(std::string("gap.") + muxer, what));
    ASSERT_TRUE(back) << muxer << back.error().message;
    EXPECT_EQ(back->samples.size(), 36000U) << muxer;
    EXPECT_EQ(rms(std::span(back->samples).subspan(12000, 12000)), 0) << muxer;
    EXPECT_GT(rms(std::span(back->samples).subspan(24000)), 0.3) << muxer;
  }
}

TEST_F(ReaderTest, PutsSilenceBeforeALateStart) {
  Container what;
  what.sound = {{18000, to_int16(sine(500, 0.5))}};
  for (const char* muxer : {"matroska", "nut", "mp4"}) {
    what.muxer = muxer;
    if (what.muxer == "mp4") what.sound_codec = "flac";
    const auto back = read(container(std::string("late.") + muxer, what));
    ASSERT_TRUE(back) << muxer << back.error().message;
    EXPECT_EQ(back->samples.size(), 30000U) << muxer;
    // 1 ms: matroska's own clock.
    EXPECT_NEAR(static_cast<double>(onset(back->samples, 0.01F)), 18000, 24) << muxer;
  }
}

TEST_F(ReaderTest, SkipsOverlapsAndIgnoresJitter) {
  Container what;
  const auto tone = to_int16(sine(500, 0.5));
  what.sound = {{0, tone}, {12000 - 4800, tone}, {12000 - 4800 + 12000 + 240, tone}};
  const auto back = read(container("a.mkv", what));
  ASSERT_TRUE(back) << back.error().message;
  // 200 ms heard twice are cut, 10 ms of jitter are not filled.
  EXPECT_EQ(back->samples.size(), 36000U - 4800U);
}

TEST_F(ReaderTest, GoesOnAfterALeapOfYears) {
  Container what;
  const auto tone = to_int16(sine(500, 0.5));
  what.sound = {{0, tone}, {10LL * 365 * 24 * 3600 * 24000, tone}};
  const auto back = read(container("a.mkv", what));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->samples.size(), 24000U);
}

TEST_F(ReaderTest, CountsTransportStreamsFromTheirFirstPicture) {
  Container what;
  what.muxer = "mpegts";  // its clock starts at 1.4 s by convention
  what.picture_seconds = 2;
  what.sound_codec = "mp2";
  what.sound = {{12000, to_int16(sine(500, 1))}};
  const auto back = read(container("a.ts", what));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->info.has_video);
  // 20 ms after the picture's start, MP2's decoder delay (481 samples), and its frame of 1152.
  EXPECT_NEAR(static_cast<double>(onset(back->samples, 0.05F)), 12000, 1152);
}

TEST_F(ReaderTest, SeesAMovingPictureButNotACover) {
  Container clip;
  clip.picture_seconds = 0.4;
  clip.sound = {{0, to_int16(sine(500, 0.5))}};
  const auto video = read(container("clip.mkv", clip));
  ASSERT_TRUE(video) << video.error().message;
  EXPECT_TRUE(video->info.has_video);

  Container song;
  song.muxer = "flac";
  song.cover = true;
  song.sound_codec = "flac";
  song.sound = clip.sound;
  const auto audio = read(container("song.flac", song));
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_FALSE(audio->info.has_video);
}

// Two files laid end to end (a chained stream): the second's clock starts over.
TEST_F(ReaderTest, PlaysChainedStreamsToTheEnd) {
  for (const char* name : {"a.opus", "a.mp3"}) {
    ASSERT_TRUE(write(spec(name), sine(500, 2)));
    std::ifstream in(file(name), std::ios::binary);
    const std::string once(std::istreambuf_iterator<char>(in), {});
    const auto back = read(put(std::string("twice-") + name, once + once));
    ASSERT_TRUE(back) << back.error().message;
    // Inside one MP3 stream the second part's header frame (576 samples), delay (1105) and padding
    // (up to 1152) count as sound.
    EXPECT_NEAR(static_cast<double>(back->samples.size()), 4 * 24000, 576 + 1105 + 1152) << name;
  }
}

TEST_F(ReaderTest, PassesTheSinksOwnErrorOn) {
  ASSERT_TRUE(write(spec("a.wav"), sine(500, 1)));
  const auto back = media_->decode(
      file("a.wav"), {},
      [](std::span<const float>) -> Result<void> { return fail(Errc::io, "spool: disk full"); },
      {});
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Errc::io);
  EXPECT_EQ(back.error().message, "spool: disk full");
}

TEST_F(ReaderTest, StopsBetweenPackets) {
  ASSERT_TRUE(write(spec("a.wav"), sine(500, 20)));
  std::stop_source stop;
  std::size_t got = 0;
  const auto back = media_->decode(
      file("a.wav"), {},
      [&](std::span<const float> block) -> Result<void> {
        got += block.size();
        stop.request_stop();
        return {};
      },
      stop.get_token());
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Errc::cancelled);
  EXPECT_LT(got, 2 * kMaxBlockFrames);
}

}  // namespace
}  // namespace troupe::media
