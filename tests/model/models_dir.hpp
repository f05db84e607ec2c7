/// Where the fetched models are, as the program looks for them.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace troupe::test {

inline std::filesystem::path models_dir() {
  if (const char* dir = std::getenv("TROUPE_MODELS")) return dir;
  if (const char* data = std::getenv("XDG_DATA_HOME"))
    return std::filesystem::path(data) / "troupe/models";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home ? home : "/") / ".local/share/troupe/models";
}

}  // namespace troupe::test
