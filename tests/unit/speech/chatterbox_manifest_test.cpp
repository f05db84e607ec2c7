#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "core/sha256.hpp"
#include "speech/chatterbox/manifest.hpp"

namespace troupe::speech::chatterbox {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using testing::HasSubstr;

class ChatterboxManifest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = fs::temp_directory_path() / ("troupe-manifest-" + std::to_string(::getpid()));
    fs::create_directories(dir_ / "t3");
    write("t3/step.onnx", "weights");
    manifest_ = {
        {"format", "troupe.chatterbox/1"},
        {"kind", "english"},
        {"precision", "f32"},
        {"licence", "MIT"},
        {"source", "here"},
        {"tiny", true},
        {"graphs", {{"t3.step", "t3/step.onnx"}}},
        {"shapes", {{"t3.step.tokens", {-1, 4}}}},
        {"settings", {{"t3.layers", 2}}},
        {"files",
         {{"t3/step.onnx", {{"bytes", 7}, {"sha256", sha256_hex(std::string_view("weights"))}}}}}};
  }
  void TearDown() override { fs::remove_all(dir_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(dir_ / name) << text;
  }
  Result<Manifest> read() const {
    write("manifest.json", manifest_.dump());
    return read_manifest(dir_);
  }
  void refused(const Result<Manifest>& result, const char* why) const {
    ASSERT_FALSE(result) << why;
    EXPECT_EQ(result.error().code, Errc::missing_model);
    EXPECT_THAT(result.error().message, HasSubstr(why));
    EXPECT_THAT(result.error().message, HasSubstr("export it again"));
  }

  fs::path dir_;
  json manifest_;
};

TEST_F(ChatterboxManifest, GivesGraphsShapesAndSettings) {
  const auto found = read();
  ASSERT_TRUE(found) << found.error().message;
  EXPECT_EQ(*found->graph("t3.step"), dir_ / "t3/step.onnx");
  EXPECT_EQ(*found->setting("t3.layers"), 2);
  EXPECT_EQ(found->shapes.at("t3.step.tokens"), (std::vector<std::int64_t>{-1, 4}));
  EXPECT_TRUE(verify(*found));
  EXPECT_THAT(found->graph("t3.none").error().message, HasSubstr("'t3.none'"));
  EXPECT_THAT(found->setting("none").error().message, HasSubstr("'none'"));
}

TEST_F(ChatterboxManifest, TheHashIsThatOfTheWeights) {
  const std::string before = read()->hash;
  manifest_["settings"]["t3.layers"] = 3;
  EXPECT_EQ(read()->hash, before);
  manifest_["files"]["t3/step.onnx"]["sha256"] = std::string(64, 'a');
  EXPECT_NE(read()->hash, before);
}

TEST_F(ChatterboxManifest, RefusesWhatIsNoExportOrNotWhole) {
  refused(read_manifest(dir_ / "absent"), "is missing");
  write("manifest.json", "[1");
  refused(read_manifest(dir_), "not a JSON object");
  const json whole = manifest_;
  manifest_["format"] = "troupe.chatterbox/9";
  refused(read(), "this build reads troupe.chatterbox/1");
  manifest_ = whole;
  manifest_.erase("settings");
  refused(read(), "lacks a field");
  manifest_ = whole;
  manifest_["graphs"]["t3.step"] = "t3/other.onnx";
  refused(read(), "not among its files");
  manifest_ = whole;
  manifest_["files"]["../outside"] = manifest_["files"]["t3/step.onnx"];
  refused(read(), "outside its folder");
  manifest_ = whole;
  manifest_["files"]["t3/step.onnx"]["sha256"] = "abc";
  refused(read(), "no SHA-256");
  manifest_ = whole;
  write("t3/step.onnx", "weigh");
  refused(read(), "truncated");
  write("t3/step.onnx", "Weights");
  ASSERT_TRUE(read());
  const auto checked = verify(*read());
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().message, HasSubstr("corrupt"));
  fs::remove(dir_ / "t3/step.onnx");
  refused(read(), "is missing");
}

}  // namespace
}  // namespace troupe::speech::chatterbox
