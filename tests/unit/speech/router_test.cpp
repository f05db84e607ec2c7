#include "speech/router.hpp"

#include <gtest/gtest.h>

#include "support/fake_backend.hpp"

namespace troupe::speech {
namespace {

BackendPtr backend(std::string name, std::set<std::string> languages) {
  auto fake = std::make_shared<test::FakeBackend>(std::move(name));
  fake->languages = std::move(languages);
  return fake;
}

const std::vector<BackendPtr> kInstalled{backend("kokoro", {"en-us", "fr"}),
                                         backend("espeak", {"en-us", "fr", "de"})};

std::string chosen(std::string_view wanted, std::string_view language) {
  const auto result = choose_backend(kInstalled, wanted, language);
  return result ? (*result)->info().name : "error";
}

TEST(ChooseBackend, AutoTakesTheFirstThatSpeaksTheLanguage) {
  EXPECT_EQ(chosen("auto", "fr"), "kokoro");
  EXPECT_EQ(chosen("auto", "de"), "espeak");
}

TEST(ChooseBackend, TakesTheNamedOne) { EXPECT_EQ(chosen("espeak", "fr"), "espeak"); }

TEST(ChooseBackend, RefusesTheNamedOneForALanguageItLacksAndNamesThoseThatDo) {
  const auto result = choose_backend(kInstalled, "kokoro", "de");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::bad_input);
  EXPECT_NE(result.error().message.find("espeak"), std::string::npos);
}

TEST(ChooseBackend, TellsHowToInstallAMissingOne) {
  const auto result = choose_backend(kInstalled, "chatterbox", "en-us");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::missing_model);
  EXPECT_NE(result.error().message.find("troupe models list"), std::string::npos);
  EXPECT_EQ(choose_backend({}, "auto", "en-us").error().code, Errc::missing_model);
}

TEST(ChooseBackend, RefusesUnknownNamesAndLanguages) {
  EXPECT_EQ(choose_backend(kInstalled, "festival", "en-us").error().code, Errc::bad_input);
  EXPECT_EQ(choose_backend(kInstalled, "auto", "sjn").error().code, Errc::bad_input);
}

}  // namespace
}  // namespace troupe::speech
