/// manifest.json of an exported Chatterbox (tools/export_chatterbox.py;
/// docs/formats/chatterbox_model.md).
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::speech::chatterbox {

/// Ends every message about a file that is not as it should be.
inline constexpr const char* kExportAgain =
    "; export it again with tools/export_chatterbox.py (docs/chatterbox.md)";

struct Manifest {
  std::filesystem::path dir;
  std::string kind;       ///< multilingual or english
  std::string precision;  ///< of the weights: f32, bf16, int8
  std::string licence, source;
  std::string hash;   ///< SHA-256 over the weights' hashes; conditionals are tied to it
  bool tiny = false;  ///< random weights of a few megabytes, for tests
  std::map<std::string, std::filesystem::path> graphs;      ///< absolute
  std::map<std::string, std::vector<std::int64_t>> shapes;  ///< -1 where a dimension is free
  std::map<std::string, double> settings;                   ///< e.g. t3.layers
  std::map<std::string, std::uint64_t> bytes;               ///< of every file, relative names
  std::map<std::string, std::string> sha256;                ///< likewise

  /// @return missing_model naming the graph and the exporter when there is none of that name.
  Result<std::filesystem::path> graph(const std::string& name) const;
  /// @return missing_model likewise.
  Result<double> setting(const std::string& name) const;
};

/// Reads dir/manifest.json and checks that every file is there with its size; contents are hashed
/// by verify(), which reads gigabytes.
/// @return missing_model: absent, not JSON, another format version, a name that leaves the folder,
/// a file missing or of another size. One line with the remedy.
Result<Manifest> read_manifest(const std::filesystem::path& dir);

/// @return missing_model naming the first file whose SHA-256 differs.
Result<void> verify(const Manifest& manifest);

}  // namespace troupe::speech::chatterbox
