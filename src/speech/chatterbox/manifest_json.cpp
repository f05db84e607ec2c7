#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/sha256.hpp"
#include "core/try.hpp"
#include "speech/chatterbox/manifest.hpp"

namespace troupe::speech::chatterbox {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kFormat = "troupe.chatterbox/1";
constexpr std::uintmax_t kMostBytes = 1 << 20;

Fail unusable(const fs::path& path, const std::string& why) {
  return fail(Errc::missing_model, path.string() + ": " + why + kExportAgain);
}

/// Stays below the folder: a manifest may come from anywhere.
bool is_inside(const std::string& name) {
  const fs::path path(name);
  return !name.empty() && path.is_relative() &&
         std::none_of(path.begin(), path.end(), [](const fs::path& part) { return part == ".."; });
}

bool is_hash(const std::string& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

}  // namespace

Result<fs::path> Manifest::graph(const std::string& name) const {
  const auto found = graphs.find(name);
  if (found == graphs.end())
    return unusable(dir / "manifest.json", "names no graph '" + name + "'");
  return found->second;
}

Result<double> Manifest::setting(const std::string& name) const {
  const auto found = settings.find(name);
  if (found == settings.end())
    return unusable(dir / "manifest.json", "has no setting '" + name + "'");
  return found->second;
}

Result<Manifest> read_manifest(const fs::path& dir) {
  const fs::path path = dir / "manifest.json";
  std::error_code error;
  const auto size = fs::file_size(path, error);
  if (error) return unusable(path, "is missing");
  if (size > kMostBytes) return unusable(path, "is no manifest: above 1 MiB");
  std::ifstream file(path, std::ios::binary);
  const json content = json::parse(file, nullptr, false);
  if (!content.is_object()) return unusable(path, "is not a JSON object");
  Manifest manifest;
  manifest.dir = dir;
  try {
    if (content.at("format") != kFormat)
      return unusable(path,
                      "format " + content.at("format").dump() + ", this build reads " + kFormat);
    manifest.kind = content.at("kind").get<std::string>();
    manifest.precision = content.at("precision").get<std::string>();
    manifest.licence = content.at("licence").get<std::string>();
    manifest.source = content.at("source").get<std::string>();
    manifest.tiny = content.at("tiny").get<bool>();
    manifest.shapes = content.at("shapes").get<decltype(manifest.shapes)>();
    manifest.settings = content.at("settings").get<decltype(manifest.settings)>();
    Sha256 all;
    for (const auto& [name, entry] : content.at("files").items()) {
      if (!is_inside(name)) return unusable(path, "names a file outside its folder");
      manifest.bytes[name] = entry.at("bytes").get<std::uint64_t>();
      const auto hash = manifest.sha256[name] = entry.at("sha256").get<std::string>();
      if (!is_hash(hash)) return unusable(path, "the hash of " + name + " is no SHA-256");
      all.update(name + '\0' + hash + '\n');
    }
    manifest.hash = std::move(all).hex();
    for (const auto& [name, file_name] :
         content.at("graphs").get<std::map<std::string, std::string>>()) {
      if (!manifest.sha256.contains(file_name))
        return unusable(path, "graph '" + name + "' is not among its files");
      manifest.graphs[name] = dir / file_name;
    }
  } catch (const json::exception&) {
    return unusable(path, "lacks a field or has one of the wrong type");
  }
  for (const auto& [name, bytes] : manifest.bytes) {
    const auto found = fs::file_size(dir / name, error);
    if (error) return unusable(dir / name, "is missing");
    if (found != bytes)
      return unusable(dir / name, "has " + std::to_string(found) + " bytes, the manifest says " +
                                      std::to_string(bytes) + ": truncated or another export's");
  }
  return manifest;
}

Result<void> verify(const Manifest& manifest) {
  for (const auto& [name, expected] : manifest.sha256) {
    const fs::path path = manifest.dir / name;
    std::ifstream file(path, std::ios::binary);
    if (!file) return unusable(path, "cannot be read");
    Sha256 hash;
    std::string block(1 << 20, '\0');
    while (file) {
      file.read(block.data(), static_cast<std::streamsize>(block.size()));
      hash.update(std::string_view(block.data(), static_cast<std::size_t>(file.gcount())));
    }
    if (std::move(hash).hex() != expected) return unusable(path, "is corrupt (SHA-256 differs)");
  }
  return {};
}

}  // namespace troupe::speech::chatterbox
