#include "media/libav_common.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libswresample/swresample.h>
}

#include <new>
#include <string_view>

namespace troupe::media {

void AvDelete::operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
void AvDelete::operator()(AVFrame* frame) const { av_frame_free(&frame); }
void AvDelete::operator()(AVPacket* packet) const { av_packet_free(&packet); }
void AvDelete::operator()(SwrContext* swr) const { swr_free(&swr); }

AvPtr<AVFrame> make_frame() {
  AvPtr<AVFrame> frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

AvPtr<AVPacket> make_packet() {
  AvPtr<AVPacket> packet(av_packet_alloc());
  if (!packet) throw std::bad_alloc();
  return packet;
}

std::string av_error(int error) {
  char text[AV_ERROR_MAX_STRING_SIZE] = "";
  av_strerror(error, text, sizeof text);
  return text;
}

std::int64_t file_origin(const AVFormatContext& format) {
  if (format.start_time == AV_NOPTS_VALUE) return 0;
  // An mp3's first timestamp is its encoder delay, already cut off by the decoder: not a late
  // start.
  const bool counts_from_zero = !(format.iformat->flags & AVFMT_TS_DISCONT) &&
                                std::string_view(format.iformat->name) != "mp3";
  return counts_from_zero ? 0 : format.start_time;
}

bool is_picture(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO &&
         !(stream.disposition & (AV_DISPOSITION_ATTACHED_PIC | AV_DISPOSITION_TIMED_THUMBNAILS));
}

}  // namespace troupe::media
