#include "media/output_format.hpp"

#include <algorithm>
#include <array>

#include "core/file_kind.hpp"
#include "core/try.hpp"
#include "media/name_of.hpp"

namespace troupe::media {
namespace {

// Opus in mkv: better than AAC at the same rate, and its exact length survives there.
constexpr std::array kFormats = {
    OutputFormat{".wav", "wav", "pcm_s16le", 0, false, false},
    OutputFormat{".flac", "flac", "flac", 0, false, false},
    OutputFormat{".mp3", "mp3", "libmp3lame", 96000, false, false},
    OutputFormat{".opus", "opus", "libopus", 64000, false, false},
    OutputFormat{".m4a", "ipod", "aac", 96000, false, false},
    OutputFormat{".mp4", "mp4", "aac", 96000, true, false},
    OutputFormat{".mkv", "matroska", "libopus", 64000, true, true},
};

}  // namespace

Result<OutputFormat> output_format(const std::filesystem::path& path) {
  TROUPE_CHECK(check_track_name(path));
  const auto* found = std::find_if(kFormats.begin(), kFormats.end(), [&](const OutputFormat& f) {
    return extension(path) == f.extension;
  });
  if (found != kFormats.end()) return *found;
  return fail(Errc::internal, name_of(path) + ": no format is known for this extension");
}

}  // namespace troupe::media
