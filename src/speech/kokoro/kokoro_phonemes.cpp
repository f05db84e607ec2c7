#include "speech/kokoro/kokoro_phonemes.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <span>
#include <utility>

#include "core/try.hpp"
#include "core/utf8.hpp"
#include "speech/espeak/espeak_phonemizer.hpp"

namespace troupe::speech {
namespace {

using Spelling = std::pair<std::string_view, std::string_view>;

// misaki EspeakG2P: what a language other than English folds. Ties are U+0361.
constexpr std::array kCommon = {
    Spelling{"a͡ɪ", "I"}, Spelling{"a͡ʊ", "W"}, Spelling{"d͡z", "ʣ"}, Spelling{"d͡ʒ", "ʤ"},
    Spelling{"e͡ɪ", "A"}, Spelling{"o͡ʊ", "O"}, Spelling{"ə͡ʊ", "Q"}, Spelling{"s͡s", "S"},
    Spelling{"t͡s", "ʦ"}, Spelling{"t͡ʃ", "ʧ"}, Spelling{"ɔ͡ɪ", "Y"}, Spelling{"͡", ""},
    Spelling{"-", ""},
};
// misaki EspeakFallback: English in the spelling of its lexicon; longest first.
constexpr std::array kEnglish = {
    Spelling{"ʔˌn\u0329", "ʔn"}, Spelling{"ʔn\u0329", "ʔn"}, Spelling{"a͡ɪ", "I"},
    Spelling{"a͡ʊ", "W"},         Spelling{"d͡ʒ", "ʤ"},        Spelling{"e͡ɪ", "A"},
    Spelling{"t͡ʃ", "ʧ"},         Spelling{"ɔ͡ɪ", "Y"},        Spelling{"ə͡l", "ᵊl"},
    Spelling{"ʲo", "jo"},        Spelling{"ʲə", "jə"},       Spelling{"e͡ə", "ɛː"},
    Spelling{"ə͡ʊ", "Q"},         Spelling{"o͡ʊ", "O"},        Spelling{"e", "A"},
    Spelling{"ʲ", ""},           Spelling{"ɚ", "əɹ"},        Spelling{"r", "ɹ"},
    Spelling{"x", "k"},          Spelling{"ç", "k"},         Spelling{"ɐ", "ə"},
    Spelling{"ɬ", "l"},          Spelling{"\u0303", ""},
};
constexpr std::array kAmerican = {
    Spelling{"ɜːɹ", "ɜɹ"},
    Spelling{"ɜː", "ɜɹ"},
    Spelling{"ɪə", "iə"},
    Spelling{"ː", ""},
};
constexpr std::array kBritish = {Spelling{"iə", "ɪə"}};
constexpr std::array kEnglishEnd = {
    Spelling{"o", "ɔ"},  // espeak-ng before 1.52
    Spelling{"ɾ", "T"}, Spelling{"ʔ", "t"}, Spelling{"͡", ""}, Spelling{"-", ""},
};

void replace_all(std::string& text, std::span<const Spelling> table) {
  for (const auto& [from, to] : table) {
    std::string out;
    std::size_t kept = 0;
    for (std::size_t at; (at = text.find(from, kept)) != std::string::npos;
         kept = at + from.size()) {
      out.append(text, kept, at - kept);
      out += to;
    }
    if (kept > 0) text = out.append(text, kept);
  }
}

/// A syllabic consonant (U+0329 after it) is spelt with a leading schwa.
void spell_syllabic(std::string& text) {
  std::string out;
  for (const std::u32string decoded = decode_utf8(text); const char32_t& c : decoded) {
    if (c == U'\u0329') continue;
    const bool syllabic = &c + 1 < decoded.data() + decoded.size() && *(&c + 1) == U'\u0329';
    if (syllabic && c != U' ') out += "ᵊ";
    append_utf8(out, c);
  }
  text = std::move(out);
}

/// Removes "(en)" and the like. @return a language that Kokoro has not learnt, or empty.
std::string strip_language_flags(std::string& ipa) {
  for (std::size_t open; (open = ipa.find('(')) != std::string::npos;) {
    const std::size_t close = ipa.find(')', open);
    if (close == std::string::npos) break;
    const std::string flag = ipa.substr(open + 1, close - open - 1);
    const std::string base = flag.substr(0, flag.find('-'));
    constexpr std::array known = {"en", "es", "fr", "hi", "it", "pt"};
    if (std::find(known.begin(), known.end(), base) == known.end()) return flag;
    ipa.erase(open, close - open + 1);
  }
  return {};
}

constexpr std::u32string_view kPunctuation = U";:,.!?—–…\"()“”«»¿¡।";
constexpr std::u32string_view kClosing = U";:,.!?…)”";
constexpr std::u32string_view kOpening = U"(“";

bool contains(std::u32string_view set, char32_t c) { return set.find(c) != set.npos; }
bool is_digit(char32_t c) { return c >= U'0' && c <= U'9'; }
bool is_word(char32_t c) {
  return is_digit(c) || (c >= U'a' && c <= U'z') || (c >= U'A' && c <= U'Z') || c > 0xbf;
}

/// espeak would spell a foreign letter by its name ("Cyrillic letter ..."): words nobody wrote.
bool foreign_script(char32_t c, std::string_view language) {
  if (language == "hi" && c >= 0x0900 && c <= 0x097f) return false;
  const bool latin_or_sign = c < 0x0370 || (c >= 0x1d00 && c <= 0x1eff) ||
                             (c >= 0x2000 && c <= 0x2bff) || (c >= 0xfb00 && c <= 0xfb06);
  const bool ignored =
      (c >= 0xfe00 && c <= 0xfe0f) || c == 0xfeff || (c >= 0xe0100 && c <= 0xe01ef);
  return !latin_or_sign && !ignored && c != U'।';
}

/// "3.5", "10:30", "1,000" and "U.S." keep their signs: espeak reads them.
bool splits(std::u32string_view text, std::size_t at) {
  const char32_t c = text[at];
  const bool between = at > 0 && at + 1 < text.size();
  if (c == U'-') return between && text[at - 1] == U' ' && text[at + 1] == U' ';
  if (!contains(kPunctuation, c)) return false;
  if (!between || !is_word(text[at - 1]) || !is_word(text[at + 1])) return true;
  if (c == U'.') return false;
  return !((c == U',' || c == U':') && is_digit(text[at - 1]) && is_digit(text[at + 1]));
}

/// The vocabulary's spelling of a sign; 0 for one that the model never saw.
char32_t kokoro_sign(char32_t c) {
  switch (c) {
    case U'«':
      return U'“';
    case U'»':
      return U'”';
    case U'–':
    case U'-':
      return U'—';
    case U'।':
      return U'.';
    case U'¿':
    case U'¡':
      return 0;
    default:
      return c;
  }
}

void append_sign(std::string& out, char32_t sign) {
  if (contains(kClosing, sign) && !out.empty() && out.back() == ' ') out.pop_back();
  append_utf8(out, sign);
}

/// Adds a clause's phonemes, keeping the spaces around it but for those inside brackets.
void append_clause(std::string& out, std::string_view clause, std::string_view phonemes) {
  const bool opened = out.ends_with("(") || out.ends_with("“");
  if (clause.front() == ' ' && !out.empty() && out.back() != ' ' && !opened) out += ' ';
  out += phonemes;
  if (clause.back() == ' ' && !out.empty() && out.back() != ' ') out += ' ';
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(" \n");
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(" \n") - begin + 1);
}

}  // namespace

const char* kokoro_espeak_voice(std::string_view language) {
  constexpr std::array<std::pair<std::string_view, const char*>, 8> voices = {{{"en-us", "en-us"},
                                                                               {"en-gb", "en-gb"},
                                                                               {"es", "es"},
                                                                               {"es-419", "es-419"},
                                                                               {"fr", "fr-fr"},
                                                                               {"hi", "hi"},
                                                                               {"it", "it"},
                                                                               {"pt-br", "pt-br"}}};
  for (const auto& [tag, voice] : voices)
    if (tag == language) return voice;
  return nullptr;
}

Result<std::string> kokoro_spelling(std::string ipa, std::string_view language) {
  if (const std::string foreign = strip_language_flags(ipa); !foreign.empty())
    return fail(Errc::unsupported, "kokoro: the text contains words of language '" + foreign +
                                       "', which this engine has not learnt");
  if (language.starts_with("en")) {
    replace_all(ipa, kEnglish);
    spell_syllabic(ipa);
    if (language == "en-gb")
      replace_all(ipa, kBritish);
    else
      replace_all(ipa, kAmerican);
    replace_all(ipa, kEnglishEnd);
  } else {
    replace_all(ipa, kCommon);
  }
  return ipa;
}

Result<std::string> kokoro_phonemes(std::string_view text, std::string_view language) {
  const char* voice = kokoro_espeak_voice(language);
  if (voice == nullptr)
    return fail(Errc::unsupported, "kokoro: does not speak '" + std::string(language) +
                                       "'; it speaks en-us, en-gb, es, fr, hi, it, pt-br");
  const std::u32string source = decode_utf8(text);
  std::string out, clause;
  bool spoken = false;
  const auto flush = [&]() -> Result<void> {
    if (clause.empty()) return {};
    std::string spelt;
    if (!trimmed(clause).empty()) {
      TROUPE_TRY(std::string ipa, espeak_phonemes(clause, voice));
      TROUPE_TRY(spelt, kokoro_spelling(std::move(ipa), language));
    }
    const std::string_view phonemes = trimmed(spelt);
    spoken = spoken || !phonemes.empty();
    append_clause(out, clause, phonemes);
    clause.clear();
    return {};
  };
  for (std::size_t i = 0; i < source.size(); ++i) {
    if (foreign_script(source[i], language))
      return fail(Errc::unsupported, "kokoro: '" + std::string(text) +
                                         "' has letters of a script " + "that " +
                                         std::string(language) + " is not written in");
    if (!splits(source, i)) {
      append_utf8(clause, source[i]);
      continue;
    }
    TROUPE_CHECK(flush());
    if (const char32_t sign = kokoro_sign(source[i])) append_sign(out, sign);
  }
  TROUPE_CHECK(flush());
  if (!spoken)
    return fail(Errc::unsupported, "kokoro: nothing to pronounce in '" + std::string(text) + "'");
  return std::string(trimmed(out));
}

Result<KokoroTokens> kokoro_tokens(std::string_view phonemes, const KokoroVocabulary& vocabulary) {
  KokoroTokens tokens;
  tokens.ids.push_back(0);
  for (const char32_t c : decode_utf8(phonemes)) {
    const auto found = vocabulary.find(c);
    if (found == vocabulary.end()) {
      std::string sign;
      append_utf8(sign, c);
      std::array<char, 16> code{};
      std::snprintf(code.data(), code.size(), "U+%04X", static_cast<unsigned>(c));
      return fail(Errc::unsupported,
                  "kokoro: has no token for the phoneme '" + sign + "' (" + code.data() + ")");
    }
    if (!contains(kClosing, c) && !contains(kOpening, c) && c != U' ' && c != U'"' && c != U'—') {
      if (tokens.first == 0) tokens.first = tokens.ids.size();
      tokens.last = std::max(tokens.first + 1, tokens.ids.size());
    }
    tokens.ids.push_back(found->second);
  }
  tokens.ids.push_back(0);
  if (tokens.last == 0) return fail(Errc::unsupported, "kokoro: nothing to pronounce");
  return tokens;
}

}  // namespace troupe::speech
