/// Media::decode by libav.
#pragma once

#include "core/media.hpp"

namespace troupe::media {

/// See Media::decode. Damaged packets in the middle are left out (silence where their time was).
Result<MediaInfo> read_audio(const std::filesystem::path& path, const DecodeFormat& format,
                             const BlockSink& sink, std::stop_token stop);

}  // namespace troupe::media
