/// Voices on disk (spec V7): <dir>/<key>/{embedding.npy, metadata.json, conditionals.safetensors,
/// reference.wav}. Automatic ones bounded in bytes and age, named ones kept for ever.
#pragma once

#include <filesystem>
#include <memory>

#include "core/clock.hpp"
#include "core/voice_store.hpp"

namespace troupe::voices {

struct DiskStoreOptions {
  std::filesystem::path automatic_dir;  ///< $XDG_CACHE_HOME/troupe/voices
  std::filesystem::path named_dir;      ///< $TROUPE_VOICES
  std::int64_t max_automatic_bytes = 1LL << 30;
};

/// Safe with several processes on the same directories (atomic rename of whole voice folders).
std::unique_ptr<VoiceStore> make_disk_store(DiskStoreOptions options, const Clock& clock);

}  // namespace troupe::voices
