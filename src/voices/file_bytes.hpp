/// Small files as bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::voices {

/// Whole file, 64 MiB at most. @return io when it is missing or cannot be read, bad_input when
/// it is larger.
Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path);
/// @return io when the disk refuses.
Result<void> write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

}  // namespace troupe::voices
