/// What each file extension means: container, codec, bit rate.
#pragma once

#include <cstdint>
#include <filesystem>

#include "troupe/result.hpp"

namespace troupe::media {

struct OutputFormat {
  const char* extension;              ///< with its dot, lower case
  const char* muxer;                  ///< libav's name
  const char* encoder;                ///< libav's name
  std::int64_t bit_rate_per_channel;  ///< 0 for lossless
  bool picture;                       ///< can carry video
  bool bibliographic_language;        ///< wants ISO 639-2/B ("fre") instead of /T ("fra")
};

/// By the path's extension, any case. @return bad_input naming the legal ones.
Result<OutputFormat> output_format(const std::filesystem::path& path);

}  // namespace troupe::media
