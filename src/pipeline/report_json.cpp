#include <nlohmann/json.hpp>

#include "pipeline/report_text.hpp"
#include "troupe/report.hpp"

namespace troupe {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json quality_json(const std::optional<VoiceQuality>& quality) {
  if (!quality) return nullptr;
  return {{"snr_db", quality->snr_db},
          {"clipping_percent", quality->clipping_percent},
          {"silence_percent", quality->silence_percent},
          {"speech_rms_dbfs", quality->speech_rms_dbfs},
          {"speech_ms", quality->speech_ms},
          {"score", quality->score}};
}

Json phases_json(const PhaseTimings& phases) {
  return {{"decode", phases.decode}, {"voices", phases.voices}, {"synthesis", phases.synthesis},
          {"timing", phases.timing}, {"mix", phases.mix},       {"encode", phases.encode},
          {"total", phases.total}};
}

Json speaker_json(const SpeakerReport& speaker) {
  return {{"id", speaker.id},
          {"segments", speaker.segments},
          {"speech_ms", speaker.speech_ms},
          {"speech_percent", speaker.speech_percent},
          {"voice", name_of(speaker.voice)},
          {"voice_name", speaker.voice_name},
          {"reused", speaker.reused},
          {"reason", speaker.reason},
          {"quality", quality_json(speaker.quality)},
          {"similarity", or_null(speaker.similarity)},
          {"conditionals_computed", speaker.conditionals_computed}};
}

Json segment_json(const SegmentReport& segment) {
  return {{"index", segment.index},
          {"speaker", segment.speaker},
          {"start_ms", segment.start_ms},
          {"end_ms", segment.end_ms},
          {"silence_before_ms", segment.silence_before_ms},
          {"silence_after_ms", segment.silence_after_ms},
          {"turn", or_null(segment.turn)}};
}

Json turn_json(const TurnReport& turn) {
  return {{"index", turn.index},
          {"speaker", turn.speaker},
          {"segments", turn.segments},
          {"text", turn.text},
          {"backend", turn.backend},
          {"voice", turn.voice},
          {"attempts", turn.attempts},
          {"seed", turn.seed},
          {"ok", turn.ok},
          {"error", turn.error},
          {"verdict", name_of(turn.verdict)},
          {"target_ms", turn.target_ms},
          {"natural_ms", turn.natural_ms},
          {"final_ms", turn.final_ms},
          {"stretch", turn.stretch},
          {"after_stretch", turn.after_stretch},
          {"overflow_ms", turn.overflow_ms},
          {"original_start_ms", turn.original_start_ms},
          {"original_end_ms", turn.original_end_ms},
          {"planned_start_ms", turn.planned_start_ms},
          {"start_ms", turn.start_ms},
          {"onset_ms", or_null(turn.onset_ms)},
          {"similarity", or_null(turn.similarity)}};
}

Json result_json(const ResultReport& result) {
  return {{"turns", result.turns},
          {"ok", result.ok},
          {"success_rate", result.success_rate},
          {"expected_ms", result.expected_ms},
          {"actual_ms", result.actual_ms},
          {"drift_percent", result.drift_percent},
          {"fit_error_percent", result.fit_error_percent},
          {"loudness_lufs", result.loudness_lufs},
          {"source_loudness_lufs", or_null(result.source_loudness_lufs)},
          {"true_peak_dbtp", result.true_peak_dbtp}};
}

Json engine_json(const EngineReport& engine) {
  return {{"backend", engine.backend},
          {"model", engine.model},
          {"device", engine.device},
          {"precision", engine.precision},
          {"threads", engine.threads}};
}

/// Ids and errors may hold bytes that are not UTF-8; a report is written all the same.
std::string dump(const Json& json, int indent) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string to_json(const Report& report) {
  Json json = {{"schema", "troupe.report/1"},
               {"message_id", report.message_id},
               {"phases_ms", phases_json(report.phases_ms)},
               {"source_decodes", report.source_decodes},
               {"speakers", Json::array()},
               {"segments", Json::array()},
               {"turns", Json::array()},
               {"result", result_json(report.result)},
               {"engine", engine_json(report.engine)},
               {"warnings", report.warnings}};
  for (const SpeakerReport& speaker : report.speakers)
    json["speakers"].push_back(speaker_json(speaker));
  for (const SegmentReport& segment : report.segments)
    json["segments"].push_back(segment_json(segment));
  for (const TurnReport& turn : report.turns) json["turns"].push_back(turn_json(turn));
  return dump(json, 1) + "\n";
}

namespace pipeline {

std::string job_log_line(const Report& report, const Error* error) {
  Json json = {{"event", "job"},
               {"message_id", report.message_id},
               {"outcome", error == nullptr                 ? "done"
                           : error->code == Errc::cancelled ? "cancelled"
                                                            : "failed"},
               {"turns", report.result.turns},
               {"ok", report.result.ok},
               {"phases_ms", phases_json(report.phases_ms)}};
  if (error != nullptr) json["error"] = error->message;
  return dump(json, -1);
}

}  // namespace pipeline
}  // namespace troupe
