// Whatever the text: pieces fit, no word is lost or reordered, and no bytes crash the rules.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cctype>
#include <string>
#include <vector>

#include "speech/text.hpp"
#include "support/fake_backend.hpp"

namespace troupe::speech {
namespace {

Result<int> points(std::string_view text) { return test::code_points(text); }

const char* const kTags[] = {"en-us", "fr", "es", "it", "pt-br", "hi", "zh", "th", "xx", ""};

rc::Gen<std::string> language() {
  return rc::gen::map(rc::gen::inRange(0, 10), [](int i) { return std::string(kTags[i]); });
}

/// Words, numbers, marks and scripts that text rules trip over, in any order.
rc::Gen<std::string> prose() {
  static const std::vector<std::string> kParts{"hello ", "Dr. ",
                                               "Smith",  "e.g. ",
                                               ". ",     ", ",
                                               "; ",     "1,234.50",
                                               "12:30 ", "€5 ",
                                               "1990s ", "$1.20 ",
                                               "été ",   "नमस्ते। ",
                                               "你好。", "สวัสดี",
                                               "— ",     "\"oui\" ",
                                               "🙂",   "2e ",
                                               "10h30 ", "#tag ",
                                               "a",      "\n",
                                               "«x» ",   "supercalifragilistic",
                                               "$5M ",   "Mr. ",
                                               "ｈｅ",   "٣e ",
                                               "30s ",   "end.How "};
  return rc::gen::map(
      rc::gen::container<std::vector<int>>(rc::gen::inRange(0, static_cast<int>(kParts.size()))),
      [](const std::vector<int>& picks) {
        std::string text;
        for (const int pick : picks) text += kParts[static_cast<std::size_t>(pick)];
        return text;
      });
}

std::string without_marks(std::string_view text) {
  std::string kept;
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Marks that a piece may not consist of, and ASCII marks and spaces.
    const std::string_view sign = text.substr(i, 3);
    if (sign == "\u2014" || sign == "\u2026" || sign == "\u3002" || sign == "\u0964") {
      i += 2;
      continue;
    }
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x80 || std::isalnum(byte)) kept += text[i];
  }
  return kept;
}

RC_GTEST_PROP(TextSplit, FitsTheLimitAndLosesNoWord, ()) {
  const std::string tag = *language();
  const std::string text = clean_text(*prose(), tag);
  const int limit = *rc::gen::inRange(8, 60);
  const auto pieces = split_text(text, tag, limit, points);
  RC_ASSERT(pieces.has_value());
  std::string joined;
  for (const std::string& piece : *pieces) {
    RC_ASSERT(!piece.empty());
    RC_ASSERT(test::code_points(piece) <= limit);
    joined += piece;
  }
  RC_ASSERT(without_marks(joined) == without_marks(text));
}

RC_GTEST_PROP(TextSplit, LeavesAFittingTextWhole, ()) {
  const std::string text = clean_text(*prose(), "en-us");
  const auto pieces = split_text(text, "en-us", 100000, points);
  RC_ASSERT(pieces.has_value());
  RC_ASSERT(pieces->size() == (text.empty() ? 0u : 1u));
  if (!text.empty()) RC_ASSERT(pieces->front() == text);
}

RC_GTEST_PROP(CleanText, SurvivesAnyBytes, ()) {
  const auto bytes = *rc::gen::arbitrary<std::vector<char>>();
  const std::string tag = *language();
  const std::string once = clean_text(std::string(bytes.begin(), bytes.end()), tag);
  for (const char c : once) RC_ASSERT(static_cast<unsigned char>(c) >= 0x20);
  RC_ASSERT(split_text(std::string(bytes.begin(), bytes.end()), tag, 10, points).has_value());
}

}  // namespace
}  // namespace troupe::speech
