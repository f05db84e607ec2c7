#include "pipeline/dub.hpp"

#include <algorithm>

#include "core/language.hpp"
#include "core/try.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"
#include "pipeline/report_text.hpp"
#include "segments/check.hpp"
#include "segments/job_reader.hpp"
#include "segments/turns.hpp"

namespace troupe::pipeline {
namespace {

/// A job without any text is silence as long as its segments (concat) or its source (timeline).
void plan_silence(timing::Plan& plan, const Source& source) {
  if (plan.layout == Layout::timeline || source.segments.empty()) return;
  std::int64_t end = 0;
  for (const Segment& segment : source.segments) end = std::max(end, segment.span.end);
  plan.expected = end - source.segments.front().span.begin;
}

Result<void> publish(const Context& context, std::span<const Turn> turns,
                     std::span<const Spoken> spoken, OutputSet& files, double started_ms) {
  Report& report = context.report;
  const Outputs& outputs = context.outputs;
  TROUPE_CHECK(context.go_on("encode"));
  if (outputs.timeline_svg)
    TROUPE_CHECK(in_stage(files.write(*outputs.timeline_svg, timeline_svg(report)), "encode"));
  if (outputs.subtitles) {
    std::vector<std::vector<TimeRange>> phrases;
    for (const Spoken& record : spoken) phrases.push_back(record.turn.phrases);
    const std::string text = subtitles(report, turns, phrases, *outputs.subtitles);
    TROUPE_CHECK(in_stage(files.write(*outputs.subtitles, text), "encode"));
  }
  TROUPE_CHECK(in_stage(files.finish_media(), "encode"));
  report.phases_ms.encode = files.encode_ms();
  report.phases_ms.total = context.ports.clock.steady_ms() - started_ms;
  if (outputs.report_json)
    TROUPE_CHECK(in_stage(files.write(*outputs.report_json, to_json(report)), "encode"));
  return in_stage(files.publish(), "encode");
}

Result<void> run(Context& context, double started_ms) {
  const Job& job = context.job;
  TROUPE_CHECK(in_stage(segments::check_job(job), "segments"));
  TROUPE_TRY(const Layout layout, in_stage(check_outputs(job, context.outputs), "segments"));
  TROUPE_TRY(context.language, in_stage(canonical_language(job.target_language), "segments"));
  TROUPE_TRY(context.backend,
             in_stage(speech::choose_backend(context.ports.backends, job.options.backend,
                                             context.language),
                      "synthesis"));

  JobDirectory::sweep(context.settings.temp_root);
  TROUPE_TRY(
      auto directory,
      in_stage(JobDirectory::create(context.settings.temp_root, job.options.keep_temp), "decode"));
  TROUPE_TRY(auto spool,
             in_stage(AudioSpool::create(directory->path(), job.options.keep_temp), "decode"));
  if (job.options.keep_temp) context.warn("temporary files stay in " + directory->path().string());

  TROUPE_TRY(Source source, read_source(context));
  const std::vector<Turn> turns = segments::group_turns(source.segments);
  timing::Plan plan = timing::plan_layout(turns, layout, source.samples, job.options);
  if (turns.empty()) {
    plan_silence(plan, source);
    context.warn("no segment has any text to speak: the track is silent");
  }

  mix::MixRequest shape;
  if (job.options.background == Background::keep) shape.background.emplace();
  const auto picture = source.has_video ? std::optional(job.source_audio) : std::nullopt;
  TROUPE_TRY(auto files,
             in_stage(OutputSet::open({context.outputs, mix::mix_format(shape),
                                       speaking(source, turns), picture, context.language},
                                      context.ports.media, *directory, context.ports.clock),
                      "encode"));

  TROUPE_TRY(const Cast cast, cast_speakers(context, source, turns));
  TROUPE_TRY(std::vector<Spoken> spoken, speak_turns(context, turns, cast, plan, *spool));
  TROUPE_CHECK(check_spoken(spoken));
  TROUPE_TRY(const auto placements, fit_and_stretch(context, plan, spoken, *spool));
  TROUPE_TRY(const auto similarities, speaker_similarities(context, cast, turns, spoken, *spool));

  const std::int64_t length = std::max(plan.expected, actual_length(plan, placements));
  TROUPE_TRY(const mix::MixResult mixed,
             mix_track(context, source, turns, spoken, placements, length, *spool, *files));
  fill_report(context, {source, cast, turns, spoken, plan, placements, similarities, mixed});
  return publish(context, turns, spoken, *files, started_ms);
}

}  // namespace

Result<Report> dub(const Job& job, const Outputs& outputs, const Ports& ports,
                   const DubSettings& settings) {
  const double started_ms = ports.clock.steady_ms();
  Report report;
  report.message_id = job.message_id.empty() ? segments::job_hash(job) : job.message_id;
  Context context = make_context(job, outputs, ports, settings, report);

  const Result<void> done = guarded([&] { return run(context, started_ms); });
  report.phases_ms.total = ports.clock.steady_ms() - started_ms;
  if (done) {
    ports.log.info(job_log_line(report, nullptr));
    return report;
  }
  // What was refused never ran: the caller shows the one line that says why.
  if (done.error().code != Errc::bad_input && done.error().code != Errc::missing_model)
    ports.log.info(job_log_line(report, &done.error()));
  return tl::make_unexpected(done.error());
}

}  // namespace troupe::pipeline
