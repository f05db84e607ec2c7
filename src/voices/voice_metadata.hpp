/// metadata.json of a stored voice (docs/formats/voice.md).
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe::voices {

/// Everything about a stored voice that is not an array.
struct VoiceMetadata {
  std::string stored_as;  ///< the key or the name that it is stored under
  std::int64_t created_unix_s = 0;
  std::map<std::string, std::string> files;  ///< file name -> SHA-256
  Voice voice;  ///< kind, name, f0_hz, quality, similarity; no conditionals, no embedding
};

/// @return bad_input when a name is not UTF-8.
Result<std::string> write_metadata(const VoiceMetadata& metadata);
/// @return bad_input when it is not this version's metadata.
Result<VoiceMetadata> parse_metadata(std::string_view text, std::string_view origin);

}  // namespace troupe::voices
