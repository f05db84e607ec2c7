#include "core/language.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace troupe {
namespace {

/// Canonical tag, then everything else that names it: ISO 639-1, 639-2/T, 639-2/B, 639-3
/// (macro-languages and their main member), old codes and regional tags with a speech of their
/// own. A tag that is not here is looked up again without its last subtag.
struct Language {
  std::string_view canonical;
  std::string_view aliases;  ///< separated by spaces
};

constexpr Language kLanguages[] = {
    // The languages of the neural engines (Kokoro, Chatterbox).
    {"en-us", "en eng"},
    {"en-gb", "en-uk en-ie en-au en-nz en-za en-in en-sc"},
    {"es", "spa"},
    {"es-419", ""},
    {"fr", "fra fre"},
    {"hi", "hin"},
    {"it", "ita"},
    {"pt-br", "pt por"},
    {"pt-pt", "pt-ao pt-mz"},
    {"ja", "jpn"},
    {"zh", "zho chi cmn zh-cmn"},
    {"ar", "ara arb"},
    {"da", "dan"},
    {"de", "deu ger"},
    {"el", "ell gre"},
    {"fi", "fin"},
    {"he", "heb iw"},
    {"ko", "kor"},
    {"ms", "msa may zsm"},
    {"nl", "nld dut"},
    {"nb", "no nob nor nn nno"},
    {"pl", "pol"},
    {"ru", "rus"},
    {"sv", "swe"},
    {"sw", "swa swh"},
    {"tr", "tur"},
    // The further languages of espeak-ng 1.51.
    {"af", "afr"},
    {"am", "amh"},
    {"an", "arg"},
    {"as", "asm"},
    {"az", "aze azj"},
    {"ba", "bak"},
    {"be", "bel"},
    {"bg", "bul"},
    {"bn", "ben"},
    {"bpy", ""},
    {"bs", "bos"},
    {"ca", "cat"},
    {"chr", ""},
    {"cs", "ces cze"},
    {"cv", "chv"},
    {"cy", "cym wel"},
    {"eo", "epo"},
    {"et", "est ekk"},
    {"eu", "eus baq"},
    {"fa", "fas per pes"},
    {"ga", "gle"},
    {"gd", "gla"},
    {"gn", "grn gug"},
    {"grc", ""},
    {"gu", "guj"},
    {"hak", ""},
    {"haw", ""},
    {"hr", "hrv hbs sh"},
    {"ht", "hat"},
    {"hu", "hun"},
    {"hy", "hye arm"},
    {"hyw", "hy-arevmda"},
    {"ia", "ina"},
    {"id", "ind in"},
    {"io", "ido"},
    {"is", "isl ice"},
    {"jbo", ""},
    {"ka", "kat geo"},
    {"kk", "kaz"},
    {"kl", "kal"},
    {"kn", "kan"},
    {"kok", ""},
    {"ku", "kur kmr"},
    {"ky", "kir"},
    {"la", "lat"},
    {"lb", "ltz"},
    {"lfn", ""},
    {"lt", "lit"},
    {"ltg", ""},
    {"lv", "lav lvs"},
    {"mi", "mri mao"},
    {"mk", "mkd mac"},
    {"ml", "mal"},
    {"mr", "mar"},
    {"mt", "mlt"},
    {"my", "mya bur"},
    {"nci", ""},
    {"ne", "nep npi"},
    {"nog", ""},
    {"om", "orm"},
    {"or", "ori ory"},
    {"pa", "pan"},
    {"pap", ""},
    {"piqd", "tlh"},
    {"py", ""},
    {"qdb", ""},
    {"qu", "que"},
    {"quc", ""},
    {"qya", ""},
    {"ro", "ron rum mo"},
    {"sd", "snd"},
    {"shn", ""},
    {"si", "sin"},
    {"sjn", ""},
    {"sk", "slk slo"},
    {"sl", "slv"},
    {"smj", ""},
    {"sq", "sqi alb als"},
    {"sr", "srp"},
    {"ta", "tam"},
    {"te", "tel"},
    {"th", "tha"},
    {"tk", "tuk"},
    {"tn", "tsn"},
    {"tt", "tat"},
    {"ug", "uig"},
    {"uk", "ukr"},
    {"ur", "urd"},
    {"uz", "uzb uzn"},
    {"vi", "vie"},
    {"yue", "zh-yue"},
};

bool has_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    if (words.substr(0, space) == word) return true;
    words = space == std::string_view::npos ? std::string_view{} : words.substr(space + 1);
  }
  return false;
}

const Language* find_language(std::string_view tag) {
  const auto* found =
      std::find_if(std::begin(kLanguages), std::end(kLanguages), [&](const Language& language) {
        return language.canonical == tag || has_word(language.aliases, tag);
      });
  return found == std::end(kLanguages) ? nullptr : found;
}

/// Lower case with `-`; empty when it has not the shape of a tag: subtags of 1 to 8 ASCII letters
/// or digits, the first of 2 or more letters.
std::string normalised(std::string_view tag) {
  std::string lower;
  std::size_t length = 0;  // of the current subtag
  if (tag.size() > 64) return {};
  for (const char c : tag) {
    const auto byte = static_cast<unsigned char>(c);
    const bool separator = c == '-' || c == '_';
    const bool first = lower.find('-') == std::string::npos;
    const bool letter = byte < 128 && std::isalpha(byte) != 0;
    const bool digit = c >= '0' && c <= '9';
    if (!separator && !letter && !(digit && !first)) return {};
    length = separator ? 0 : length + 1;
    if (length > 8) return {};
    if (separator && (lower.empty() || lower.back() == '-' || lower.size() < 2)) return {};
    lower += separator ? '-' : static_cast<char>(std::tolower(byte));
  }
  return lower.size() < 2 || lower.back() == '-' ? std::string{} : lower;
}

}  // namespace

bool is_language_tag(std::string_view tag) { return !normalised(tag).empty(); }

Result<std::string> canonical_language(std::string_view tag) {
  const std::string normal = normalised(tag);
  for (std::string_view rest = normal; !rest.empty();) {
    if (const Language* language = find_language(rest)) return std::string(language->canonical);
    const std::size_t dash = rest.rfind('-');
    rest = dash == std::string_view::npos ? std::string_view{} : rest.substr(0, dash);
  }
  const std::string shown =
      normal.empty() ? "is not a language tag" : "\"" + normal + "\" is unknown";
  return fail(Errc::bad_input,
              "language " + shown + "; give a tag such as en, en-gb, es, fr, hi, it, pt, de or zh",
              "segments");
}

}  // namespace troupe
