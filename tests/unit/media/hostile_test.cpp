// Files that are broken, not media, or meant to do harm: one clear line each, and no more read
// than the file itself.
#include <gmock/gmock.h>
#include <sys/stat.h>

#include "libav_fixture.hpp"
#include "media_helpers.hpp"

namespace troupe::media {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class HostileTest : public MediaTest {
 protected:
  void expect_refused(const std::filesystem::path& path, const std::string& words,
                      Errc code = Errc::bad_input) {
    const auto back = read(path);
    ASSERT_FALSE(back) << path;
    EXPECT_EQ(back.error().code, code) << back.error().message;
    EXPECT_THAT(back.error().message, AllOf(HasSubstr(path.filename().string()), HasSubstr(words),
                                            HasSubstr("; "), Not(HasSubstr("\n"))));
  }
  std::string bytes(const std::string& name) const {
    std::ifstream in(file(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
};

TEST_F(HostileTest, RefusesWhatIsNotAMediaFile) {
  expect_refused(file("missing.wav"), "no such file");
  expect_refused(put("empty.wav", ""), "is empty");
  expect_refused(put("text.wav", "Dear diary, today I renamed a letter.\n"), "is not media");
  expect_refused(put("text.mp3", "Dear diary, today I renamed a letter.\n"), "is not media");
  expect_refused(put("zeros.wav", std::string(100000, '\0')), "is not media");
  std::filesystem::create_directory(file("folder.wav"));
  expect_refused(file("folder.wav"), "is a directory");
  ASSERT_EQ(mkfifo(file("pipe.wav").c_str(), 0600), 0);
  expect_refused(file("pipe.wav"), "is not a regular file");
  expect_refused(file(std::string(300, 'x') + ".wav"), "cannot be read", Errc::io);
}

TEST_F(HostileTest, RefusesAnUnreadableFile) {
  if (geteuid() == 0) GTEST_SKIP() << "root reads everything: run the tests as a user";
  const auto path = put("secret.wav", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  expect_refused(path, "Permission denied", Errc::io);
}

TEST_F(HostileTest, RefusesFilesWithoutSound) {
  Container clip;
  clip.picture_seconds = 0.4;
  write_container(file("mute.mkv"), clip);
  expect_refused(file("mute.mkv"), "no sound: a picture without an audio stream");
  Container cover;
  cover.cover = true;
  cover.muxer = "ipod";
  write_container(file("cover.m4a"), cover);
  expect_refused(file("cover.m4a"), "no sound");
  ASSERT_TRUE(write(spec("none.wav"), {}));
  expect_refused(file("none.wav"), "no sound could be decoded");
}

TEST_F(HostileTest, KeepsTheErrorOnOneLine) {
  const auto back = read(file("a\nb.wav"));
  ASSERT_FALSE(back);
  EXPECT_THAT(back.error().message, AllOf(HasSubstr("a?b.wav"), Not(HasSubstr("\n"))));
}

// A list may name any file of the machine, or an address: never followed, whatever its own name.
TEST_F(HostileTest, NeverFollowsLists) {
  ASSERT_TRUE(write(spec("secret.wav"), sine(500, 1)));
  const std::string secret = file("secret.wav").string();
  for (const char* extension : {".wav", ".m3u8", ".mp4", ".ffconcat"}) {
    const std::string name = std::string("list") + extension;
    for (const std::string& target : {secret, std::string("secret.wav"), "file:" + secret}) {
      expect_refused(put(name, "ffconcat version 1.0\nfile '" + target + "'\n"), "list of other");
      expect_refused(put(name,
                         "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXT-X-MEDIA-SEQUENCE:0\n"
                         "#EXTINF:5,\n" +
                             target + "\n#EXT-X-ENDLIST\n"),
                     "list of other");
    }
    expect_refused(put(name,
                       "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" "
                       "profiles=\"urn:mpeg:dash:profile:isoff-on-demand:2011\"><Period>"
                       "<AdaptationSet><Representation><BaseURL>secret.wav</BaseURL>"
                       "</Representation></AdaptationSet></Period></MPD>"),
                   "list of other");
    expect_refused(put(name,
                       "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
                       "m=audio 5004 RTP/AVP 0\n"),
                   "list of other");
  }
}

TEST_F(HostileTest, DecodesWhatATruncatedFileHolds) {
  for (const char* name : {"a.mp3", "a.flac", "a.opus", "a.wav", "a.mkv"}) {
    OutputSpec out = spec(name);
    if (std::string(name) == "a.mkv") {
      Container clip;
      clip.picture_seconds = 4;
      write_container(file("clip.mkv"), clip);
      out.video_source = file("clip.mkv");
    }
    ASSERT_TRUE(write(out, sine(500, 4)));
    const std::string whole = bytes(name);
    const auto back = read(put(std::string("cut-") + name, whole.substr(0, whole.size() / 2)));
    ASSERT_TRUE(back) << name << ": " << back.error().message;
    // About half: pictures and headers are not evenly spread.
    EXPECT_GT(back->samples.size(), 24000U) << name;
    EXPECT_LT(back->samples.size(), 72000U) << name;
  }
}

TEST_F(HostileTest, GoesPastDamageInTheMiddle) {
  for (const char* name : {"a.mp3", "a.flac", "a.opus"}) {
    ASSERT_TRUE(write(spec(name), sine(500, 4)));
    std::string damaged = bytes(name);
    for (std::size_t i = damaged.size() / 2; i < damaged.size() / 2 + 300; ++i)
      damaged[i] = static_cast<char>(damaged[i] ^ (i * 37));
    const auto back = read(put(std::string("damaged-") + name, damaged));
    ASSERT_TRUE(back) << name << ": " << back.error().message;
    // The rest keeps its place: at most a few frames are lost at the end.
    EXPECT_NEAR(static_cast<double>(back->samples.size()), 96000, 12000) << name;
    EXPECT_GT(rms(std::span(back->samples).subspan(72000, 9600)), 0.2) << name;
  }
}

TEST_F(HostileTest, RefusesAFileOfWhichNothingDecodes) {
  ASSERT_TRUE(write(spec("a.flac"), sine(500, 1)));
  std::string damaged = bytes("a.flac");
  for (std::size_t i = 100; i < damaged.size(); ++i) damaged[i] = static_cast<char>(i * 37 + i / 7);
  const auto back = read(put("damaged.flac", damaged));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, Errc::bad_input);
}

// Any prefix and any damage: an answer, not a crash (run with ASan as well).
TEST_F(HostileTest, AnswersWhateverTheBytes) {
  std::uint32_t random = 1;
  const auto next = [&] { return random = random * 1664525U + 1013904223U; };
  for (const char* name : {"a.mp3", "a.flac", "a.opus", "a.m4a", "a.wav"}) {
    ASSERT_TRUE(write(spec(name), sine(500, 0.5)));
    const std::string whole = bytes(name);
    for (int round = 0; round < 15; ++round) {
      std::string damaged = whole.substr(0, 1 + next() % whole.size());
      for (std::uint32_t i = next() % 40; i > 0; --i)
        damaged[next() % damaged.size()] = static_cast<char>(next() >> 24);
      const auto back = read(put(std::string("fuzz-") + name, damaged));
      if (!back) {
        EXPECT_THAT(back.error().message, HasSubstr("fuzz-"));
      }
    }
  }
}

}  // namespace
}  // namespace troupe::media
