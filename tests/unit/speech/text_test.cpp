#include "speech/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/fake_backend.hpp"

namespace troupe::speech {
namespace {

using testing::Each;
using testing::ElementsAre;

Result<int> points(std::string_view text) { return test::code_points(text); }

std::vector<std::string> split(std::string_view text, int limit,
                               std::string_view language = "en-us") {
  return split_text(text, language, limit, points).value();
}

TEST(CleanText, FoldsSpacesControlsAndBrokenBytes) {
  EXPECT_EQ(clean_text(" a\t\n b\u00a0\u200bc\x01 ", "en-us"), "a b c");
  EXPECT_EQ(clean_text("a\xff\xfe b", "en-us"), "a b");
}

TEST(CleanText, ComposesToNfc) { EXPECT_EQ(clean_text("e\u0301te\u0301", "fr"), "été"); }

TEST(CleanText, UnifiesQuotesDashesAndEllipses) {
  EXPECT_EQ(clean_text("“don’t” – he said...", "en-us"), "\"don't\" — he said…");
  EXPECT_EQ(clean_text("Il dit « oui ».", "fr"), "Il dit \"oui\".");
}

TEST(CleanText, DropsEmojiAndTheirModifiersButKeepsTheWords) {
  EXPECT_EQ(clean_text("yes 👍🏽 no 👩‍👩‍👧 🇫🇷 maybe ❤️", "en-us"),
            "yes no maybe");
}

TEST(CleanText, IsEmptyWhereThereIsNothingToSay) {
  for (const char* text : {"", "   ", "🙂", "… — !", "\x01\x02", "\xff"})
    EXPECT_EQ(clean_text(text, "en-us"), "") << text;
}

TEST(CleanText, KeepsTheJoinersOfIndicSpelling) {
  EXPECT_EQ(clean_text("क्\u200dष", "hi"), "क्\u200dष");
}

TEST(CleanText, KeepsNumbersWhole) {
  EXPECT_EQ(clean_text("3.5 1,000 12:30 50%", "en-us"), "3.5 1,000 12:30 50%");
}

TEST(CleanText, ReadsStyledLettersAsPlainOnes) {
  EXPECT_EQ(clean_text("𝟝 apples, ｈｅｌｌｏ, 2＋2, 𝗛𝗲𝗹𝗹𝗼", "en-us"),
            "5 apples, hello, 2+2, Hello");
  EXPECT_EQ(clean_text("oﬃce Ⅳ", "en-us"), "office IV");
  EXPECT_EQ(clean_text("Ⅳ", "en-us"), "IV");
  EXPECT_EQ(clean_text("ↂ", "en-us"), "ↂ") << "a Roman numeral without a plain form";
  EXPECT_EQ(clean_text("x² ½", "en-us"), "x² ½");
  EXPECT_EQ(clean_text("ｶﾞ", "en-us"), "ガ");
  EXPECT_EQ(clean_text("你好，世界！", "zh"), "你好，世界！") << "sentences split there";
}

TEST(CleanText, WritesForeignDigitsAsAsciiButKeepsTheLanguagesOwn) {
  EXPECT_EQ(clean_text("le ٣e jour", "fr"), "le troisième jour");
  EXPECT_EQ(clean_text("१२ ٣٤", "en-us"), "12 34");
  EXPECT_EQ(clean_text("१२ ٣٤", "hi"), "१२ 34");
  EXPECT_EQ(clean_text("٣٤ ۵", "fa"), "٣٤ ۵");
}

TEST(SplitText, LeavesAFittingTextWhole) {
  EXPECT_THAT(split("One. Two. Three.", 50), ElementsAre("One. Two. Three."));
}

TEST(SplitText, BreaksAtSentencesFirstAndFillsEachPiece) {
  EXPECT_THAT(split("One is. Two is. Three is.", 16), ElementsAre("One is. Two is.", "Three is."));
}

TEST(SplitText, BreaksAtClausesWhereASentenceIsTooLong) {
  EXPECT_THAT(split("He slept, badly; until noon.", 17),
              ElementsAre("He slept, badly;", "until noon."));
}

TEST(SplitText, BreaksAtWordsWhereAClauseIsTooLong) {
  EXPECT_THAT(split("one two three four", 9), ElementsAre("one two", "three", "four"));
}

TEST(SplitText, CutsAWordOverTheLimitBetweenGraphemes) {
  // e + combining acute is one grapheme that must not be torn.
  EXPECT_THAT(split("ae\u0301ae\u0301ae\u0301", 4),
              ElementsAre("ae\u0301a", "e\u0301a", "e\u0301"));
}

TEST(SplitText, DoesNotBreakAfterAbbreviations) {
  EXPECT_THAT(split("Dr. Smith met Mr. Jones. They left.", 30),
              ElementsAre("Dr. Smith met Mr. Jones.", "They left."));
  EXPECT_THAT(split("Mme. Dupont arrive. Elle part.", 22, "fr"),
              ElementsAre("Mme. Dupont arrive.", "Elle part."));
}

TEST(SplitText, DoesNotBreakInsideNumbers) {
  EXPECT_THAT(split("It costs 1,234.50 now, at 12:30 sharp.", 22),
              ElementsAre("It costs 1,234.50 now,", "at 12:30 sharp."));
}

TEST(SplitText, KnowsTheMarksOfOtherScripts) {
  EXPECT_THAT(split("你好，世界。今天很好。", 6, "zh"), ElementsAre("你好，世界。", "今天很好。"));
  EXPECT_THAT(split("आप कैसे हैं? मैं ठीक हूँ।", 15, "hi"), ElementsAre("आप कैसे हैं?", "मैं ठीक हूँ।"));
}

TEST(SplitText, NeverMeasuresTheWholeRestOfALongText) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "word ";
  std::size_t longest = 0;
  const auto pieces = split_text(text, "en-us", 20, [&](std::string_view part) {
    longest = std::max(longest, part.size());
    return points(part);
  });
  ASSERT_TRUE(pieces);
  EXPECT_EQ(pieces->size(), 500u);
  EXPECT_LE(longest, 16u * 20u);  // 8 code points, each at most two UTF-16 units, per unit
}

TEST(SplitText, PassesOnThatTheEngineCannotReadTheText) {
  const auto pieces = split_text("hello", "en-us", 10, [](std::string_view) -> Result<int> {
    return fail(Errc::unsupported, "no such sign");
  });
  ASSERT_FALSE(pieces);
  EXPECT_EQ(pieces.error().message, "no such sign");
}

TEST(SplitText, RefusesWhenNotEvenOneSignFits) {
  const auto pieces =
      split_text("hello", "en-us", 10, [](std::string_view) -> Result<int> { return 11; });
  ASSERT_FALSE(pieces);
  EXPECT_EQ(pieces.error().code, Errc::unsupported);
}

TEST(SplitText, GivesNoPieceOfMarksAlone) {
  EXPECT_TRUE(split("...", 10).empty());
  EXPECT_TRUE(split("", 10).empty());
}

}  // namespace
}  // namespace troupe::speech
