/// Expected ids: the reference's own punc_norm and tokenizer (tools/chatterbox/text.py).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "speech/chatterbox/text_front_end.hpp"

namespace troupe::speech::chatterbox {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

const fs::path kFolder = fs::path(TROUPE_SOURCE_DIR) / "tests/data/chatterbox/text";
constexpr int kRows = 320;

Manifest manifest(const fs::path& folder, const char* kind = "multilingual") {
  Manifest made;
  made.dir = folder;
  made.kind = kind;
  return made;
}

TextFrontEnd front_end() {
  auto made = TextFrontEnd::load(manifest(kFolder), kRows);
  EXPECT_TRUE(made) << made.error().message;
  return std::move(*made);
}

json tokenizer_json() { return json::parse(std::ifstream(kFolder / "tokenizer.json")); }

class Altered {
 public:
  explicit Altered(const std::string& content) : folder_(fs::temp_directory_path() / name()) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "tokenizer.json") << content;
  }
  ~Altered() { fs::remove_all(folder_); }
  Result<TextFrontEnd> load() const { return TextFrontEnd::load(manifest(folder_), kRows); }

 private:
  static std::string name() {
    return std::string("troupe_tokenizer_") +
           testing::UnitTest::GetInstance()->current_test_info()->name();
  }
  fs::path folder_;
};

TEST(ChatterboxText, ReadsEveryLanguageAsTheReference) {
  const TextFrontEnd text = front_end();
  const json cases = json::parse(std::ifstream(kFolder / "cases.json"));
  ASSERT_GT(cases.size(), 20U);
  for (const auto& example : cases) {
    const std::string given = example["text"], language = example["language"];
    EXPECT_EQ(punc_norm(given, true), example["normal"].get<std::string>());
    if (language == "zh") continue;  // words are found otherwise: see below
    const auto ids = text.ids(given, language);
    ASSERT_TRUE(ids) << given << ": " << ids.error().message;
    EXPECT_EQ(*ids, example["ids"].get<std::vector<std::int32_t>>()) << given;
  }
}

TEST(ChatterboxText, ReadsChineseAsTheReferenceButForItsSpaces) {
  const json cases = json::parse(std::ifstream(kFolder / "cases.json"));
  const auto example =
      std::find_if(cases.begin(), cases.end(), [](const auto& c) { return c["language"] == "zh"; });
  ASSERT_NE(example, cases.end());
  auto ids = front_end().ids((*example)["text"].get<std::string>(), "zh");
  ASSERT_TRUE(ids) << ids.error().message;
  const auto space = 2;
  EXPECT_NE(std::find(ids->begin(), ids->end(), space), ids->end());
  std::erase(*ids, space);
  EXPECT_EQ(*ids, (*example)["ids"].get<std::vector<std::int32_t>>());
}

TEST(ChatterboxText, KnowsCanonicalTags) {
  const TextFrontEnd text = front_end();
  for (const char* tag : {"en-us", "en-gb", "pt-br", "nb", "ja", "zh", "ko"})
    EXPECT_TRUE(text.speaks(tag)) << tag;
  EXPECT_EQ(*text.ids("hello", "en-gb"), *text.ids("hello", "en"));
  EXPECT_EQ(*text.ids("hello", "nn"), *text.ids("hello", "no"));
}

TEST(ChatterboxText, RefusesByName) {
  const TextFrontEnd text = front_end();
  const auto refused = [&](std::string_view given, std::string_view language) {
    const auto ids = text.ids(given, language);
    EXPECT_FALSE(ids) << given;
    return ids ? std::string() : ids.error().message;
  };
  EXPECT_THAT(refused("shalom", "he"), HasSubstr("Hebrew"));
  EXPECT_THAT(refused("tere", "et"), HasSubstr("'et'"));
  EXPECT_THAT(refused("今日は", "ja"), HasSubstr("kana"));
  EXPECT_THAT(refused("hello \u0E01", "en"), HasSubstr("no token for '\u0E01'"));
  EXPECT_THAT(refused("", "en"), HasSubstr("no text"));
  EXPECT_THAT(refused(" \n ", "en"), HasSubstr("no text"));
}

TEST(ChatterboxText, TheEnglishModelHasNoTagAndKeepsCapitals) {
  auto english = TextFrontEnd::load(manifest(kFolder, "english"), kRows);
  ASSERT_TRUE(english);
  EXPECT_FALSE(english->speaks("fr"));
  const auto ids = english->ids("we will see", "en-us");
  ASSERT_FALSE(ids);  // the tiny tokenizer has small letters only
  EXPECT_THAT(ids.error().message, HasSubstr("'W'"));
}

TEST(ChatterboxText, RefusesTokensThatTheModelLacks) {
  const auto small = TextFrontEnd::load(manifest(kFolder), 60);
  ASSERT_TRUE(small);
  EXPECT_TRUE(small->speaks("fr"));
  const auto ids = small->ids("hello", "en");
  ASSERT_FALSE(ids);
  EXPECT_EQ(ids.error().code, Errc::unsupported);
  EXPECT_FALSE(TextFrontEnd::load(manifest(kFolder), 5)->speaks("fr"));
}

TEST(ChatterboxText, RefusesTokenizersThatItWouldMisread) {
  const auto refused = [](const json& file) {
    const auto made = Altered(file.dump()).load();
    EXPECT_FALSE(made);
    return made ? std::string() : made.error().message;
  };
  json file = tokenizer_json();
  file["pre_tokenizer"] = {{"type", "ByteLevel"}};
  EXPECT_THAT(refused(file), HasSubstr("ByteLevel"));
  file = tokenizer_json();
  file["normalizer"] = {{"type", "StripAccents"}};
  EXPECT_THAT(refused(file), HasSubstr("StripAccents"));
  file = tokenizer_json();
  file["model"]["byte_fallback"] = true;
  EXPECT_THAT(refused(file), HasSubstr("byte_fallback"));
  file = tokenizer_json();
  file["model"].erase("merges");
  EXPECT_THAT(refused(file), HasSubstr("merges"));
  const auto truncated = Altered(tokenizer_json().dump().substr(0, 1000)).load();
  ASSERT_FALSE(truncated);
  EXPECT_EQ(truncated.error().code, Errc::missing_model);
}

TEST(ChatterboxText, AcceptsStepsThatAreTakenAlready) {
  json file = tokenizer_json();
  file["normalizer"] = {
      {"type", "Sequence"},
      {"normalizers",
       {{{"type", "NFKD"}},
        {{"type", "Replace"}, {"pattern", {{"String", " "}}}, {"content", "[SPACE]"}}}}};
  for (auto& merge : file["model"]["merges"])
    merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  const auto made = Altered(file.dump()).load();
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made->ids("hello there", "en"), *front_end().ids("hello there", "en"));
}

}  // namespace
}  // namespace troupe::speech::chatterbox
