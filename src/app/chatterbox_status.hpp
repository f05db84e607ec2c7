/// What `troupe models` and `troupe doctor` say of Chatterbox, which no package carries.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "troupe/result.hpp"

namespace troupe::app {

struct ChatterboxStatus {
  bool installed = false;       ///< its folder has a manifest
  std::string version, detail;  ///< e.g. "multilingual int8"; one line for people
  std::uintmax_t bytes = 0;
  Result<void> sound;  ///< missing_model when installed but not whole
};

/// @param models folder of all models; Chatterbox's is below it. @param hashes read every file.
ChatterboxStatus chatterbox_status(const std::filesystem::path& models, bool hashes);

/// Hub name, files, licence, size and the command that prepares them: one line.
std::string how_to_get_chatterbox(const std::filesystem::path& models);

}  // namespace troupe::app
