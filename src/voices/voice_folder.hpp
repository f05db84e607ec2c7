/// One voice <-> one folder of files (spec V7). The folder's place and life are disk_store's.
#pragma once

#include <filesystem>
#include <string>

#include "core/audio.hpp"
#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe::voices {

struct StoredVoice {
  VoicePtr voice;
  std::string stored_as;  ///< key or name
  std::int64_t created_unix_s = 0;
};

/// Writes all files into `folder`, which must exist and be empty. @return io when the disk refuses.
Result<void> write_voice_folder(const std::filesystem::path& folder, const std::string& stored_as,
                                std::int64_t created_unix_s, const Voice& voice,
                                const AudioBuffer* reference);

/// Every file is checked against its SHA-256 in metadata.json. @return bad_input naming the file
/// that is missing, damaged or of another format version; io when it cannot be read now.
Result<StoredVoice> read_voice_folder(const std::filesystem::path& folder);

/// The name or key in `folder`'s metadata alone. @return bad_input when it cannot be read.
Result<std::string> read_stored_as(const std::filesystem::path& folder);

/// Mono 16-bit PCM WAV.
std::vector<std::uint8_t> wav_bytes(const AudioBuffer& audio);

}  // namespace troupe::voices
