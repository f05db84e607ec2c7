#include "media/libav_media.hpp"

extern "C" {
#include <libavutil/log.h>
}

#include "media/libav_reader.hpp"
#include "media/libav_writer.hpp"

namespace troupe::media {
namespace {

class LibavMedia : public Media {
 public:
  // The library never prints, and libav would, for every damaged packet.
  LibavMedia() { av_log_set_level(AV_LOG_QUIET); }

  Result<MediaInfo> decode(const std::filesystem::path& path, const DecodeFormat& format,
                           const BlockSink& sink, std::stop_token stop) const override {
    return read_audio(path, format, sink, std::move(stop));
  }
  Result<std::unique_ptr<AudioWriter>> open_writer(const OutputSpec& spec) const override {
    return open_audio_writer(spec);
  }
};

}  // namespace

std::unique_ptr<Media> make_libav_media() { return std::make_unique<LibavMedia>(); }

}  // namespace troupe::media
