#include "speech/espeak/espeak_phonemizer.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "dsp/onset.hpp"

namespace troupe::speech {
namespace {

// Expected strings: `espeak-ng -q --ipa --tie=U+0361 -v VOICE TEXT` of espeak-ng 1.51.
TEST(EspeakPhonemizer, GivesIpaWithTiesInsideAffricatesAndDiphthongs) {
  EXPECT_EQ(espeak_phonemes("hello", "en-us").value(), "həlˈo͡ʊ");
  EXPECT_EQ(espeak_phonemes("judge", "en-us").value(), "d͡ʒˈʌd͡ʒ");
}

TEST(EspeakPhonemizer, ReadsEveryLanguageOfKokoro) {
  for (const char* voice : {"en-us", "en-gb", "es", "fr-fr", "hi", "it", "pt-br"})
    EXPECT_FALSE(espeak_phonemes("1 2 3", voice).value().empty()) << voice;
}

TEST(EspeakPhonemizer, JoinsAllClausesOfTheTextWithSpaces) {
  const std::string both = espeak_phonemes("one, two. three", "en-us").value();
  EXPECT_EQ(both, espeak_phonemes("one", "en-us").value() + " " +
                      espeak_phonemes("two", "en-us").value() + " " +
                      espeak_phonemes("three", "en-us").value());
}

TEST(EspeakPhonemizer, KeepsLanguageSwitchFlagsReadable) {
  const std::string ipa = espeak_phonemes("le weekend", "fr-fr").value();
  EXPECT_NE(ipa.find("(en)"), std::string::npos) << ipa;
  EXPECT_NE(ipa.find("(fr)"), std::string::npos) << ipa;
}

TEST(EspeakPhonemizer, HasNoZeroWidthJoiners) {
  EXPECT_EQ(espeak_phonemes("chair fire hour", "en-gb").value().find("\u200d"), std::string::npos);
}

TEST(EspeakPhonemizer, GivesNothingForNothing) {
  EXPECT_EQ(espeak_phonemes("", "en-us").value(), "");
  EXPECT_EQ(espeak_phonemes(" ... ", "en-us").value(), "");
}

TEST(EspeakPhonemizer, ReadsOnBehindNulAndSurvivesBrokenUtf8) {
  EXPECT_EQ(espeak_phonemes(std::string_view("one\0two", 7), "en-us").value(),
            espeak_phonemes("one two", "en-us").value());
  EXPECT_TRUE(espeak_phonemes("a\xff\xfe\xc3", "en-us").has_value());
}

TEST(EspeakPhonemizer, RefusesAnUnknownVoiceWithTheRemedy) {
  const auto ipa = espeak_phonemes("hello", "xx-yy");
  ASSERT_FALSE(ipa);
  EXPECT_EQ(ipa.error().code, Errc::unsupported);
  EXPECT_NE(ipa.error().message.find("xx-yy"), std::string::npos);
}

TEST(EspeakPhonemizer, GivesTheSameWhateverOtherThreadsAsk) {
  const std::string english = espeak_phonemes("The quick brown fox, again", "en-us").value();
  const std::string french = espeak_phonemes("Le renard brun, encore", "fr-fr").value();
  std::vector<std::jthread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) {
        const bool en = (t + i) % 2 == 0;
        const auto got = en ? espeak_phonemes("The quick brown fox, again", "en-us")
                            : espeak_phonemes("Le renard brun, encore", "fr-fr");
        if (got.value() != (en ? english : french)) ++wrong;
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
}

TEST(EspeakVoices, MapCanonicalTagsToEspeaksNames) {
  const std::vector<std::pair<std::string, std::string>> expected{
      {"en-us", "en-us"}, {"en-gb", "en-gb"}, {"es", "es"},   {"es-419", "es-419"},
      {"fr", "fr-fr"},    {"hi", "hi"},       {"it", "it"},   {"pt-br", "pt-br"},
      {"pt-pt", "pt"},    {"zh", "cmn"},      {"yue", "yue"}, {"nb", "nb"},
      {"de", "de"},       {"de-at", "de"},    {"xx", ""},     {"", ""}};
  for (const auto& [tag, name] : expected) EXPECT_EQ(espeak_voice_for(tag), name) << tag;
}

TEST(EspeakSpeech, SpeaksAudiblyAtItsOwnRate) {
  const auto audio = espeak_speak("Good morning", "en-us", 175, 50);
  ASSERT_TRUE(audio);
  EXPECT_EQ(audio->sample_rate_hz, 22050);
  EXPECT_TRUE(dsp::audible_range(audio->samples, audio->sample_rate_hz));
}

TEST(EspeakSpeech, IsShorterAtAHigherRate) {
  const auto slow = espeak_speak("Good morning to all of you", "en-us", 120, 50);
  const auto fast = espeak_speak("Good morning to all of you", "en-us", 300, 50);
  // 300 / 120 = 2.5; espeak's pauses do not shrink as much as its words.
  EXPECT_GT(slow->size(), fast->size() * 3 / 2);
}

}  // namespace
}  // namespace troupe::speech
