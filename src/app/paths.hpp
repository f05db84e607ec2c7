/// Where Troupe keeps things (contract.md; docs/formats/cli.md).
#pragma once

#include <filesystem>

namespace troupe::app {

struct Paths {
  std::filesystem::path models;        ///< $TROUPE_MODELS, $XDG_DATA_HOME/troupe/models
  std::filesystem::path named_voices;  ///< $TROUPE_VOICES, $XDG_DATA_HOME/troupe/voices
  std::filesystem::path cache;         ///< $XDG_CACHE_HOME/troupe
  std::filesystem::path temp_root;     ///< $TMPDIR/troupe-<uid>
};

Paths paths_from_environment();

}  // namespace troupe::app
