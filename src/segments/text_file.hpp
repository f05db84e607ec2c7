/// A whole text file, bounded.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "troupe/result.hpp"

namespace troupe::segments {

inline constexpr std::size_t kMaxTextFileBytes = 64u << 20;

/// @return the content as it is; bad_input when missing, not a file, or over 64 MiB; io when
/// reading fails.
Result<std::string> read_text_file(const std::filesystem::path& path);

}  // namespace troupe::segments
