#include "segments/utf8.hpp"

#include <gtest/gtest.h>

namespace troupe::segments {
namespace {

TEST(Utf8, FindsTheFirstIllFormedByte) {
  for (const char* good : {"", "a", "\xC3\xA9", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF0\x90\x80\x80",
                           "\xF4\x8F\xBF\xBF"})
    EXPECT_EQ(invalid_utf8(good), std::nullopt) << good;
  // RFC 3629 section 4: overlong, surrogate, beyond U+10FFFF, stray and cut sequences.
  for (const char* bad :
       {"x\x80", "x\xC0\x80", "x\xC1\xBF", "x\xE0\x9F\xBF", "x\xED\xA0\x80", "x\xF0\x8F\xBF\xBF",
        "x\xF4\x90\x80\x80", "x\xF5\x80\x80\x80", "x\xC3", "x\xE2\x82", "x\xC3z"})
    EXPECT_EQ(invalid_utf8(bad), 1u) << bad;
}

TEST(Utf8, TrimsWideSpacesToo) {
  EXPECT_EQ(trimmed(" \xE3\x80\x80\t a b \xC2\xA0\r\n"), "a b");
  EXPECT_EQ(trimmed(" \t "), "");
}

TEST(Utf8, MakesOneBoundedLine) {
  EXPECT_EQ(one_line("a\nb\xFF\x01"), "a?b??");
  EXPECT_EQ(one_line("\xC3\xA9\xC3\xA9", 3), "\xC3\xA9...") << "never cuts a character";
  EXPECT_EQ(in_quotes("x"), "\"x\"");
}

TEST(Utf8, KnowsWordsOfAnyScript) {
  for (const char* words : {"a", "...3", "\xE4\xBD\xA0", "\xD9\x83", "\xC2\xBD"})
    EXPECT_TRUE(has_words(words)) << words;
  for (const char* none : {"", " \n", "...", "\xE2\x80\xA6", "\xF0\x9F\x98\x80", "\xC2\xA0"})
    EXPECT_FALSE(has_words(none)) << none;
}

}  // namespace
}  // namespace troupe::segments
