// A new track under a copied picture: the picture stays as it is, bit for bit and in time.
#include <gmock/gmock.h>

#include "libav_fixture.hpp"
#include "media_helpers.hpp"

namespace troupe::media {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class VideoTest : public MediaTest {
 protected:
  OutputSpec dub(const std::string& source, const std::string& target) const {
    OutputSpec out = spec(target);
    out.video_source = file(source);
    out.language = "fr-ca";
    return out;
  }

  Container clip(double seconds = 3) const {
    Container what;
    what.picture_seconds = seconds;
    what.sound = {{0, to_int16(sine(200, seconds))}};
    return what;
  }
};

class BothContainers : public VideoTest, public testing::WithParamInterface<const char*> {};

TEST_P(BothContainers, CopyEveryPictureBitForBitAndInTime) {
  write_container(file("in.mkv"), clip());
  const auto written = write(dub("in.mkv", GetParam()), join(silence(1), sine(1000, 2)));
  ASSERT_TRUE(written) << written.error().message;
  const auto before = picture_packets(file("in.mkv"));
  const auto after = picture_packets(file(GetParam()));
  ASSERT_EQ(before.size(), 75U);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < before.size(); ++i) {
    EXPECT_EQ(after[i].bytes, before[i].bytes) << i;
    // Matroska counts milliseconds.
    ASSERT_LE(std::abs(after[i].pts_us - before[i].pts_us), 1000) << i;
  }
}

TEST_P(BothContainers, HoldOnlyTheNewSound) {
  write_container(file("in.mkv"), clip());
  ASSERT_TRUE(write(dub("in.mkv", GetParam()), join(silence(1), sine(1000, 2))));
  const StreamFacts facts = facts_of(file(GetParam()));
  const bool mkv = GetParam() == std::string("out.mkv");
  EXPECT_THAT(facts.codecs, ElementsAre("mpeg4", mkv ? "opus" : "aac"));
  EXPECT_EQ(facts.audio_language, mkv ? "fre" : "fra");
  EXPECT_NEAR(facts.duration_seconds, 3, 0.06);  // one picture and one codec frame
  const auto back = read(file(GetParam()));
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_TRUE(back->info.has_video);
  EXPECT_NEAR(static_cast<double>(onset(back->samples, 0.05F)), 24000, 5.0 * kSamplesPerMs);
}

TEST_P(BothContainers, KeepTitleAndChapters) {
  Container what = clip();
  what.chapter = "Opening";
  write_container(file("in.mkv"), what);
  ASSERT_TRUE(write(dub("in.mkv", GetParam()), sine(1000, 3)));
  const StreamFacts facts = facts_of(file(GetParam()));
  EXPECT_EQ(facts.title, "Opening");
  EXPECT_THAT(facts.chapters, ElementsAre("Opening"));
}

TEST_P(BothContainers, TakeSoundShorterAndLongerThanThePicture) {
  write_container(file("in.mkv"), clip(2));
  for (const double seconds : {0.3, 5.0}) {
    ASSERT_TRUE(write(dub("in.mkv", GetParam()), sine(1000, seconds)));
    EXPECT_EQ(picture_packets(file(GetParam())).size(), 50U);
    const auto back = read(file(GetParam()));
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_NEAR(static_cast<double>(back->samples.size()), seconds * 24000, 1024);
  }
}

TEST_P(BothContainers, AcceptASilentFilm) {
  Container what = clip();
  what.sound.clear();
  write_container(file("in.mkv"), what);
  ASSERT_TRUE(write(dub("in.mkv", GetParam()), sine(1000, 3)));
  EXPECT_EQ(facts_of(file(GetParam())).codecs.size(), 2U);
}

// The clock of a transport stream starts anywhere; sound written at 1 s plays at the picture's 1 s.
TEST_P(BothContainers, KeepPictureAndSoundTogetherFromATransportStream) {
  Container what = clip(3);
  what.muxer = "mpegts";
  what.sound_codec = "mp2";
  write_container(file("in.ts"), what);
  const auto written = write(dub("in.ts", GetParam()), join(silence(1), sine(1000, 2)));
  ASSERT_TRUE(written) << written.error().message;
  const auto packets = picture_packets(file(GetParam()));
  ASSERT_EQ(packets.size(), 75U);
  // 80 ms: the two reordered pictures that the stream starts with.
  EXPECT_LE(std::abs(packets[0].pts_us), 80000);
  const auto back = read(file(GetParam()));
  ASSERT_TRUE(back);
  EXPECT_NEAR(static_cast<double>(onset(back->samples)), 24000, 5.0 * kSamplesPerMs);
}

INSTANTIATE_TEST_SUITE_P(Media, BothContainers, testing::Values("out.mp4", "out.mkv"),
                         [](const auto& target) { return std::string(target.param + 4); });

TEST_F(VideoTest, KeepsTheRotationOfAPhonesVideo) {
  Container what = clip();
  what.muxer = "mov";
  what.rotation_degrees = 90;
  write_container(file("in.mov"), what);
  ASSERT_EQ(std::abs(facts_of(file("in.mov")).rotation_degrees), 90);
  ASSERT_TRUE(write(dub("in.mov", "out.mp4"), sine(1000, 3)));
  EXPECT_EQ(facts_of(file("out.mp4")).rotation_degrees, facts_of(file("in.mov")).rotation_degrees);
}

TEST_F(VideoTest, RefusesASourceWithoutAPicture) {
  ASSERT_TRUE(write(spec("talk.wav"), sine(440, 1)));
  const auto writer = media_->open_writer(dub("talk.wav", "out.mp4"));
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Errc::bad_input);
  EXPECT_THAT(writer.error().message, HasSubstr("talk.wav: has no picture"));
  EXPECT_FALSE(std::filesystem::exists(file("out.mp4.part")));

  const auto none = media_->open_writer(spec("out.mkv"));
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, Errc::bad_input);

  const auto missing = media_->open_writer(dub("missing.mkv", "out.mkv"));
  ASSERT_FALSE(missing);
  EXPECT_THAT(missing.error().message, HasSubstr("missing.mkv: no such file"));
}

TEST_F(VideoTest, NamesTheContainerThatWouldTakeThePicture) {
  Container what = clip(1);
  what.picture_codec = "ffv1";
  write_container(file("in.mkv"), what);
  const auto writer = media_->open_writer(dub("in.mkv", "out.mp4"));
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().code, Errc::bad_input);
  EXPECT_THAT(writer.error().message, HasSubstr("ffv1"));
  EXPECT_THAT(writer.error().message, HasSubstr("write .mkv"));
  EXPECT_TRUE(write(dub("in.mkv", "out.mkv"), sine(440, 1)));
}

TEST_F(VideoTest, LeavesTheSourceAlone) {
  write_container(file("in.mkv"), clip());
  const auto before = picture_packets(file("in.mkv"));
  ASSERT_TRUE(write(dub("in.mkv", "in.mkv"), sine(1000, 3))) << "dubbing onto itself";
  EXPECT_EQ(picture_packets(file("in.mkv")).size(), before.size());
}

}  // namespace
}  // namespace troupe::media
