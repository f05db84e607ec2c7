/// The picture of one file copied into another, packet by packet, without re-encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "media/libav_common.hpp"
#include "media/libav_input.hpp"
#include "troupe/result.hpp"

namespace troupe::media {

class PictureCopy {
 public:
  /// Adds one stream to `out` per moving picture of `source`, with the file's metadata, chapters
  /// and each stream's side data (rotation). @param target the written file's name, for errors.
  /// @return bad_input when source has no picture or its codec cannot be put in the container.
  static Result<std::unique_ptr<PictureCopy>> open(const std::filesystem::path& source,
                                                   const std::string& target, AVFormatContext& out);

  /// Muxes packets until the picture has reached `until_us` (file time); all of it when negative.
  Result<void> copy_until(std::int64_t until_us);

 private:
  PictureCopy(std::unique_ptr<LibavInput> input, std::string source, AVFormatContext& out);
  Result<void> add_stream(const AVStream& from, const std::string& target);
  Result<void> mux(AVPacket& packet);

  struct Route {
    int to = -1;                ///< stream of out, -1: not copied
    std::int64_t last_dts = 0;  ///< in that stream's time base
    bool begun = false;
  };

  std::unique_ptr<LibavInput> input_;
  std::string source_;
  AVFormatContext& out_;
  std::vector<Route> routes_;  // by stream of input
  AvPtr<AVPacket> packet_;
  std::int64_t origin_us_;
  std::int64_t reached_us_;
  bool ended_ = false;
};

}  // namespace troupe::media
