#include "app/chatterbox_status.hpp"

#include <system_error>

#include "speech/chatterbox/manifest.hpp"

namespace troupe::app {
namespace fs = std::filesystem;

std::string how_to_get_chatterbox(const fs::path& models) {
  return "get t3_mtl23ls_v2.safetensors, s3gen.pt, ve.pt, conds.pt and "
         "grapheme_mtl_merged_expanded_v1.json of ResembleAI/chatterbox (Hugging Face, MIT, 3.2 "
         "GB), then run tools/export_chatterbox.py FOLDER -o " +
         (models / "chatterbox").string() + " --precision int8 (docs/chatterbox.md)";
}

ChatterboxStatus chatterbox_status(const fs::path& models, bool hashes) {
  ChatterboxStatus status;
  const fs::path folder = models / "chatterbox";
  std::error_code error;
  if (!fs::exists(folder / "manifest.json", error)) {
    status.detail = "not installed, optional; " + how_to_get_chatterbox(models);
    return status;
  }
  status.installed = true;
  const auto manifest = speech::chatterbox::read_manifest(folder);
  if (!manifest) {
    status.sound = tl::make_unexpected(manifest.error());
    status.detail = manifest.error().message;
    return status;
  }
  status.version = manifest->kind + " " + manifest->precision;
  for (const auto& [name, bytes] : manifest->bytes) status.bytes += bytes;
  if (hashes) status.sound = speech::chatterbox::verify(*manifest);
  status.detail = status.sound ? status.version + ", " + manifest->source + " in " + folder.string()
                               : status.sound.error().message;
  return status;
}

}  // namespace troupe::app
