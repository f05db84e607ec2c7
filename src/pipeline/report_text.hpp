/// The report in words: names of enums, the log line, subtitles.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/turn.hpp"
#include "troupe/report.hpp"
#include "troupe/result.hpp"

namespace troupe {

constexpr const char* name_of(VoiceKind kind) {
  switch (kind) {
    case VoiceKind::cloned:
      return "cloned";
    case VoiceKind::preset:
      return "preset";
    case VoiceKind::generic:
      break;
  }
  return "generic";
}

constexpr const char* name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::cloned:
      return "cloned";
    case Verdict::preset:
      return "preset";
    case Verdict::generic:
      return "generic";
    case Verdict::weak:
      return "weak";
    case Verdict::failed:
      break;
  }
  return "failed";
}

constexpr const char* name_of(Errc code) {
  switch (code) {
    case Errc::bad_input:
      return "bad_input";
    case Errc::missing_model:
      return "missing_model";
    case Errc::io:
      return "io";
    case Errc::backend:
      return "backend";
    case Errc::unsupported:
      return "unsupported";
    case Errc::too_few_spoken:
      return "too_few_spoken";
    case Errc::cancelled:
      return "cancelled";
    case Errc::internal:
      break;
  }
  return "internal";
}

namespace pipeline {

/// One line of JSON: event, message_id, outcome (done | cancelled | failed), turns, ok, all phase
/// timings, and the error where there is one (spec R2).
std::string job_log_line(const Report& report, const Error* error);

/// What is spoken and when, as WebVTT or SubRip by the path's extension; cues of at most 84
/// characters, their times shared out by length. Failed turns are left out.
/// @param turns of the report, same order. @param phrases where each turn's phrases lie in its
/// final audio.
std::string subtitles(const Report& report, std::span<const Turn> turns,
                      std::span<const std::vector<TimeRange>> phrases,
                      const std::filesystem::path& path);

}  // namespace pipeline
}  // namespace troupe
