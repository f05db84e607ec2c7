#include <algorithm>
#include <cstdio>
#include <iostream>
#include <map>
#include <system_error>

#include "app/commands.hpp"
#include "app/progress.hpp"
#include "app/result_json.hpp"
#include "app/wiring.hpp"
#include "core/language.hpp"
#include "core/try.hpp"
#include "pipeline/outputs.hpp"
#include "pipeline/report_text.hpp"
#include "segments/check.hpp"
#include "segments/job_reader.hpp"
#include "segments/transcripts.hpp"

namespace troupe::app {
namespace {

/// The parser has refused every other word.
template <class T>
void set(T& option, const std::optional<std::string>& flag, const std::map<std::string, T>& words) {
  if (flag) option = words.at(*flag);
}

void apply_flags(Options& options, const DubFlags& flags) {
  set(options.layout, flags.layout,
      {{"auto", Layout::automatic}, {"concat", Layout::concat}, {"timeline", Layout::timeline}});
  set(options.clone_effort, flags.clone_effort,
      {{"fast", CloneEffort::fast},
       {"balanced", CloneEffort::balanced},
       {"best", CloneEffort::best}});
  set(options.speech_effort, flags.speech_effort,
      {{"full", SpeechEffort::full}, {"fast", SpeechEffort::fast}});
  set(options.background, flags.background,
      {{"keep", Background::keep}, {"drop", Background::drop}});
  if (flags.backend) options.backend = *flags.backend;
  if (flags.seed) options.seed = *flags.seed;
  if (flags.no_fit) options.fit = false;
  if (flags.keep_temp) options.keep_temp = true;
  if (flags.strict) options.strict = true;
}

Result<Job> read_request(const DubFlags& flags) {
  Job job;
  if (!flags.job.empty()) {
    TROUPE_TRY(job, segments::read_job(flags.job));
  } else {
    job.source_audio = flags.source;
    TROUPE_TRY(job.segments, segments::read_segments(flags.segments));
    if (!flags.translations.empty())
      TROUPE_CHECK(segments::apply_translations(job.segments, flags.translations));
    if (std::all_of(job.segments.begin(), job.segments.end(),
                    [](const JobSegment& s) { return s.translated_text.empty(); }))
      return fail(Errc::bad_input, flags.segments.string() +
                                       ": no segment has a translated_text; give --translations");
  }
  if (!flags.to.empty()) job.target_language = flags.to;
  apply_flags(job.options, flags);
  return job;
}

/// What can be refused is refused before models load.
Result<void> check_early(const Job& job, const pipeline::Outputs& outputs, bool job_file) {
  TROUPE_CHECK(segments::check_job(job));
  TROUPE_CHECK(pipeline::check_outputs(job, outputs));
  std::error_code error;
  if (!std::filesystem::exists(job.source_audio, error))
    return fail(Errc::bad_input, job.source_audio.string() + ": no such file; " +
                                     (job_file ? "source_audio is looked up beside the job file"
                                               : "check --source"));
  return {};
}

bool imperfect(const Report& report) {
  for (const TurnReport& turn : report.turns)
    if (turn.verdict == Verdict::generic || turn.verdict == Verdict::failed) return true;
  return false;
}

void print_summary(const Console& console, const std::filesystem::path& output,
                   const Report& report) {
  if (console.json) {
    std::cout << dub_json(output, report) << std::endl;
    return;
  }
  char line[256];
  std::snprintf(line, sizeof line, ": %d of %d turns spoken, %.1f s, drift %.2f %%, took %.1f s",
                report.result.ok, report.result.turns,
                static_cast<double>(report.result.actual_ms) / 1000, report.result.drift_percent,
                report.phases_ms.total / 1000);
  say(console, output.string() + line);
  for (const SpeakerReport& speaker : report.speakers) {
    line[0] = '\0';
    if (speaker.similarity)
      std::snprintf(line, sizeof line, ", similarity %.2f", *speaker.similarity);
    say(console, "  " + speaker.id + ": " + name_of(speaker.voice) + line +
                     (speaker.reason.empty() ? "" : " (" + speaker.reason + ")"));
  }
}

Result<int> dub_job(const DubFlags& flags, const Console& console, Log& log) {
  TROUPE_TRY(const Job job, read_request(flags));
  const pipeline::Outputs outputs{
      flags.output,    flags.report, flags.timeline_svg,
      flags.subtitles, flags.stems,  {flags.job, flags.segments, flags.translations}};
  TROUPE_CHECK(check_early(job, outputs, !flags.job.empty()));
  TROUPE_TRY(const std::string language, canonical_language(job.target_language));
  TROUPE_TRY(const auto world, World::open(console.paths, log,
                                           {.backend = job.options.backend, .language = language}));
  pipeline::DubSettings settings;
  settings.workers = flags.workers;
  settings.temp_root = console.paths.temp_root;
  settings.stop = console.stop;
  settings.progress = make_progress(console.quiet);
  const auto report = pipeline::dub(job, outputs, world->ports(), settings);
  end_progress(console.quiet);
  if (!report) return tl::make_unexpected(report.error());
  print_summary(console, flags.output, *report);
  return job.options.strict && imperfect(*report) ? kImperfect : kDone;
}

}  // namespace

int run_dub(const DubFlags& flags, const Console& console) {
  const auto log = make_stderr_log(console.quiet);
  const auto code = dub_job(flags, console, *log);
  return code ? *code : report_error(console, code.error());
}

}  // namespace troupe::app
