/// Port: files <-> samples. Implementation: libav (media/), in-memory and counting fakes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "troupe/result.hpp"

namespace troupe {

/// What was found while decoding; complete only after the last block.
struct MediaInfo {
  std::string container, codec;
  int sample_rate_hz = 0;  ///< of the file's first audio stream
  int channels = 0;
  std::int64_t samples = 0;  ///< decoded, per channel, at the requested rate
  bool has_video = false;
};

/// Shape asked of the decoder; channels are down- or up-mixed.
struct DecodeFormat {
  int sample_rate_hz = 24000;
  int channels = 1;
};

/// Consecutive interleaved f32 samples; returning an error stops the decoder with that error.
using BlockSink = std::function<Result<void>(std::span<const float> interleaved)>;

/// Streaming writer into OutputSpec::temp_path; the final name is never touched. After finish() the
/// temp file is complete, on the disk, and the caller's to rename or remove; destroyed without
/// finish(), the writer removes it.
class AudioWriter {
 public:
  virtual ~AudioWriter() = default;
  virtual Result<void> write(std::span<const float> interleaved) = 0;
  virtual Result<void> finish() = 0;
};

/// How to write. The container follows from the path's extension: wav flac mp3 opus m4a mp4 mkv.
struct OutputSpec {
  std::filesystem::path path;       ///< gives the extension, and the name that errors show
  std::filesystem::path temp_path;  ///< what is written; see pipeline/job_directory.hpp
  int sample_rate_hz = 24000;
  int channels = 1;
  std::optional<std::filesystem::path> video_source;  ///< mp4, mkv: picture copied, not re-encoded
  std::string language;                               ///< BCP-47, written as stream metadata
};

class Media {
 public:
  virtual ~Media() = default;

  /// Decodes the first audio stream once, from start to end, in blocks of bounded size.
  /// Gaps and a late first timestamp become silence so that sample positions equal file times.
  /// @return bad_input (missing, empty, not media, no sound), io, or the sink's own error.
  virtual Result<MediaInfo> decode(const std::filesystem::path& path, const DecodeFormat& format,
                                   const BlockSink& sink, std::stop_token stop) const = 0;

  /// @return bad_input for an unknown extension (naming the legal ones), io when not writable.
  virtual Result<std::unique_ptr<AudioWriter>> open_writer(const OutputSpec& spec) const = 0;
};

}  // namespace troupe
