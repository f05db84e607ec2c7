#include "core/language.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe {
namespace {

using testing::HasSubstr;

TEST(Language, MapsWhatCallersWriteToOneSpelling) {
  const std::pair<const char*, const char*> rows[] = {{"en", "en-us"},
                                                      {"EN_gb", "en-gb"},
                                                      {"en-UK", "en-gb"},
                                                      {"eng", "en-us"},
                                                      {"en-US", "en-us"},
                                                      {"en-AU", "en-gb"},
                                                      {"en-CA", "en-us"},
                                                      {"en-gb-scotland", "en-gb"},
                                                      {"pt", "pt-br"},
                                                      {"por", "pt-br"},
                                                      {"pt-PT", "pt-pt"},
                                                      {"pt_BR", "pt-br"},
                                                      {"fr", "fr"},
                                                      {"fr-fr", "fr"},
                                                      {"fra", "fr"},
                                                      {"fre", "fr"},
                                                      {"fr-CA", "fr"},
                                                      {"es-es", "es"},
                                                      {"es-419", "es-419"},
                                                      {"es-MX", "es"},
                                                      {"zh-Hans-CN", "zh"},
                                                      {"cmn", "zh"},
                                                      {"zh-TW", "zh"},
                                                      {"chi", "zh"},
                                                      {"yue", "yue"},
                                                      {"zh-yue", "yue"},
                                                      {"yue-HK", "yue"},
                                                      {"no", "nb"},
                                                      {"nob", "nb"},
                                                      {"nb-NO", "nb"},
                                                      {"ger", "de"},
                                                      {"de-AT", "de"},
                                                      {"iw", "he"},
                                                      {"heb", "he"},
                                                      {"jpn", "ja"},
                                                      {"kor", "ko"},
                                                      {"chr-US-Qaaa-x-west", "chr"},
                                                      {"vi-VN-x-south", "vi"},
                                                      {"ru-LV", "ru"},
                                                      {"cat", "ca"}};
  for (const auto& [given, canonical] : rows) {
    const auto tag = canonical_language(given);
    ASSERT_TRUE(tag) << given << ": " << tag.error().message;
    EXPECT_EQ(*tag, canonical) << given;
    EXPECT_EQ(*canonical_language(*tag), *tag) << "canonical tags stay";
  }
}

TEST(Language, KnowsEveryLanguageOfEspeakNg) {
  // `espeak-ng --voices`, 1.51, column Language.
  for (const char* tag : {"af",
                          "am",
                          "an",
                          "ar",
                          "as",
                          "az",
                          "ba",
                          "be",
                          "bg",
                          "bn",
                          "bpy",
                          "bs",
                          "ca",
                          "chr-US-Qaaa-x-west",
                          "cmn",
                          "cmn-latn-pinyin",
                          "cs",
                          "cv",
                          "cy",
                          "da",
                          "de",
                          "el",
                          "en-029",
                          "en-gb",
                          "en-gb-scotland",
                          "en-gb-x-gbclan",
                          "en-gb-x-gbcwmd",
                          "en-gb-x-rp",
                          "en-us",
                          "en-us-nyc",
                          "eo",
                          "es",
                          "es-419",
                          "et",
                          "eu",
                          "fa",
                          "fa-latn",
                          "fi",
                          "fr-be",
                          "fr-ch",
                          "fr-fr",
                          "ga",
                          "gd",
                          "gn",
                          "grc",
                          "gu",
                          "hak",
                          "haw",
                          "he",
                          "hi",
                          "hr",
                          "ht",
                          "hu",
                          "hy",
                          "hyw",
                          "ia",
                          "id",
                          "io",
                          "is",
                          "it",
                          "ja",
                          "jbo",
                          "ka",
                          "kk",
                          "kl",
                          "kn",
                          "ko",
                          "kok",
                          "ku",
                          "ky",
                          "la",
                          "lb",
                          "lfn",
                          "lt",
                          "ltg",
                          "lv",
                          "mi",
                          "mk",
                          "ml",
                          "mr",
                          "ms",
                          "mt",
                          "my",
                          "nb",
                          "nci",
                          "ne",
                          "nl",
                          "nog",
                          "om",
                          "or",
                          "pa",
                          "pap",
                          "piqd",
                          "pl",
                          "pt",
                          "pt-br",
                          "py",
                          "qdb",
                          "qu",
                          "quc",
                          "qya",
                          "ro",
                          "ru",
                          "ru-lv",
                          "sd",
                          "shn",
                          "si",
                          "sjn",
                          "sk",
                          "sl",
                          "smj",
                          "sq",
                          "sr",
                          "sv",
                          "sw",
                          "ta",
                          "te",
                          "th",
                          "tk",
                          "tn",
                          "tr",
                          "tt",
                          "ug",
                          "uk",
                          "ur",
                          "uz",
                          "vi",
                          "vi-vn-x-central",
                          "vi-vn-x-south",
                          "yue"})
    EXPECT_TRUE(canonical_language(tag)) << tag;
}

TEST(Language, RefusesUnknownAndMalformedTags) {
  for (const char* tag : {"", "x", "xx", "xxx", "english", "e n", "fr_FR.UTF-8", "-fr", "fr-",
                          "fr--ca", "12", "fr\n", "fr\xC3\xA9", "fr-toolongsubtag"}) {
    const auto result = canonical_language(tag);
    ASSERT_FALSE(result) << tag;
    EXPECT_EQ(result.error().code, Errc::bad_input);
    EXPECT_THAT(result.error().message, HasSubstr("en-gb"));
    EXPECT_EQ(result.error().message.find('\n'), std::string::npos);
  }
  EXPECT_THAT(canonical_language("xx").error().message, HasSubstr("\"xx\""));
  EXPECT_FALSE(canonical_language(std::string(100'000, 'a')));
}

TEST(Language, TellsTagsFromOtherText) {
  EXPECT_TRUE(is_language_tag("wo"));
  EXPECT_TRUE(is_language_tag("zh_Hant-TW"));
  EXPECT_FALSE(is_language_tag("fr_FR.UTF-8"));
  EXPECT_FALSE(is_language_tag(""));
}

}  // namespace
}  // namespace troupe
