#include "segments/job_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

namespace troupe::segments {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

json minimal() {
  return json::parse(R"({"source_audio": "a.flac", "target_language": "fr", "segments": [
      {"speaker_id": "A", "start_ms": 400, "end_ms": 6954, "text": "Hi", "translated_text": "Salut"}]})");
}

Result<Job> parse_text(const std::string& text) { return parse_job(text, "job.json", "/data/in"); }
Result<Job> parse(const json& job) { return parse_text(job.dump()); }

std::string error_of(const Result<Job>& job) {
  if (job) return "accepted";
  EXPECT_EQ(job.error().code, Errc::bad_input);
  EXPECT_EQ(job.error().message.find('\n'), std::string::npos) << "a message is one line";
  EXPECT_THAT(job.error().message, testing::StartsWith("job.json"));
  return job.error().message;
}

TEST(JobReader, ReadsEveryFieldOfTheContract) {
  const auto job = parse_text(R"({"message_id": "m1", "source_audio": "source.flac",
    "source_language": "en", "target_language": "fr", "user_speaker_id": "A", "user_voice": "me",
    "segments": [{"speaker_id": "A", "start_ms": 400, "end_ms": 6954, "text": "Hi",
                  "translated_text": "Salut"}],
    "options": {"layout": "timeline", "fit": false, "backend": "kokoro", "clone_effort": "best", "speech_effort": "fast",
      "seed": 18446744073709551615, "speed": 1.5, "exaggeration": 0.25, "cfg_weight": 0.75,
      "temperature": 0.5, "min_silence_ms": 50, "max_silence_ms": 2000,
      "fit_tolerance_percent": 5, "global_stretch": true, "background": "keep",
      "loudness_lufs": -20, "voice_max_age_days": 3, "keep_temp": true, "strict": true}})");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->message_id, "m1");
  EXPECT_EQ(job->source_audio, "/data/in/source.flac");
  EXPECT_EQ(job->source_language, "en");
  EXPECT_EQ(job->target_language, "fr");
  EXPECT_EQ(job->user_speaker_id, "A");
  EXPECT_EQ(job->user_voice->name, "me");
  ASSERT_EQ(job->segments.size(), 1u);
  EXPECT_EQ(job->segments[0].speaker_id, "A");
  EXPECT_EQ(job->segments[0].start_ms, 400);
  EXPECT_EQ(job->segments[0].end_ms, 6954);
  EXPECT_EQ(job->segments[0].text, "Hi");
  EXPECT_EQ(job->segments[0].translated_text, "Salut");
  const Options& o = job->options;
  EXPECT_EQ(o.layout, Layout::timeline);
  EXPECT_FALSE(o.fit);
  EXPECT_EQ(o.backend, "kokoro");
  EXPECT_EQ(o.clone_effort, CloneEffort::best);
  EXPECT_EQ(o.speech_effort, SpeechEffort::fast);
  EXPECT_EQ(o.seed, 18446744073709551615u);
  EXPECT_EQ(o.speed, 1.5);
  EXPECT_EQ(o.exaggeration, 0.25);
  EXPECT_EQ(o.cfg_weight, 0.75);
  EXPECT_EQ(o.temperature, 0.5);
  EXPECT_EQ(o.min_silence_ms, 50);
  EXPECT_EQ(o.max_silence_ms, 2000);
  EXPECT_EQ(o.fit_tolerance_percent, 5);
  EXPECT_TRUE(o.global_stretch);
  EXPECT_EQ(o.background, Background::keep);
  EXPECT_EQ(o.loudness_lufs, -20);
  EXPECT_EQ(o.voice_max_age_days, 3);
  EXPECT_TRUE(o.keep_temp);
  EXPECT_TRUE(o.strict);
  EXPECT_THAT(job->warnings, IsEmpty());
}

TEST(JobReader, KeepsDefaultsForAbsentAndNullFields) {
  json job = minimal();
  for (const char* name : {"message_id", "source_language", "user_speaker_id", "user_voice"})
    job[name] = nullptr;
  job["options"] = {{"cfg_weight", nullptr}, {"loudness_lufs", nullptr}, {"speed", nullptr}};
  const auto read = parse(job);
  ASSERT_TRUE(read) << read.error().message;
  const Options defaults;
  EXPECT_EQ(read->options.layout, defaults.layout);
  EXPECT_EQ(read->options.speed, defaults.speed);
  EXPECT_EQ(read->options.cfg_weight, std::nullopt);
  EXPECT_EQ(read->options.loudness_lufs, std::nullopt);
  EXPECT_EQ(read->user_speaker_id, std::nullopt);
  EXPECT_FALSE(read->user_voice);
}

TEST(JobReader, AcceptsWhisperXNames) {
  const auto job =
      parse_text(R"({"source_audio": "a.wav", "target_language": "de", "language": "en",
    "word_segments": [], "segments": [{"start": 0.4005, "end": 6.954, "text": " Hi",
    "speaker": "SPEAKER_01", "translation": "Hallo", "avg_logprob": -0.1,
    "words": [{"word": "Hi", "start": 0.4}]}]})");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->source_language, "en");
  EXPECT_EQ(job->segments[0].speaker_id, "SPEAKER_01");
  EXPECT_EQ(job->segments[0].start_ms, 401);  // 400.5 rounds away from zero
  EXPECT_EQ(job->segments[0].end_ms, 6954);
  EXPECT_EQ(job->segments[0].translated_text, "Hallo");
}

TEST(JobReader, PrefersTheContractsNameWhenBothAreThere) {
  json job = minimal();
  job["segments"][0].update({{"start", 9}, {"speaker", "B"}, {"translation", "x"}});
  const auto read = parse(job);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->segments[0].start_ms, 400);
  EXPECT_EQ(read->segments[0].speaker_id, "A");
  EXPECT_EQ(read->segments[0].translated_text, "Salut");
}

TEST(JobReader, GivesSegmentsWithoutASpeakerToOneUnnamedPersonAndWarns) {
  json job = minimal();
  job["segments"].push_back({{"start", 7}, {"end", 8}});
  job["segments"].push_back({{"start", 9}, {"end", 10}, {"speaker", nullptr}});
  const auto read = parse(job);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->segments[1].speaker_id, "unnamed");
  EXPECT_EQ(read->segments[2].speaker_id, "unnamed");
  EXPECT_THAT(read->warnings, ElementsAre(AllOf(HasSubstr("2 segments"), HasSubstr("unnamed"))));
}

TEST(JobReader, TakesAnySpeakerIdAndMessageIdAsData) {
  json job = minimal();
  job["segments"][0]["speaker_id"] = "../../etc/passwd\n\u0000 \xF0\x9F\x98\x80";
  job["message_id"] = "../x";
  const auto read = parse(job);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->segments[0].speaker_id, job["segments"][0]["speaker_id"]);
  EXPECT_EQ(read->message_id, "../x");
}

TEST(JobReader, RoundsFractionalMillisecondsAndTakesTheLastOfEqualKeys) {
  const auto job =
      parse_text(R"({"source_audio": "a", "target_language": "fr", "target_language": "de",
    "segments": [{"speaker_id": "A", "start_ms": 1.5, "end_ms": 1e3}]})");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->target_language, "de");
  EXPECT_EQ(job->segments[0].start_ms, 2);
  EXPECT_EQ(job->segments[0].end_ms, 1000);
}

TEST(JobReader, AcceptsAByteOrderMark) {
  EXPECT_TRUE(parse_text("\xEF\xBB\xBF" + minimal().dump()));
}

TEST(JobReader, LeavesAbsolutePathsAlone) {
  json job = minimal();
  job["source_audio"] = "/x/y.wav";
  EXPECT_EQ(parse(job)->source_audio, "/x/y.wav");
}

TEST(JobReader, IgnoresUnknownKeysButWarnsOfUnknownOptions) {
  json job = minimal();
  job["consent"] = true;
  job["segments"][0]["mood"] = "calm";
  job["options"] = {{"sped", 2}};
  const auto read = parse(job);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->options.speed, 1.0);
  EXPECT_THAT(read->warnings, ElementsAre(HasSubstr("\"sped\"")));
}

TEST(JobReader, DerivesTheMessageIdFromTheJobAlone) {
  const auto id = [](const json& job) { return job_hash(*parse(job)); };
  EXPECT_EQ(parse(minimal())->message_id, "") << "flags may still change the job";
  const std::string first = id(minimal());
  EXPECT_THAT(first, testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_EQ(id(minimal()), first);
  EXPECT_EQ(job_hash(*parse_job(minimal().dump(), "other.json", "/elsewhere")), first);
  for (const char* change : {R"({"target_language": "de"})", R"({"options": {"seed": 1}})",
                             R"({"source_audio": "b.flac"})", R"({"user_speaker_id": "A"})"}) {
    json job = minimal();
    job.update(json::parse(change));
    EXPECT_NE(id(job), first) << change;
  }
}

TEST(JobReader, DecodesConditionalsOfTheUser) {
  json job = minimal();
  job["user_speaker_id"] = "A";
  job["user_voice"] = {{"base64", "AP8Q"}};
  const auto read = parse(job);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_THAT(read->user_voice->conditionals, ElementsAre(0x00, 0xFF, 0x10));
  EXPECT_EQ(read->user_voice->name, "");
}

struct Refusal {
  const char* name;
  const char* patch;  ///< merged into the minimal job (null removes)
  std::vector<const char*> says;
};

class JobRefusal : public testing::TestWithParam<Refusal> {};

TEST_P(JobRefusal, IsOneLineWithPlaceAndRemedy) {
  json job = minimal();
  // With "segment", the patch goes to the first segment.
  const json patch = json::parse(GetParam().patch);
  if (patch.contains("segment"))
    job["segments"][0].merge_patch(patch["segment"]);
  else
    job.merge_patch(patch);
  const std::string message = error_of(parse(job));
  for (const char* part : GetParam().says) EXPECT_THAT(message, HasSubstr(part));
}

INSTANTIATE_TEST_SUITE_P(
    Contract, JobRefusal,
    testing::Values(
        Refusal{"no_source", R"({"source_audio": null})", {"source_audio is missing", "path"}},
        Refusal{"empty_source", R"({"source_audio": ""})", {"source_audio is \"\""}},
        Refusal{"number_source", R"({"source_audio": 3})", {"source_audio is 3", "string"}},
        Refusal{"nul_in_source", R"({"source_audio": "a\u0000b"})", {"NUL"}},
        Refusal{"source_in_job", R"({"source_audio": {"base64": "AA=="}})", {"HTTP", "path"}},
        Refusal{"no_target", R"({"target_language": null})", {"target_language is missing"}},
        Refusal{"unknown_target", R"({"target_language": "xx"})", {"target_language", "xx"}},
        Refusal{"empty_target", R"({"target_language": ""})", {"target_language"}},
        Refusal{"bad_source_language", R"({"source_language": "!"})", {"source_language"}},
        Refusal{"no_segments", R"({"segments": null})", {"segments is missing"}},
        Refusal{"zero_segments", R"({"segments": []})", {"no segments"}},
        Refusal{"segments_object", R"({"segments": 3})", {"segments is 3", "list"}},
        Refusal{"segment_text", R"({"segments": ["a"]})", {"segment 0 is \"a\"", "object"}},
        Refusal{"text_time", R"({"segment": {"start_ms": "4"}})", {"segment 0: start_ms is \"4\""}},
        Refusal{"no_time", R"({"segment": {"end_ms": null}})", {"segment 0: end_ms is missing"}},
        Refusal{"negative", R"({"segment": {"start_ms": -1}})", {"segment 0: start_ms is -1"}},
        Refusal{
            "negative_s", R"({"segment": {"start_ms": null, "start": -0.5}})", {"start is -0.5"}},
        Refusal{"huge", R"({"segment": {"end_ms": 1e13}})", {"segment 0: end_ms is 1e+13"}},
        Refusal{"backwards",
                R"({"segment": {"end_ms": 400}})",
                {"segment 0: end_ms 400 is not after start_ms 400", "end_ms > start_ms"}},
        Refusal{
            "speaker_number", R"({"segment": {"speaker_id": 1}})", {"segment 0: speaker_id is 1"}},
        Refusal{"text_list", R"({"segment": {"text": []}})", {"segment 0: text is a list"}},
        Refusal{"translation_bool",
                R"({"segment": {"translated_text": true}})",
                {"segment 0: translated_text is true", "string"}},
        Refusal{"options_list", R"({"options": []})", {"options is a list"}},
        Refusal{"layout", R"({"options": {"layout": "x"}})", {"layout is \"x\"", "concat"}},
        Refusal{"effort", R"({"options": {"clone_effort": "x"}})", {"fast, balanced, best"}},
        Refusal{"speech", R"({"options": {"speech_effort": "x"}})", {"full, fast"}},
        Refusal{"background", R"({"options": {"background": 1}})", {"background is 1"}},
        Refusal{"backend", R"({"options": {"backend": "x"}})", {"backend", "espeak"}},
        Refusal{"fit", R"({"options": {"fit": 1}})", {"options: fit is 1", "true or false"}},
        Refusal{"seed_negative", R"({"options": {"seed": -1}})", {"seed is -1", "whole"}},
        Refusal{"seed_fraction", R"({"options": {"seed": 1.5}})", {"seed is 1.5", "whole"}},
        Refusal{"speed_text", R"({"options": {"speed": "1"}})", {"speed is \"1\"", "number"}},
        Refusal{"speed_range", R"({"options": {"speed": 3}})", {"speed is 3", "0.5 to 2"}},
        Refusal{
            "silence_huge", R"({"options": {"max_silence_ms": 99999999999}})", {"max_silence_ms"}},
        Refusal{"voice_number", R"({"user_voice": 1})", {"user_voice is 1"}},
        Refusal{"voice_empty", R"({"user_voice": ""})", {"user_voice"}},
        Refusal{"voice_without_bytes", R"({"user_voice": {"x": 1}})", {"base64 is missing"}},
        Refusal{
            "voice_bad_base64", R"({"user_voice": {"base64": "A?=="}})", {"base64", "position 1"}}),
    [](const auto& row) { return std::string(row.param.name); });

struct BadText {
  const char* name;
  std::string text;
  std::vector<const char*> says;
};

class JobSyntax : public testing::TestWithParam<BadText> {};

TEST_P(JobSyntax, IsRefusedWithItsPlace) {
  const std::string message = error_of(parse_text(GetParam().text));
  for (const char* part : GetParam().says) EXPECT_THAT(message, HasSubstr(part));
  EXPECT_LT(message.size(), 400u);
}

INSTANTIATE_TEST_SUITE_P(
    Json, JobSyntax,
    testing::Values(BadText{"empty", "", {"not usable JSON"}},
                    BadText{"list", "[1]", {"is a list", "object"}},
                    BadText{"cut", "{\n  \"a\": ", {"job.json:2:"}},
                    BadText{"nan", "{\"a\": NaN}", {"job.json:1:7"}},
                    BadText{"overflow", "{\"a\": 1e999}", {"job.json:1:", "1e999"}},
                    BadText{"bad_byte", "{\"a\":\n\"x\xFF\"}", {"job.json:2:3", "UTF-8"}},
                    BadText{"overlong", "{\"a\": \"\xC0\x80\"}", {"job.json:1:", "UTF-8"}},
                    BadText{"lone_surrogate", "{\"a\": \"\\ud800\"}", {"job.json:1:", "surrogate"}},
                    BadText{"deep", std::string(100000, '['), {"deeper than 64"}},
                    BadText{"deep_objects",
                            [] {
                              std::string text;
                              for (int i = 0; i < 100; ++i) text += "{\"a\":";
                              return text;
                            }(),
                            {"deeper than 64"}},
                    BadText{"long_token", "{\"a\": " + std::string(5000, 'x'), {"job.json:1:"}},
                    BadText{"two_values", "{} {}", {"job.json:1:"}}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(JobReader, RefusesMoreThan20000Segments) {
  json job = minimal();
  for (int i = 0; i < 20000; ++i) job["segments"].push_back(job["segments"][0]);
  EXPECT_THAT(error_of(parse(job)), AllOf(HasSubstr("20001"), HasSubstr("20000")));
  job["segments"].erase(0);
  EXPECT_TRUE(parse(job));
}

class JobFile : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::filesystem::path(testing::TempDir()) /
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::create_directories(dir_);
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::filesystem::path dir_;
};

TEST_F(JobFile, ResolvesPathsFromTheFilesOwnFolder) {
  std::ofstream(dir_ / "job.json") << minimal();
  const auto job = read_job(dir_ / "job.json");
  ASSERT_TRUE(job) << job.error().message;
  EXPECT_EQ(job->source_audio, dir_ / "a.flac");
}

TEST_F(JobFile, RefusesMissingFilesFoldersAndGiants) {
  EXPECT_THAT(read_job(dir_ / "none.json").error().message, HasSubstr("no such file"));
  EXPECT_THAT(read_job(dir_).error().message, HasSubstr("is a directory"));
  std::ofstream(dir_ / "big.json") << "{}";
  std::filesystem::resize_file(dir_ / "big.json", (64u << 20) + 1);
  EXPECT_THAT(read_job(dir_ / "big.json").error().message, HasSubstr("64 MiB"));
}

}  // namespace
}  // namespace troupe::segments
