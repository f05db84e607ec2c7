/// Job JSON (contract.md) and its WhisperX spelling -> Job. Unknown keys are kept out, not errors.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "troupe/job.hpp"
#include "troupe/result.hpp"

namespace troupe::segments {

/// @param origin shown in messages ("job.json"). @param base_dir relative paths start here.
/// @return bad_input with file, place (byte, segment index, key), value and remedy in one line.
Result<Job> parse_job(std::string_view json, const std::string& origin,
                      const std::filesystem::path& base_dir);

/// parse_job of a file's content; a file over 64 MiB is refused.
Result<Job> read_job(const std::filesystem::path& path);

}  // namespace troupe::segments
