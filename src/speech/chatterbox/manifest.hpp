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

struct Manifest {
  std::filesystem::path dir;
  std::string kind;       ///< multilingual or english
  std::string precision;  ///< of the weights: f32, bf16, int8
  std::string hash;       ///< SHA-256 over all files' hashes; conditionals are tied to it
  bool tiny = false;      ///< random weights of a few megabytes, for tests
  std::map<std::string, std::filesystem::path> graphs;      ///< absolute
  std::map<std::string, std::vector<std::int64_t>> shapes;  ///< -1 where a dimension is free
  std::map<std::string, double> settings;                   ///< e.g. t3.layers
};

}  // namespace troupe::speech::chatterbox
