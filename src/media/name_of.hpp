/// File names in error lines.
#pragma once

#include <filesystem>
#include <string>

namespace troupe::media {

/// The path with control characters as '?', so that an error line stays one line.
std::string name_of(const std::filesystem::path& path);

}  // namespace troupe::media
