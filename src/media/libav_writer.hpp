/// Media::open_writer by libav.
#pragma once

#include <memory>

#include "core/media.hpp"

namespace troupe::media {

/// See Media::open_writer; bad_input as well when spec.video_source has no picture.
Result<std::unique_ptr<AudioWriter>> open_audio_writer(const OutputSpec& spec);

}  // namespace troupe::media
