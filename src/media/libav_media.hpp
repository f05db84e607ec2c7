/// The one reader and writer of media files (libav, libsoxr). Formats: docs/formats/media.md.
#pragma once

#include <cstddef>
#include <memory>

#include "core/media.hpp"

namespace troupe::media {

/// Upper bound of a block given to BlockSink, in samples per channel.
inline constexpr std::size_t kMaxBlockFrames = 16384;

/// Thread-safe: every call opens its own file. Silences libav's own log for the whole process.
std::unique_ptr<Media> make_libav_media();

}  // namespace troupe::media
