#include "app/paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace troupe::app {
namespace {
namespace fs = std::filesystem;

/// An unset or empty variable counts as absent, as the XDG rules say.
fs::path from(const char* variable, const fs::path& otherwise) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? fs::path(value) : otherwise;
}

}  // namespace

Paths paths_from_environment() {
  const fs::path home = from("HOME", "/");
  const fs::path data = from("XDG_DATA_HOME", home / ".local" / "share") / "troupe";
  Paths paths;
  paths.models = from("TROUPE_MODELS", data / "models");
  paths.named_voices = from("TROUPE_VOICES", data / "voices");
  paths.cache = from("XDG_CACHE_HOME", home / ".cache") / "troupe";
  paths.temp_root = from("TMPDIR", "/tmp") / ("troupe-" + std::to_string(::geteuid()));
  return paths;
}

}  // namespace troupe::app
