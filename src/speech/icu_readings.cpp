#include <unicode/rbnf.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "speech/reading_rules.hpp"
#include "speech/readings.hpp"

namespace troupe::speech {
namespace {

struct Money {
  const char* symbol;
  const char *one, *many;
};

const std::map<std::string_view, std::vector<Money>>& money() {
  static const std::map<std::string_view, std::vector<Money>> kMoney{
      {"en",
       {{"$", "dollar", "dollars"},
        {"€", "euro", "euros"},
        {"£", "pound", "pounds"},
        {"¥", "yen", "yen"},
        {"₹", "rupee", "rupees"}}},
      {"fr",
       {{"$", "dollar", "dollars"},
        {"€", "euro", "euros"},
        {"£", "livre", "livres"},
        {"¥", "yen", "yens"},
        {"₹", "roupie", "roupies"}}},
      {"es",
       {{"$", "dólar", "dólares"},
        {"€", "euro", "euros"},
        {"£", "libra", "libras"},
        {"¥", "yen", "yenes"},
        {"₹", "rupia", "rupias"}}},
      {"it",
       {{"$", "dollaro", "dollari"},
        {"€", "euro", "euro"},
        {"£", "sterlina", "sterline"},
        {"¥", "yen", "yen"},
        {"₹", "rupia", "rupie"}}},
      {"pt",
       {{"R$", "real", "reais"},
        {"$", "dólar", "dólares"},
        {"€", "euro", "euros"},
        {"£", "libra", "libras"},
        {"¥", "iene", "ienes"},
        {"₹", "rúpia", "rúpias"}}},
      {"hi",
       {{"$", "डॉलर", "डॉलर"},
        {"€", "यूरो", "यूरो"},
        {"£", "पाउंड", "पाउंड"},
        {"¥", "येन", "येन"},
        {"₹", "रुपया", "रुपये"}}},
  };
  return kMoney;
}

icu::UnicodeString utf16(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

using Pattern = std::shared_ptr<const icu::RegexPattern>;

Pattern compile(const icu::UnicodeString& pattern) {
  UErrorCode status = U_ZERO_ERROR;
  UParseError where;
  Pattern compiled(icu::RegexPattern::compile(pattern, UREGEX_UWORD, where, status));
  return U_SUCCESS(status) ? compiled : nullptr;
}

// @param reading called per match; what it returns takes the match's place.
icu::UnicodeString replace(const Pattern& pattern, const icu::UnicodeString& text,
                           const std::function<icu::UnicodeString(icu::RegexMatcher&)>& reading) {
  if (!pattern) return text;
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::RegexMatcher> matcher(pattern->matcher(text, status));
  icu::UnicodeString out;
  std::int32_t kept = 0;
  while (U_SUCCESS(status) && matcher->find(status) && U_SUCCESS(status)) {
    out.append(text, kept, matcher->start(status) - kept);
    out.append(reading(*matcher));
    kept = matcher->end(status);
  }
  if (U_FAILURE(status)) return text;
  return out.append(text, kept, text.length() - kept);
}

icu::UnicodeString group(icu::RegexMatcher& matcher, int index) {
  UErrorCode status = U_ZERO_ERROR;
  return matcher.group(index, status);
}

constexpr std::string_view kAnyLanguage = "";

struct CompiledRule {
  Pattern pattern;
  icu::UnicodeString before, after;
  bool keeps_group = false;
};

const std::vector<CompiledRule>& compiled_rules(std::string_view language) {
  static const auto kCompiled = [] {
    std::map<std::string_view, std::vector<CompiledRule>> all;
    const auto add = [&](std::string_view tag, const ReadingRule& rule) {
      const std::string_view reading = rule.reading;
      const std::size_t mark = reading.find("$1");
      CompiledRule compiled{compile(utf16(rule.pattern)),
                            utf16(reading.substr(0, mark)),
                            {},
                            mark != std::string_view::npos};
      if (compiled.keeps_group) compiled.after = utf16(reading.substr(mark + 2));
      all[tag].push_back(std::move(compiled));
    };
    for (const auto& [tag, list] : reading_rules())
      for (const ReadingRule& rule : list) add(tag, rule);
    for (const ReadingRule& rule : common_reading_rules()) {
      for (const auto& [tag, list] : reading_rules()) add(tag, rule);
      add(kAnyLanguage, rule);
    }
    return all;
  }();
  const auto found = kCompiled.find(language);
  return found == kCompiled.end() ? kCompiled.at(kAnyLanguage) : found->second;
}

// "$5M": what the letter multiplies by, with the word that ties it to the currency's name.
struct Magnitudes {
  const char *thousand, *million, *millions, *billion, *billions, *trillion, *trillions;
  const char* of;  // between a million or more and the currency
  bool one_and_a_half_is_plural;
};

const Magnitudes* magnitudes(std::string_view language) {
  static const std::map<std::string_view, Magnitudes> kMagnitudes{
      {"en",
       {"thousand", "million", "million", "billion", "billion", "trillion", "trillion", "", true}},
      {"fr",
       {"mille", "million", "millions", "milliard", "milliards", "billion", "billions", " de",
        false}},
      {"es",
       {"mil", "millón", "millones", "mil millones", "mil millones", "billón", "billones", " de",
        true}},
      {"it",
       {"mila", "milione", "milioni", "miliardo", "miliardi", "bilione", "bilioni", " di", true}},
      {"pt",
       {"mil", "milhão", "milhões", "bilhão", "bilhões", "trilhão", "trilhões", " de", false}},
      {"hi", {"हज़ार", "मिलियन", "मिलियन", "बिलियन", "बिलियन", "ट्रिलियन", "ट्रिलियन", "", true}},
  };
  const auto found = kMagnitudes.find(language);
  return found == kMagnitudes.end() ? nullptr : &found->second;
}

// @param suffix k, K, m, mn, M, bn, B, Md, Mds or tn.
icu::UnicodeString read_magnitude(const icu::UnicodeString& units, const icu::UnicodeString& tail,
                                  const icu::UnicodeString& suffix, const Magnitudes& words) {
  const icu::UnicodeString number = units + tail;
  if (suffix == "k" || suffix == "K") {
    // One thousand is a word of its own outside English and Hindi.
    const bool bare = number == "1" && *words.of != '\0';
    if (bare) return utf16(words.thousand == std::string_view("mila") ? "mille" : words.thousand);
    return number + " " + utf16(words.thousand);
  }
  const bool one = units == "1" && (tail.isEmpty() || !words.one_and_a_half_is_plural);
  const bool billion = suffix == "B" || suffix == "bn" || suffix.startsWith("Md");
  const char* word = suffix == "tn" ? (one ? words.trillion : words.trillions)
                     : billion      ? (one ? words.billion : words.billions)
                                    : (one ? words.million : words.millions);
  return number + " " + utf16(word) + utf16(words.of);
}

struct MoneyPatterns {
  Pattern before, after;
};

// @param separators between groups of thousands.
MoneyPatterns money_patterns(const std::string& separators) {
  // The second form is Indian: 1,50,000.
  const std::string units =
      R"((\d{1,3}(?:[)" + separators + R"(]\d{3})+(?!\d)|\d{1,2}(?:,\d\d)+,\d{3}(?!\d)|\d+))";
  // Small letters behind a space may be words or units.
  const std::string suffix = R"((?:\s?(bn|mn|tn|Mds?|[MB])|([kKm]))(?![\p{L}\d]))";
  return {
      compile(utf16(
          R"((R\$|(?<![A-Za-z])[$€£¥₹])\s?)" + units + R"((?:([.,]\d+)?)" + suffix +
          R"(|[.,](\d\d)(?!\d)|([.,]\d+)?(\s(?:million|billion|milli|millones|milioni|milh|mille|करोड़|लाख)\p{L}*)?))")),
      compile(utf16(R"((?<![\d.,]))" + units + R"((?:([.,]\d+)?)" + suffix +
                    R"(|[.,](\d\d))?\s?([$€£¥₹])(?!\d))")),
  };
}

// "€12.50" is read "euros twelve point five zero": the name goes behind the whole units, the cents
// behind the name. A following "million" stays with its number.
icu::UnicodeString read_money(const icu::UnicodeString& text, std::string_view language) {
  const auto found = money().find(language);
  const Magnitudes* words = magnitudes(language);
  if (found == money().end() || words == nullptr) return text;
  static const MoneyPatterns kEnglish = money_patterns(".,");
  static const MoneyPatterns kSpaced = money_patterns(R"(.,\s)");
  const MoneyPatterns& patterns = language == "en" ? kEnglish : kSpaced;
  const auto name = [&](const icu::UnicodeString& symbol, bool one) {
    for (const Money& entry : found->second)
      if (symbol == utf16(entry.symbol)) return utf16(one ? entry.one : entry.many);
    return symbol;
  };
  const auto amount = [&](const icu::UnicodeString& symbol, const icu::UnicodeString& number,
                          const icu::UnicodeString& cents) {
    icu::UnicodeString reading = number + " " + name(symbol, number == "1");
    if (language == "fr") reading.findAndReplace(" de euro", " d'euro");
    if (!cents.isEmpty() && cents != "00") reading += " " + cents;
    return reading;
  };
  const auto read_before = replace(patterns.before, text, [&](icu::RegexMatcher& m) {
    const icu::UnicodeString suffix = group(m, 4) + group(m, 5);
    if (!suffix.isEmpty())
      return amount(group(m, 1), read_magnitude(group(m, 2), group(m, 3), suffix, *words), {});
    return amount(group(m, 1), group(m, 2) + group(m, 7) + group(m, 8), group(m, 6));
  });
  return replace(patterns.after, read_before, [&](icu::RegexMatcher& m) {
    const icu::UnicodeString suffix = group(m, 3) + group(m, 4);
    if (!suffix.isEmpty())
      return amount(group(m, 6), read_magnitude(group(m, 1), group(m, 2), suffix, *words), {});
    return amount(group(m, 6), group(m, 1), group(m, 5));
  });
}

icu::UnicodeString spell(const icu::UnicodeString& digits, const char* locale,
                         const char* rule_set) {
  std::string narrow;
  digits.toUTF8String(narrow);
  std::int32_t number = 0;
  const char* end = narrow.data() + narrow.size();
  if (const auto read = std::from_chars(narrow.data(), end, number);
      read.ec != std::errc() || read.ptr != end)
    return digits;
  UErrorCode status = U_ZERO_ERROR;
  const icu::RuleBasedNumberFormat format(icu::URBNF_SPELLOUT, icu::Locale(locale), status);
  if (U_FAILURE(status)) return digits;
  icu::UnicodeString out;
  icu::FieldPosition position;
  format.format(number, utf16(rule_set), out, position, status);
  return U_SUCCESS(status) ? out : digits;
}

// "1990s" -> "nineteen nineties", "the 80s" -> "the eighties", "10s" -> "10 seconds"; "2e" ->
// "deuxième".
icu::UnicodeString read_ordinals(const icu::UnicodeString& text, std::string_view language) {
  if (language == "en") {
    // A round number of two digits is a decade, or somebody's age, where the words before it say
    // so.
    static const Pattern kDecade = compile(utf16(
        R"((?<![\d.,$€£])(?:'?((?:1[0-9]|20)[0-9]0)'?s|(?:'|(?<=\b(?:[Tt]he|[Hh]is|[Hh]er|[Mm]y|[Tt]heir|[Yy]our|[Oo]ur) )'?|(?<=\b(?:[Ee]arly|[Ll]ate|[Mm]id)[ -])'?)([0-9]0)'?s)\b)"));
    static const Pattern kSeconds =
        compile(utf16(R"((?<![\w.,$€£:'-])([0-9]{1,2}(?:\.[0-9]+)?|[1-9][0-9]0)\s?s\b(?!'))"));
    const auto decades = replace(kDecade, text, [](icu::RegexMatcher& m) {
      const bool year = !group(m, 1).isEmpty();
      icu::UnicodeString words = spell(group(m, year ? 1 : 2), "en",
                                       year ? "%spellout-numbering-year" : "%spellout-numbering");
      words.findAndReplace("-", " ");
      if (words.endsWith("y")) return words.truncate(words.length() - 1), words + "ies";
      return words + "s";
    });
    return replace(kSeconds, decades, [](icu::RegexMatcher& m) {
      return group(m, 1) + (group(m, 1) == "1" ? " second" : " seconds");
    });
  }
  if (language == "fr") {
    static const Pattern kOrdinal = compile(utf16(R"((?<![\d.,])([0-9]{1,4})(?:e|ème|è)\b)"));
    return replace(kOrdinal, text, [](icu::RegexMatcher& m) {
      return spell(group(m, 1), "fr", "%spellout-ordinal-masculine");
    });
  }
  return text;
}

}  // namespace

std::string write_out(std::string_view utf8, std::string_view language) {
  const std::string_view base = language.substr(0, language.find('-'));
  static const Pattern kScheme = compile(utf16(R"(\bhttps?://(?:www\.)?([^\s]*?)/?(?=[\s)]|$))"));
  static const Pattern kHashtag = compile(utf16(R"(#(?=\p{L}))"));
  icu::UnicodeString text = replace(kScheme, utf16(utf8), [](auto& m) { return group(m, 1); });
  text = replace(kHashtag, text, [](auto&) { return icu::UnicodeString(); });
  text = read_money(text, base);
  text = read_ordinals(text, base);
  for (const CompiledRule& rule : compiled_rules(base))
    text = replace(rule.pattern, text, [&](icu::RegexMatcher& m) {
      return rule.keeps_group ? rule.before + group(m, 1) + rule.after : rule.before;
    });
  std::string out;
  return text.toUTF8String(out);
}

}  // namespace troupe::speech
