#include "speech/kokoro/kokoro_phonemes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/utf8.hpp"

namespace troupe::speech {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string phonemes(std::string_view text, std::string_view language) {
  const auto result = kokoro_phonemes(text, language);
  return result ? *result : "error: " + result.error().message;
}

TEST(KokoroPhonemes, EnglishIsSpeltAsTheModelWasTrained) {
  // misaki writes these diphthongs and affricates as single capitals and ligatures.
  EXPECT_EQ(phonemes("joy", "en-us"), "ʤˈY");
  EXPECT_EQ(phonemes("today", "en-us"), "tədˈA");
  EXPECT_EQ(phonemes("hello", "en-us"), "həlˈO");
  EXPECT_EQ(phonemes("hello", "en-gb"), "həlˈQ");
  EXPECT_THAT(phonemes("little bottle", "en-us"), HasSubstr("ᵊl"));
  EXPECT_THAT(phonemes("morning", "en-us"), Not(HasSubstr("ː")));
}

TEST(KokoroPhonemes, PunctuationStaysInPlace) {
  EXPECT_THAT(phonemes("Well, no; yes: maybe... really?", "en-us"), EndsWith("?"));
  EXPECT_EQ(phonemes("«Oui», dit-il !", "fr").front(), "“"[0]);
  EXPECT_THAT(phonemes("Vraiment ?", "fr"), EndsWith("?"));
  EXPECT_THAT(phonemes("Vraiment ?", "fr"), Not(HasSubstr(" ?")));
  EXPECT_THAT(phonemes("¿Cómo estás?", "es"), Not(HasSubstr("¿")));
  EXPECT_THAT(phonemes("मैं ठीक हूँ।", "hi"), EndsWith("."));
  EXPECT_THAT(phonemes("one - two", "en-us"), HasSubstr("—"));
}

TEST(KokoroPhonemes, NumbersKeepTheirSigns) {
  EXPECT_THAT(phonemes("3.5", "en-us"), HasSubstr("pYnt"));
  EXPECT_THAT(phonemes("10:30", "en-us"), Not(HasSubstr(":")));
  EXPECT_THAT(phonemes("1,000", "en-us"), Not(HasSubstr(",")));
}

TEST(KokoroPhonemes, WhatItCannotReadIsUnsupportedNotGarbled) {
  for (const char* text : {"Hello 你好", "Привет", "مرحبا", "안녕하세요", "ｱｲｳ", "𠀀", "a 𠀀", "ﷺ",
                           "...", "", " - "}) {
    const auto result = kokoro_phonemes(text, "en-us");
    ASSERT_FALSE(result) << text << " gave " << *result;
    EXPECT_EQ(result.error().code, Errc::unsupported);
  }
  EXPECT_EQ(kokoro_phonemes("こんにちは", "ja").error().code, Errc::unsupported);
}

TEST(KokoroPhonemes, InvisibleSelectorsAreNoForeignScript) {
  EXPECT_EQ(phonemes("joy\ufe0f", "en-us"), "ʤˈY");
}

TEST(KokoroPhonemes, ForeignWordsOfKnownLanguagesAreRead) {
  EXPECT_THAT(phonemes("Le week-end", "fr"), Not(HasSubstr("(")));
  EXPECT_EQ(kokoro_spelling("ni(cmn)xˈɑu2(fr)", "fr").error().code, Errc::unsupported);
}

TEST(KokoroTokens, MarkWhereTheSoundIs) {
  const KokoroVocabulary vocabulary = {{U'a', 43}, {U'b', 44}, {U'.', 4}, {U'“', 14}, {U' ', 16}};
  const auto tokens = kokoro_tokens("“ab ba.", vocabulary);
  ASSERT_TRUE(tokens);
  EXPECT_THAT(tokens->ids, testing::ElementsAre(0, 14, 43, 44, 16, 44, 43, 4, 0));
  EXPECT_EQ(tokens->first, 2u);
  EXPECT_EQ(tokens->last, 6u);  // less the last phoneme
}

TEST(KokoroTokens, AnUnknownSignIsNamedNotSkipped) {
  const auto tokens = kokoro_tokens("aʘ", {{U'a', 43}});
  ASSERT_FALSE(tokens);
  EXPECT_THAT(tokens.error().message, HasSubstr("U+0298"));
}

TEST(Utf8, BrokenBytesBecomeReplacements) {
  EXPECT_EQ(decode_utf8("a\xc3"), U"a\ufffd");
  EXPECT_EQ(decode_utf8("\xff\xc3\xa9"), U"\ufffd\u00e9");
  std::string out;
  for (const char32_t c : U"aé…😀") {
    if (c != 0) append_utf8(out, c);
  }
  EXPECT_EQ(out, "aé…😀");
}

}  // namespace
}  // namespace troupe::speech
