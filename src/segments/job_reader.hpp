/// Job JSON (contract.md) and its WhisperX spelling -> Job. Unknown keys are kept out, not errors.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "troupe/job.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

/// @param origin shown in messages ("job.json"). @param base_dir relative paths start here.
/// Includes check_job(). Segments count from 0; null counts as absent; unknown options and
/// segments without a speaker become warnings of the job.
/// @return bad_input with file, place (line, segment index, key), value and remedy in one line.
Result<Job> parse_job(std::string_view json, const std::string& origin,
                      const std::filesystem::path& base_dir);

/// parse_job of a file's content; a file over 64 MiB is refused.
Result<Job> read_job(const std::filesystem::path& path);

/// The default message_id: FNV-1a 64 in 16 hex digits over what decides the result (the source's
/// file name without folders, languages, user voice, segments, options except keep_temp, strict and
/// voice_max_age_days).
std::string job_hash(const Job& job);

}  // namespace troupe::segments
