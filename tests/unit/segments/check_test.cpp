#include "segments/check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace troupe::segments {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::int64_t kMinute = ms_to_samples(60'000);

Job job_of(std::vector<JobSegment> segments) {
  Job job;
  job.source_audio = "a.wav";
  job.target_language = "fr";
  job.segments = std::move(segments);
  return job;
}

JobSegment seg(const char* speaker, std::int64_t start_ms, std::int64_t end_ms,
               std::string translated = "mot") {
  return {speaker, start_ms, end_ms, "word", std::move(translated)};
}

std::string refusal(const Job& job) {
  const auto checked = check_job(job);
  if (checked) return "accepted";
  EXPECT_EQ(checked.error().code, Errc::bad_input);
  return checked.error().message;
}

TEST(CheckJob, AcceptsAPlainJob) { EXPECT_EQ(refusal(job_of({seg("A", 0, 1)})), "accepted"); }

TEST(CheckJob, RefusesWhatTheContractRefuses) {
  EXPECT_THAT(refusal(job_of({})), HasSubstr("no segments"));
  EXPECT_THAT(refusal(job_of({seg("A", 0, 9), seg("A", 900, 400)})),
              HasSubstr("segment 1: end_ms 400 is not after start_ms 900"));
  EXPECT_THAT(refusal(job_of({seg("A", 5, 5)})), HasSubstr("segment 0"));
  EXPECT_THAT(refusal(job_of({seg("A", -5, 5)})), HasSubstr("negative"));
  EXPECT_THAT(refusal(job_of({seg("A", 0, 2'000'000'000'000)})), HasSubstr("segment 0: end_ms"));
  EXPECT_THAT(refusal(job_of({seg("A", 0, 1, "a\xFF")})),
              HasSubstr("segment 0: translated_text is not valid UTF-8 at byte 1"));
  EXPECT_THAT(refusal(job_of({seg("\xED\xA0\x80", 0, 1)})), HasSubstr("speaker_id"));
  EXPECT_THAT(refusal(job_of(std::vector<JobSegment>(20'001, seg("A", 0, 1)))), HasSubstr("20001"));
  Job unknown = job_of({seg("A", 0, 1)});
  unknown.target_language = "xx";
  EXPECT_THAT(refusal(unknown), HasSubstr("target_language"));
  Job range = job_of({seg("A", 0, 1)});
  range.options.speed = 9;
  EXPECT_THAT(refusal(range), HasSubstr("speed"));
}

TEST(CheckJob, CountsTextInCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "\xC3\xA9";
  EXPECT_EQ(refusal(job_of({seg("A", 0, 1, text)})), "accepted");
  EXPECT_THAT(refusal(job_of({seg("A", 0, 1, text + "e")})), HasSubstr("100001"));
}

TEST(CheckJob, TakesAnyWellFormedSourceLanguage) {
  Job job = job_of({seg("A", 0, 1)});
  job.source_language = "wo";
  EXPECT_EQ(refusal(job), "accepted");
}

CheckedSegments checked(const Job& job, std::int64_t source = kMinute) {
  auto result = check_segments(job, source);
  EXPECT_TRUE(result) << result.error().message;
  return result ? *result : CheckedSegments{};
}

std::vector<int> indices(const CheckedSegments& c) {
  std::vector<int> list;
  for (const Segment& s : c.segments) list.push_back(s.index);
  return list;
}

TEST(CheckSegments, SortsByStartAndKeepsTheCallersIndex) {
  const auto c = checked(job_of({seg("A", 900, 1000), seg("B", 0, 100), seg("C", 900, 950)}));
  EXPECT_THAT(indices(c), ElementsAre(1, 0, 2));
  EXPECT_EQ(c.segments[1].span, (TimeRange{ms_to_samples(900), ms_to_samples(1000)}));
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST(CheckSegments, FillsSilencesAndCountsShortGapsAsNone) {
  // Spec T1: gaps below 100 ms count as 0.
  const auto c = checked(job_of({seg("A", 500, 1000), seg("B", 1099, 2000), seg("A", 2100, 3000),
                                 seg("B", 2500, 2600), seg("A", 3500, 3600)}));
  std::vector<std::pair<std::int64_t, std::int64_t>> silences;
  for (const Segment& s : c.segments)
    silences.emplace_back(s.silence_before_ms, s.silence_after_ms);
  // The last gap counts from 3000, where the longest of those before ends.
  EXPECT_THAT(silences, ElementsAre(std::pair(0, 0), std::pair(0, 100), std::pair(100, 0),
                                    std::pair(0, 500), std::pair(500, 0)));
}

TEST(CheckSegments, HonoursTheJobsOwnSilenceLimit) {
  Job job = job_of({seg("A", 0, 1000), seg("A", 1099, 2000)});
  job.options.min_silence_ms = 99;
  EXPECT_EQ(checked(job).segments[0].silence_after_ms, 99);
}

TEST(CheckSegments, CutsAtTheEndOfTheAudioWithAWarning) {
  const auto c = checked(job_of({seg("A", 0, 1500)}), ms_to_samples(1000) + 7);
  EXPECT_EQ(c.segments[0].span.end, ms_to_samples(1000) + 7);
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("segment 0"), HasSubstr("cut to 1000 ms"))));
}

TEST(CheckSegments, SaysThatATextPastTheEndIsNotSpoken) {
  const auto c = checked(job_of({seg("A", 0, 500), seg("A", 1000, 1500)}), ms_to_samples(1000));
  EXPECT_THAT(indices(c), ElementsAre(0));
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("segment 1"), HasSubstr("not spoken"))));
}

TEST(CheckSegments, RefusesAJobWhollyPastTheEnd) {
  const auto c = check_segments(job_of({seg("A", 1000, 1500)}), ms_to_samples(1000));
  ASSERT_FALSE(c);
  EXPECT_EQ(c.error().code, Errc::bad_input);
  EXPECT_THAT(c.error().message, HasSubstr("another recording"));
}

TEST(CheckSegments, MovesTheLaterStartOfASpeakersOverlap) {
  const auto c = checked(job_of({seg("A", 0, 1000), seg("A", 800, 2000), seg("B", 900, 1000)}));
  EXPECT_THAT(indices(c), ElementsAre(0, 2, 1)) << "sorted by the moved start";
  EXPECT_EQ(c.segments[2].span.begin, ms_to_samples(1000));
  EXPECT_THAT(c.warnings, ElementsAre(AllOf(HasSubstr("segment 1: overlaps segment 0"),
                                            HasSubstr("from 800 ms to 1000 ms"))));
}

TEST(CheckSegments, LosesNoWordsOfASegmentInsideAnother) {
  const auto c = checked(job_of({seg("A", 0, 1000, "un"), seg("A", 200, 300, "deux"),
                                 seg("A", 400, 1000, "trois"), seg("B", 200, 300, "quatre")}));
  EXPECT_THAT(indices(c), ElementsAre(0, 3));
  EXPECT_EQ(c.segments[0].translated_text, "un deux trois");
  EXPECT_EQ(c.segments[0].text, "word word word");
  EXPECT_EQ(c.warnings.size(), 2u);
}

TEST(CheckSegments, LetsDifferentSpeakersOverlap) {
  const auto c = checked(job_of({seg("A", 0, 1000), seg("B", 200, 1200)}));
  EXPECT_EQ(c.segments[1].span.begin, ms_to_samples(200));
  EXPECT_THAT(c.warnings, IsEmpty());
}

TEST(CheckSegments, SilencesTextsWithoutWords) {
  const auto c = checked(
      job_of({seg("A", 0, 1, ""), seg("A", 2, 3, " \xC2\xA0\t"), seg("A", 4, 5, "\xE2\x80\xA6 ?!"),
              seg("A", 6, 7, "3"), seg("A", 8, 9, "\xE4\xBD\xA0"), seg("A", 10, 11, "  ok \n")}));
  EXPECT_EQ(c.segments[0].translated_text, "");
  EXPECT_EQ(c.segments[1].translated_text, "");
  EXPECT_EQ(c.segments[2].translated_text, "");
  EXPECT_EQ(c.segments[3].translated_text, "3");
  EXPECT_EQ(c.segments[4].translated_text, "\xE4\xBD\xA0");
  EXPECT_EQ(c.segments[5].translated_text, "ok");
  EXPECT_THAT(c.warnings,
              ElementsAre(HasSubstr("segment 0"), HasSubstr("segment 1"), HasSubstr("segment 2")));
}

TEST(CheckSegments, WarnsOfLongTexts) {
  EXPECT_THAT(checked(job_of({seg("A", 0, 1, std::string(500, 'a'))})).warnings, IsEmpty());
  EXPECT_THAT(checked(job_of({seg("A", 0, 1, std::string(501, 'a'))})).warnings,
              ElementsAre(AllOf(HasSubstr("segment 0"), HasSubstr("501"))));
}

TEST(CheckJob, UserVoiceWithoutItsSpeakerIsRefused) {
  Job job = job_of({seg("A", 0, 1)});
  job.user_voice = UserVoice{"me", {}};
  const auto refused = check_job(job);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::bad_input);
  EXPECT_THAT(refused.error().message, HasSubstr("user_speaker_id"));
  job.user_speaker_id = "A";
  EXPECT_TRUE(check_job(job));
}

TEST(CheckSegments, WarnsOfAUserWhoDoesNotSpeak) {
  Job job = job_of({seg("A", 0, 1)});
  job.warnings = {"from reading"};
  job.user_speaker_id = "Z";
  EXPECT_THAT(checked(job).warnings, ElementsAre("from reading", HasSubstr("\"Z\"")));
}

}  // namespace
}  // namespace troupe::segments
