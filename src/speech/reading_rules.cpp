#include "speech/reading_rules.hpp"

#include <array>

namespace troupe::speech {
namespace {

// For every language, after its own: a full stop that ends no sentence would be spoken as one, and
// one without a space behind it would not. ("Hello.How", not "Node.JS" or "Jo.Smith@x.org".)
constexpr std::array kCommonRules{
    ReadingRule{R"(\b(Mr|Mrs|Ms|Mme|Mlle|Dr|Dra|Prof|St|Sr|Sra|Sig|Dott)\.(?=\s\p{L}))", "$1"},
    ReadingRule{R"(\b(Jr|etc|vs|ca|bzw)\.(?=\s[\p{Ll}\d]))", "$1"},
    ReadingRule{R"((?<=\p{Ll}\p{Ll})\.(?=\p{Lu}(?:[\p{Ll}'\s]|$))(?!\S{0,64}@))", ". "},
};

}  // namespace

std::span<const ReadingRule> common_reading_rules() { return kCommonRules; }

// \b keeps rules from firing inside words.
const std::map<std::string_view, std::vector<ReadingRule>>& reading_rules() {
  static const std::map<std::string_view, std::vector<ReadingRule>> kRules{
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

}  // namespace troupe::speech
