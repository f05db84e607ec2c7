#include <unicode/brkiter.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/try.hpp"
#include "speech/chatterbox/text_front_end.hpp"

namespace troupe::speech::chatterbox {
namespace {

constexpr std::array kLanguages{"ar", "da", "de", "el", "en", "es", "fi", "fr",
                                "he", "hi", "it", "ja", "ko", "ms", "nl", "no",
                                "pl", "pt", "ru", "sv", "sw", "tr", "zh"};

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

icu::UnicodeString utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

// What Python's str.split() takes for a space.
bool is_space(UChar32 c) { return u_isUWhiteSpace(c) || (c >= 0x1C && c <= 0x1F); }

// "no" is the reference's tag for both written forms of Norwegian.
std::string code_of(std::string_view language) {
  const std::string primary(language.substr(0, language.find('-')));
  return primary == "nb" || primary == "nn" ? "no" : primary;
}

std::string tag_of(std::string_view code) { return std::string("[").append(code).append("]"); }

bool is_kanji(UChar32 c) { return (c >= 0x4E00 && c <= 0x9FFF) || c == 0x3005; }

// The table's signs as tokens; words apart, since the model was trained on text that has spaces.
icu::UnicodeString cangjie(const icu::UnicodeString& text,
                           const std::map<char32_t, std::string>& codes) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> words(
      icu::BreakIterator::createWordInstance(icu::Locale::getChinese(), status));
  icu::UnicodeString out;
  if (U_FAILURE(status)) return out;
  words->setText(text);
  std::int32_t begin = words->first();
  for (std::int32_t end = words->next(); end != icu::BreakIterator::DONE;
       begin = end, end = words->next()) {
    const bool spaced =
        out.isEmpty() || is_space(out.char32At(out.length() - 1)) || is_space(text.char32At(begin));
    if (!spaced) out.append(static_cast<UChar32>(' '));
    for (std::int32_t i = begin; i < end; i = text.moveIndex32(i, 1)) {
      const UChar32 c = text.char32At(i);
      const auto found = codes.find(static_cast<char32_t>(c));
      if (u_charType(c) != U_OTHER_LETTER || found == codes.end()) {
        out.append(c);
        continue;
      }
      for (const char sign : found->second + ".")
        out.append(utf16(tag_of(std::string("cj_") + sign)));
    }
  }
  return out;
}

}  // namespace

std::string punc_norm(std::string_view text, bool multilingual) {
  icu::UnicodeString given = utf16(text);
  if (given.isEmpty()) return {};
  const std::int32_t first = given.moveIndex32(0, 1);
  if (u_isULowercase(given.char32At(0)))
    given = icu::UnicodeString(given, 0, first).toUpper(icu::Locale::getRoot()) +
            icu::UnicodeString(given, first);
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < given.length(); i = given.moveIndex32(i, 1)) {
    const UChar32 c = given.char32At(i);
    if (!is_space(c))
      out.append(c);
    else if (!out.isEmpty() && !out.endsWith(" "))
      out.append(static_cast<UChar32>(' '));
  }
  out.trim();
  for (const auto& [from, to] : {std::pair(u"...", u", "),
                                 {u"\u2026", u", "},
                                 {u":", u","},
                                 {u" - ", u", "},
                                 {u";", u", "},
                                 {u"\u2014", u"-"},
                                 {u"\u2013", u"-"},
                                 {u" ,", u","},
                                 {u"\u201c", u"\""},
                                 {u"\u201d", u"\""},
                                 {u"\u2018", u"'"},
                                 {u"\u2019", u"'"}})
    out.findAndReplace(from, to);
  while (out.endsWith(" ")) out.truncate(out.length() - 1);
  if (out.isEmpty()) return {};
  constexpr std::u16string_view kEnds = u".!?-,", kWideEnds = u"\u3001\uFF0C\u3002\uFF1F\uFF01";
  const char16_t last = out.charAt(out.length() - 1);
  if (kEnds.find(last) == kEnds.npos && !(multilingual && kWideEnds.find(last) != kEnds.npos))
    out.append(static_cast<UChar32>('.'));
  return utf8(out);
}

Result<TextFrontEnd> TextFrontEnd::load(const Manifest& manifest, int text_rows) {
  TROUPE_TRY(auto tokenizer, BpeTokenizer::load(manifest.dir / "tokenizer.json"));
  std::map<char32_t, std::string> codes;
  std::error_code ignored;
  if (const auto table = manifest.dir / "Cangjie5_TC.json";
      std::filesystem::is_regular_file(table, ignored)) {
    TROUPE_TRY(codes, read_cangjie(table));
  }
  return TextFrontEnd(std::move(tokenizer), std::move(codes), manifest.kind == "multilingual",
                      text_rows);
}

std::string TextFrontEnd::refusal(std::string_view language) const {
  const std::string code = code_of(language);
  if (!multilingual_) return code == "en" ? "" : "this model speaks English only";
  if (std::find(kLanguages.begin(), kLanguages.end(), code) == kLanguages.end() ||
      tokenizer_.id_of(tag_of(code)).value_or(text_rows_) >= text_rows_)
    return "does not speak '" + std::string(language) + "'";
  if (code == "he") return "Hebrew needs vowel points, which nothing here can add";
  if (code == "zh" && cangjie_.empty()) return "Chinese needs Cangjie5_TC.json beside the model";
  return {};
}

Result<std::string> TextFrontEnd::prepared(std::string_view text, std::string_view code) const {
  icu::UnicodeString wide = utf16(punc_norm(text, multilingual_));
  if (multilingual_) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfkd = icu::Normalizer2::getNFKDInstance(status);
    if (U_SUCCESS(status)) wide = nfkd->normalize(wide.toLower(icu::Locale::getRoot()), status);
    if (U_FAILURE(status))
      return fail(Errc::internal, std::string("chatterbox: ICU: ") + u_errorName(status));
    if (code == "zh") wide = cangjie(wide, cangjie_);
    if (code == "ko") wide.trim();
    if (code == "ja")
      for (std::int32_t i = 0; i < wide.length(); i = wide.moveIndex32(i, 1))
        if (is_kanji(wide.char32At(i)))
          return fail(Errc::unsupported, "chatterbox: the reading of '" +
                                             utf8(icu::UnicodeString(wide.char32At(i))) +
                                             "' is not known here; give Japanese in kana");
    wide.insert(0, utf16(tag_of(code)));
  }
  return utf8(wide.findAndReplace(u" ", u"[SPACE]"));
}

Result<std::vector<std::int32_t>> TextFrontEnd::ids(std::string_view text,
                                                    std::string_view language) const {
  if (const std::string why = refusal(language); !why.empty())
    return fail(Errc::unsupported, "chatterbox: " + why);
  if (punc_norm(text, multilingual_).empty())
    return fail(Errc::bad_input, "chatterbox: no text to speak");
  TROUPE_TRY(const std::string ready, prepared(text, code_of(language)));
  auto made = tokenizer_.encode(ready);
  // An unknown mark is passed over as there; an unknown letter is a word that would not be said.
  if (!made.unread.empty())
    return fail(Errc::unsupported, "chatterbox: no token for '" + made.unread + "' in '" +
                                       std::string(language) + "'");
  const auto beyond = std::find_if(made.ids.begin(), made.ids.end(),
                                   [&](std::int32_t id) { return id >= text_rows_; });
  if (beyond != made.ids.end())
    return fail(Errc::unsupported, "chatterbox: the tokenizer's token " + std::to_string(*beyond) +
                                       " is not among the model's " + std::to_string(text_rows_));
  return std::move(made.ids);
}

}  // namespace troupe::speech::chatterbox
