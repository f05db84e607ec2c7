#include <unicode/rbnf.h>
#include <unicode/regex.h>
#include <unicode/unistr.h>

#include <array>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "speech/readings.hpp"

namespace troupe::speech {
namespace {

struct Rule {
  const char* pattern;  // ICU regular expression
  const char* reading;  // $1 = first group
};

// For every language, after its own: a full stop that ends no sentence would be spoken as one, and
// one without a space behind it would not. ("Hello.How", not "Node.JS" or "Jo.Smith@x.org".)
constexpr std::array kCommonRules{
    Rule{R"(\b(Mr|Mrs|Ms|Mme|Mlle|Dr|Dra|Prof|St|Sr|Sra|Sig|Dott)\.(?=\s\p{L}))", "$1"},
    Rule{R"(\b(Jr|etc|vs|ca|bzw)\.(?=\s[\p{Ll}\d]))", "$1"},
    Rule{R"((?<=\p{Ll}\p{Ll})\.(?=\p{Lu}(?:[\p{Ll}'\s]|$))(?!\S{0,64}@))", ". "},
};

// Rules are tried in order. \b keeps them from firing inside words.
const std::map<std::string_view, std::vector<Rule>>& rules() {
  static const std::map<std::string_view, std::vector<Rule>> kRules{
      {"en",
       {{R"(\bProf\.(?=\s))", "Professor"},
        {R"(\bMs\.(?=\s))", "Miz"},
        {R"(\bJr\.(?=\s\p{Ll}|,))", "Junior"},
        {R"(\b[Vv]s\.(?=\s))", "versus"},
        {R"(\b([Aa])pprox\.(?=\s))", "$1pproximately"},
        {R"(\bNo\.\s?(?=\d))", "number "},
        {R"(\bi\.\s?e\.,?(?=\s))", "that is,"},
        {R"(\be\.\s?g\.,?(?=\s))", "for example,"},
        {R"(#(?=\d))", "number "},
        {R"((?<=\d)\s?–\s?(?=\d))", " to "},
        {R"((?<![\w~])~(?=\d))", "about "},
        {R"((?<=\d)\s?km/h\b)", " kilometers per hour"},
        {R"((?<=\d)\s?km\b)", " kilometers"},
        {R"((?<=\d)\s?kg\b)", " kilograms"},
        {R"((?<=\d)\s?cm\b)", " centimeters"}}},
      {"fr",
       {{R"(\bMM\.(?=\s\p{Lu}))", "messieurs"},
        {R"(\bM\.(?=\s\p{Lu}))", "monsieur"},
        {R"(\b[Pp]\.\s?ex\.)", "par exemple"},
        {R"(\b([Cc])\.?-à-d\.)", "$1'est-à-dire"},
        {R"(\b[Nn](?:°|º|o\.)\s?(?=\d))", "numéro "},
        {R"(#(?=\d))", "numéro "},
        {R"((?<=\d)\s?–\s?(?=\d))", " à "},
        {R"(\b1\s?h\s?(?=\d\d\b))", "1 heure "},
        {R"(\b(\d?\d)\s?h\s?(?=\d\d\b))", "$1 heures "},
        {R"(\b1\s?h(?![\p{L}\d/]))", "1 heure"},
        {R"(\b(\d{1,3})\s?h(?![\p{L}\d/]))", "$1 heures"},
        {R"((?<=\d)\s?km/h\b)", " kilomètres par heure"}}},
      {"es",
       {{R"(\b[Pp]\.\s?ej\.)", "por ejemplo"},
        {R"(\bEE\.?\s?UU\.?)", "Estados Unidos"},
        {R"(\betc\.(?=,|\s\p{Ll}))", "etcétera"},
        {R"(\betc\.)", "etcétera."},
        {R"(\bSrta\.)", "señorita"},
        {R"(\b[Nn]\.?[°º]\s?(?=\d))", "número "},
        {R"(#(?=\d))", "número "},
        {R"(\s?&\s?)", " y "},
        {R"((?<=\d)\s?–\s?(?=\d))", " a "},
        {R"(\b1\s?h(?![\p{L}\d/]))", "1 hora"},
        {R"(\b(\d{1,3})\s?h(?![\p{L}\d/]))", "$1 horas"},
        {R"((?<=\d)\s?km/h\b)", " kilómetros por hora"},
        {R"((?<=\d)\s?km\b)", " kilómetros"},
        {R"((?<=\d)\s?kg\b)", " kilos"},
        {R"((?<=\d)\s?cm\b)", " centímetros"}}},
      {"it",
       {{R"(\bSig\.ra\b)", "signora"},
        {R"(\bSig\.(?=\s))", "signor"},
        {R"(\bDott\.ssa\b)", "dottoressa"},
        {R"(\bD(?:ott|r)\.(?=\s))", "dottor"},
        {R"(\bProf\.ssa\b)", "professoressa"},
        {R"(\bProf\.(?=\s))", "professor"},
        {R"(\b[Aa]d es\.)", "ad esempio"},
        {R"(\b[Pp]\.\s?es\.)", "per esempio"},
        {R"(\becc\.(?=,|\s\p{Ll}))", "eccetera"},
        {R"(\becc\.)", "eccetera."},
        {R"(\b[Nn](?:\.[°º]?|[°º])\s?(?=\d))", "numero "},
        {R"(#(?=\d))", "numero "},
        {R"(\s?&\s?)", " e "},
        {R"((?<=\d)\s?–\s?(?=\d))", " a "},
        {R"((?<=\d)\s?km/h\b)", " chilometri orari"},
        {R"((?<=\d)\s?km\b)", " chilometri"},
        {R"((?<=\d)\s?kg\b)", " chili"},
        {R"((?<=\d)\s?cm\b)", " centimetri"}}},
      {"pt",
       {{R"(\bSrta\.)", "senhorita"},
        {R"(\bSra\.)", "senhora"},
        {R"(\bSr\.)", "senhor"},
        {R"(\bDra\.)", "doutora"},
        {R"(\b[Pp]\.\s?ex\.)", "por exemplo"},
        {R"(\b[Nn]\.?[°º]\s?(?=\d))", "número "},
        {R"(#(?=\d))", "número "},
        {R"((?<=\d)\s?–\s?(?=\d))", " a "},
        {R"(\b1\s?h\s?(?=\d\d\b))", "1 hora e "},
        {R"(\b(\d?\d)\s?h\s?(?=\d\d\b))", "$1 horas e "},
        {R"(\b1\s?h(?![\p{L}\d/]))", "1 hora"},
        {R"(\b(\d{1,3})\s?h(?![\p{L}\d/]))", "$1 horas"},
        {R"((?<=\d)\s?km/h\b)", " quilômetros por hora"},
        {R"((?<=\d)\s?km\b)", " quilômetros"},
        {R"((?<=\d)\s?kg\b)", " quilos"},
        {R"((?<=\d)\s?cm\b)", " centímetros"}}},
      {"hi",
       {{R"(डॉ\.(?=\s))", "डॉक्टर"},
        {R"((?<=\d)\s?कि\.\s?मी\.)", " किलोमीटर"},
        {R"((?<=\d)\s?km\b)", " किलोमीटर"},
        {R"((?<=\d)\s?kg\b)", " किलोग्राम"},
        {R"(#(?=\d))", "नंबर "},
        {R"(\s?&\s?)", " और "},
        {R"((?<=\d)\s?–\s?(?=\d))", " से "}}},
      {"de", {{R"(\bz\.\s?B\.)", "zum Beispiel"}, {R"(\bd\.\s?h\.)", "das heißt"}}},
  };
  return kRules;
}

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
    const auto add = [&](std::string_view tag, const Rule& rule) {
      const std::string_view reading = rule.reading;
      const std::size_t mark = reading.find("$1");
      CompiledRule compiled{compile(utf16(rule.pattern)),
                            utf16(reading.substr(0, mark)),
                            {},
                            mark != std::string_view::npos};
      if (compiled.keeps_group) compiled.after = utf16(reading.substr(mark + 2));
      all[tag].push_back(std::move(compiled));
    };
    for (const auto& [tag, list] : rules())
      for (const Rule& rule : list) add(tag, rule);
    for (const Rule& rule : kCommonRules) {
      for (const auto& [tag, list] : rules()) add(tag, rule);
      add(kAnyLanguage, rule);
    }
    return all;
  }();
  const auto found = kCompiled.find(language);
  return found == kCompiled.end() ? kCompiled.at(kAnyLanguage) : found->second;
}

// "€12.50" is read "euros twelve point five zero": the name goes behind the whole units, the cents
// behind the name. A following "million" stays with its number.
icu::UnicodeString read_money(const icu::UnicodeString& text, std::string_view language) {
  const auto found = money().find(language);
  if (found == money().end()) return text;
  static const Pattern kBefore = compile(utf16(
      R"((R\$|(?<![A-Za-z])[$€£¥₹])\s?(\d{1,3}(?:[.,\s]\d{3})+(?!\d)|\d+)(?:[.,](\d\d)(?!\d)|([.,]\d+)?(\s(?:million|billion|milli|millones|milioni|milh|mille|करोड़|लाख)\p{L}*)?))"));
  static const Pattern kAfter = compile(
      utf16(R"((?<![\d.,])(\d{1,3}(?:[.,\s]\d{3})+(?!\d)|\d+)(?:[.,](\d\d))?\s?([$€£¥₹])(?!\d))"));
  const auto name = [&](const icu::UnicodeString& symbol, const icu::UnicodeString& units) {
    for (const Money& entry : found->second)
      if (symbol == utf16(entry.symbol)) return utf16(units == "1" ? entry.one : entry.many);
    return symbol;
  };
  const auto amount = [&](const icu::UnicodeString& symbol, const icu::UnicodeString& units,
                          const icu::UnicodeString& tail, const icu::UnicodeString& cents) {
    icu::UnicodeString reading = units + tail + " " + name(symbol, units + tail);
    if (!cents.isEmpty() && cents != "00") reading += " " + cents;
    return reading;
  };
  const auto read_before = replace(kBefore, text, [&](icu::RegexMatcher& m) {
    return amount(group(m, 1), group(m, 2), group(m, 4) + group(m, 5), group(m, 3));
  });
  return replace(kAfter, read_before, [&](icu::RegexMatcher& m) {
    return amount(group(m, 3), group(m, 1), {}, group(m, 2));
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
