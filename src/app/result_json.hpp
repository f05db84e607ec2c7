/// JSON that commands print with --json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "troupe/report.hpp"
#include "troupe/result.hpp"

namespace troupe::app {

std::string error_json(const Error& error);

/// {"output": ..., "report": the report without its turns and segments}
std::string dub_json(const std::filesystem::path& output, const Report& report);

/// Flat object of strings, numbers kept as they are written in `raw`.
struct Field {
  std::string name, value;
  bool raw = false;  ///< value is JSON already
};
std::string object_json(const std::vector<Field>& fields);
std::string array_json(const std::vector<std::string>& raw_items);
std::string string_json(const std::string& text);

/// The models' manifest (tools/fetch_models.py writes it).
struct ModelFile {
  std::string path, sha256;
  std::uintmax_t bytes = 0;
};
struct ModelEntry {
  std::string name, version, licence;
  std::vector<ModelFile> files;
};
/// @return missing_model when there is none or it cannot be read.
Result<std::vector<ModelEntry>> read_manifest(const std::filesystem::path& models);

}  // namespace troupe::app
