#include <unicode/brkiter.h>
#include <unicode/filteredbrk.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>

#include "core/try.hpp"
#include "speech/readings.hpp"
#include "speech/text.hpp"

namespace troupe::speech {
namespace {

constexpr UChar32 kZeroWidthNonJoiner = 0x200C, kZeroWidthJoiner = 0x200D;

std::string utf8(const icu::UnicodeString& text) {
  std::string out;
  return text.toUTF8String(out);
}

icu::UnicodeString utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

bool is_emoji(UChar32 c) {
  // (c), (R) and the digits are pictographic by property, but text by habit.
  if (c < 0x2190) return false;
  return u_hasBinaryProperty(c, UCHAR_EXTENDED_PICTOGRAPHIC) ||
         u_hasBinaryProperty(c, UCHAR_EMOJI_MODIFIER) ||
         u_hasBinaryProperty(c, UCHAR_REGIONAL_INDICATOR) ||
         u_hasBinaryProperty(c, UCHAR_VARIATION_SELECTOR) || c == 0x20E3;
}

bool is_dropped(UChar32 c) {
  switch (u_charType(c)) {
    case U_CONTROL_CHAR:
    case U_FORMAT_CHAR:
    case U_PRIVATE_USE_CHAR:
    case U_SURROGATE:
    case U_UNASSIGNED:
      return true;
    default:
      // U+FFFC: an embedded object, U+FFFD: bytes that were not UTF-8
      return c == 0xFFFC || c == 0xFFFD || is_emoji(c);
  }
}

// One spelling for marks that mean the same, 0 when the sign stays.
UChar32 unified(UChar32 c) {
  switch (c) {
    case 0x2018:
    case 0x2019:
    case 0x201A:
    case 0x201B:
    case 0x02BC:
    case 0x2032:
    case 0x0060:
    case 0x00B4:
      return '\'';
    case 0x201C:
    case 0x201D:
    case 0x201E:
    case 0x201F:
    case 0x00AB:
    case 0x00BB:
    case 0x2033:
      return '"';
    case 0x2010:
    case 0x2011:
    case 0x2212:
      return '-';
    case 0x2012:
    case 0x2013:
    case 0x2015:
      return 0x2014;
    default:
      return 0;
  }
}

// Something that an engine could say: a letter, digit or symbol, or a sign with a name.
bool is_sayable(const icu::UnicodeString& text) {
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (u_isalnum(c) || c == '%' || c == '&' || c == '@' || c == '#') return true;
    const auto type = u_charType(c);
    if (type == U_MATH_SYMBOL || type == U_CURRENCY_SYMBOL || type == U_OTHER_NUMBER ||
        type == U_LETTER_NUMBER || type == U_OTHER_SYMBOL)
      return true;
  }
  return false;
}

icu::UnicodeString without_noise(const icu::UnicodeString& text) {
  icu::UnicodeString out;
  bool after_letter = false;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    // Indic and Arabic spelling needs the joiners; between emoji they are noise.
    const bool joiner = c == kZeroWidthJoiner || c == kZeroWidthNonJoiner;
    if (u_isUWhiteSpace(c)) {
      out.append(static_cast<UChar32>(' '));
    } else if (joiner ? after_letter : !is_dropped(c)) {
      out.append(c);
    } else {
      if (is_emoji(c)) out.append(static_cast<UChar32>(' '));
      continue;
    }
    const auto type = u_charType(c);
    after_letter = u_isalpha(c) || type == U_NON_SPACING_MARK || type == U_COMBINING_SPACING_MARK;
  }
  return out;
}

icu::UnicodeString tidy(const icu::UnicodeString& text) {
  icu::UnicodeString out;
  UChar32 after = 0;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    if (c == ' ' && (out.isEmpty() || out.endsWith(" ") || after == 0x00AB)) continue;
    if (c == 0x00BB) out.trim();  // French sets spaces inside its quotes
    after = c;
    const UChar32 other = unified(c);
    out.append(other != 0 ? other : c);
  }
  out.findAndReplace(" - ", icu::UnicodeString(" ") + static_cast<UChar32>(0x2014) + " ");
  out.findAndReplace("...", icu::UnicodeString(static_cast<UChar32>(0x2026)));
  return out.trim();
}

// Compatibility forms that only look different: ligatures and presentation forms, half and full
// width, mathematical alphabets, Roman numerals. Superscripts, fractions and the like mean
// something.
bool is_styled(UChar32 c) { return c >= 0xFB00 || (c >= 0x2160 && c <= 0x2188); }

// Fullwidth marks are the ordinary ones of scripts without spaces, where sentences split at them.
bool is_wide_mark(UChar32 c) { return c >= 0xFF01 && c <= 0xFF65 && !u_isalnum(c); }

// The scripts that a language is written in.
class Scripts {
 public:
  explicit Scripts(std::string_view language) {
    UErrorCode status = U_ZERO_ERROR;
    const std::int32_t count = uscript_getCode(std::string(language).c_str(), scripts_.data(),
                                               static_cast<std::int32_t>(scripts_.size()), &status);
    count_ = U_SUCCESS(status) ? static_cast<std::size_t>(std::max(count, 0)) : 0;
  }
  bool has(UChar32 c) const {
    return std::any_of(scripts_.begin(), scripts_.begin() + static_cast<std::ptrdiff_t>(count_),
                       [&](UScriptCode script) { return uscript_hasScript(c, script); });
  }
  bool wide_marks() const {
    return std::any_of(scripts_.begin(), scripts_.begin() + static_cast<std::ptrdiff_t>(count_),
                       [](UScriptCode script) { return script == USCRIPT_HAN; });
  }

 private:
  std::array<UScriptCode, 8> scripts_{};
  std::size_t count_ = 0;
};

icu::UnicodeString plain_forms(const icu::UnicodeString& text, std::string_view language) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCInstance(status);
  if (U_FAILURE(status)) return text;
  const Scripts scripts(language);
  icu::UnicodeString out;
  for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
    const UChar32 c = text.char32At(i);
    const std::int32_t digit = u_charDigitValue(c);
    icu::UnicodeString plain;
    if (digit >= 0 && c > '9' && !scripts.has(c)) {
      out.append(static_cast<UChar32>('0' + digit));
    } else if (is_styled(c) && !(scripts.wide_marks() && is_wide_mark(c)) &&
               nfkc->getDecomposition(c, plain)) {
      out.append(plain);
    } else {
      out.append(c);
    }
  }
  return out;
}

using Boundaries = std::vector<std::int32_t>;

Boundaries breaks_of(icu::BreakIterator* iterator, const icu::UnicodeString& text) {
  Boundaries found;
  if (iterator == nullptr) return found;
  iterator->setText(text);
  for (std::int32_t at = iterator->first(); at != icu::BreakIterator::DONE; at = iterator->next())
    found.push_back(at);
  return found;
}

// ICU's list of abbreviations after which no sentence ends, plus those it lacks.
Boundaries sentences(const icu::UnicodeString& text, const icu::Locale& locale) {
  UErrorCode status = U_ZERO_ERROR;
  std::unique_ptr<icu::BreakIterator> plain(
      icu::BreakIterator::createSentenceInstance(locale, status));
  if (U_FAILURE(status)) return {};
  std::unique_ptr<icu::FilteredBreakIteratorBuilder> builder(
      icu::FilteredBreakIteratorBuilder::createInstance(locale, status));
  if (U_FAILURE(status)) {  // ICU has no list for this language
    status = U_ZERO_ERROR;
    builder.reset(icu::FilteredBreakIteratorBuilder::createEmptyInstance(status));
  }
  if (U_FAILURE(status)) return {};
  for (const char* abbreviation :
       {"M.",     "Mme.", "Mlle.", "Mr.",   "Mrs.", "Ms.", "Dr.",  "Dra.", "Prof.",  "St.",
        "Sr.",    "Sra.", "Sig.",  "Dott.", "Jr.",  "No.", "e.g.", "i.e.", "p. ej.", "p. ex.",
        "p. es.", "z.B.", "z. B.", "d.h.",  "etc.", "vs.", "ca.",  "bzw."})
    builder->suppressBreakAfter(utf16(abbreviation), status);
  const std::unique_ptr<icu::BreakIterator> filtered(builder->build(plain.release(), status));
  return U_SUCCESS(status) ? breaks_of(filtered.get(), text) : Boundaries{};
}

// After , ; : before a space, after a dash, and after the marks of scripts without spaces.
Boundaries clauses(const icu::UnicodeString& text) {
  Boundaries found;
  for (std::int32_t i = 0; i < text.length(); ++i) {
    const char16_t c = text.charAt(i);
    const bool before_space = i + 1 < text.length() && text.charAt(i + 1) == ' ';
    if ((c == ',' || c == ';' || c == ':') ? before_space
                                           : std::u16string_view(u"\u2014\u3001\uFF0C\uFF1B\uFF1A"
                                                                 u"\u060C\u061B\u2026")
                                                     .find(c) != std::u16string_view::npos)
      found.push_back(i + 1);
  }
  found.push_back(text.length());
  return found;
}

// No engine's unit spans more code points than this on average.
constexpr int kMostPointsPerUnit = 8;

class Splitter {
 public:
  Splitter(icu::UnicodeString text, const icu::Locale& locale, int max_units,
           const std::function<Result<int>(std::string_view)>& units)
      : text_(std::move(text)), max_units_(max_units), units_(units) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> words(
        icu::BreakIterator::createWordInstance(locale, status));
    const std::unique_ptr<icu::BreakIterator> graphemes(
        icu::BreakIterator::createCharacterInstance(locale, status));
    levels_ = {sentences(text_, locale), clauses(text_),
               after_spaces(breaks_of(words.get(), text_)), breaks_of(graphemes.get(), text_)};
  }

  /// The furthest sentence end that fits, else the furthest clause end, word, grapheme.
  Result<std::vector<std::string>> split() const {
    std::vector<std::string> pieces;
    for (std::int32_t at = 0; at < text_.length();) {
      std::int32_t end = at;
      for (const Boundaries& level : levels_) {
        TROUPE_TRY(end, furthest(at, level));
        if (end > at) break;
      }
      const std::string piece = utf8(part(at, end));
      if (end == at)
        return fail(Errc::unsupported,
                    "text: not even one sign of '" + utf8(text_.tempSubString(at, 1)) +
                        "' fits the engine's limit of " + std::to_string(max_units_));
      if (is_sayable(utf16(piece))) pieces.push_back(piece);
      at = end;
    }
    return pieces;
  }

 private:
  icu::UnicodeString part(std::int32_t begin, std::int32_t end) const {
    return icu::UnicodeString(text_, begin, end - begin).trim();
  }

  // Punctuation stays with the word before it: a break is legal at spaces, or where a script has
  // none between its words.
  Boundaries after_spaces(Boundaries all) const {
    std::erase_if(all, [&](std::int32_t at) {
      if (at == 0 || at >= text_.length()) return false;
      const char16_t left = text_.charAt(at - 1), right = text_.charAt(at);
      if (left == ' ' || right == ' ') return false;
      const bool word_ends = u_isalnum(left) || u_charType(left) == U_NON_SPACING_MARK ||
                             u_charType(left) == U_COMBINING_SPACING_MARK;
      return !word_ends || !u_isalpha(right) || (left < 0x0E00 && right < 0x0E00);
    });
    return all;
  }

  Result<bool> fits(std::int32_t begin, std::int32_t end) const {
    // Measuring costs what phonemising costs: not the whole rest once per piece. A code point is at
    // most two of these units.
    if (end - begin > std::int64_t{2} * kMostPointsPerUnit * max_units_) return false;
    const icu::UnicodeString candidate = part(begin, end);
    if (!is_sayable(candidate)) return true;
    TROUPE_TRY(const int units, units_(utf8(candidate)));
    return units <= max_units_;
  }

  // Gallops, then bisects: a piece costs a few measurements of texts near the limit, however long
  // the rest is. @return `begin` when not even the first fits.
  Result<std::int32_t> furthest(std::int32_t begin, const Boundaries& level) const {
    auto low = std::upper_bound(level.begin(), level.end(), begin);
    auto high = level.end();
    std::int32_t best = begin;
    for (std::ptrdiff_t step = 1; low < high; step *= 2) {
      const auto probe = low + std::min(step, high - low) - 1;
      TROUPE_TRY(const bool fit, fits(begin, *probe));
      if (!fit) {
        high = probe;
        break;
      }
      best = *probe;
      low = probe + 1;
    }
    while (low < high) {
      const auto middle = low + (high - low) / 2;
      TROUPE_TRY(const bool fit, fits(begin, *middle));
      if (fit) {
        best = *middle;
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return best;
  }

  icu::UnicodeString text_;
  int max_units_;
  const std::function<Result<int>(std::string_view)>& units_;
  std::array<Boundaries, 4> levels_;
};

}  // namespace

std::string clean_text(std::string_view text, std::string_view language) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(status);
  icu::UnicodeString clean = plain_forms(without_noise(utf16(text)), language);
  if (U_SUCCESS(status)) clean = nfc->normalize(clean, status);
  // Readings come before the marks are unified: "5–10" is a range, "5-10" may be anything.
  clean = tidy(utf16(write_out(utf8(clean), language)));
  return is_sayable(clean) ? utf8(clean) : std::string();
}

Result<std::vector<std::string>> split_text(
    std::string_view text, std::string_view language, int max_units,
    const std::function<Result<int>(std::string_view)>& units) {
  const icu::UnicodeString wide = utf16(text);
  if (!is_sayable(wide)) return std::vector<std::string>{};
  return Splitter(wide, icu::Locale(std::string(language).c_str()), max_units, units).split();
}

}  // namespace troupe::speech
