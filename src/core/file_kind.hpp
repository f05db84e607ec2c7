/// What the names of files say about them, and how names are shown.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "troupe/result.hpp"

namespace troupe {

/// The extension with its dot, ASCII letters in lower case; empty when there is none.
std::string extension(const std::filesystem::path& path);

/// @return bad_input naming the extensions that a track can be written with.
Result<void> check_track_name(const std::filesystem::path& path);

/// Control characters, line ends among them, as '?': names, ids and texts are data, and must
/// neither break a line nor reach a terminal as a command.
std::string printable(std::string_view text);

}  // namespace troupe
