/// Ownership of libav objects and words for its errors. Private to libav_*.cpp; libav's types are
/// only declared here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

struct AVChannelLayout;
struct AVCodecContext;
struct AVFormatContext;
struct AVFrame;
struct AVPacket;
struct AVStream;
struct SwrContext;

namespace troupe::media {

struct AvDelete {
  void operator()(AVCodecContext* codec) const;
  void operator()(AVFrame* frame) const;
  void operator()(AVPacket* packet) const;
  void operator()(SwrContext* swr) const;
};
template <class T>
using AvPtr = std::unique_ptr<T, AvDelete>;

AvPtr<AVFrame> make_frame();
AvPtr<AVPacket> make_packet();

/// libav's own words for an error number.
std::string av_error(int error);

/// The container's timestamp of file time 0, in AV_TIME_BASE units: 0 where the container counts
/// from its own zero (mp4, mkv, ogg), the first timestamp where it counts from anywhere (MPEG-TS).
std::int64_t file_origin(const AVFormatContext& format);

/// A moving picture: not a cover, not a thumbnail track.
bool is_picture(const AVStream& stream);

}  // namespace troupe::media
