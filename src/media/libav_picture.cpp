#include "media/libav_picture.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/common.h>
}

#include <algorithm>
#include <cstring>
#include <limits>
#include <new>
#include <string>

#include "core/try.hpp"
#include "media/name_of.hpp"

namespace troupe::media {
namespace {

// Chapters keep their times, moved to the new file's zero.
void copy_chapters(const AVFormatContext& in, std::int64_t origin_us, AVFormatContext& out) {
  if (in.nb_chapters == 0) return;
  out.chapters = static_cast<AVChapter**>(av_calloc(in.nb_chapters, sizeof(AVChapter*)));
  if (!out.chapters) throw std::bad_alloc();
  for (unsigned i = 0; i < in.nb_chapters; ++i) {
    const AVChapter& from = *in.chapters[i];
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    if (!chapter) throw std::bad_alloc();
    const std::int64_t shift = av_rescale_q(origin_us, AV_TIME_BASE_Q, from.time_base);
    chapter->id = from.id;
    chapter->time_base = from.time_base;
    chapter->start = std::max<std::int64_t>(0, from.start - shift);
    chapter->end = std::max<std::int64_t>(0, from.end - shift);
    av_dict_copy(&chapter->metadata, from.metadata, 0);
    out.chapters[out.nb_chapters++] = chapter;
  }
}

}  // namespace

PictureCopy::PictureCopy(std::unique_ptr<LibavInput> input, std::string source,
                         AVFormatContext& out)
    : input_(std::move(input)),
      source_(std::move(source)),
      out_(out),
      packet_(make_packet()),
      origin_us_(file_origin(input_->format())),
      reached_us_(std::numeric_limits<std::int64_t>::min()) {}

Result<std::unique_ptr<PictureCopy>> PictureCopy::open(const std::filesystem::path& source,
                                                       const std::string& target,
                                                       AVFormatContext& out) {
  TROUPE_TRY(std::unique_ptr<LibavInput> input, LibavInput::open(source, {}));
  std::unique_ptr<PictureCopy> copy(new PictureCopy(std::move(input), name_of(source), out));
  AVFormatContext& in = copy->input_->format();
  bool any = false;
  for (unsigned i = 0; i < in.nb_streams; ++i) {
    AVStream& from = *in.streams[i];
    copy->routes_.emplace_back();
    if (!is_picture(from)) {
      from.discard = AVDISCARD_ALL;
      continue;
    }
    any = true;
    copy->routes_.back().to = static_cast<int>(out.nb_streams);
    TROUPE_CHECK(copy->add_stream(from, target));
  }
  if (!any)
    return fail(Errc::bad_input, copy->source_ + ": has no picture to put in " + target +
                                     "; give a video, or write an audio file such as .m4a");
  av_dict_copy(&out.metadata, in.metadata, 0);
  av_dict_set(&out.metadata, "encoder", nullptr, 0);
  copy_chapters(in, copy->origin_us_, out);
  return copy;
}

Result<void> PictureCopy::add_stream(const AVStream& from, const std::string& target) {
  const AVCodecID codec = from.codecpar->codec_id;
  if (avformat_query_codec(out_.oformat, codec, FF_COMPLIANCE_NORMAL) == 0)
    return fail(Errc::bad_input, target + ": the " + avcodec_get_name(codec) + " picture of " +
                                     source_ + " cannot be put in this container; write .mkv");
  AVStream* stream = avformat_new_stream(&out_, nullptr);
  if (!stream || avcodec_parameters_copy(stream->codecpar, from.codecpar) < 0)
    throw std::bad_alloc();
  // A tag of another container family would be refused; the muxer then picks its own.
  const AVCodecTag* const* tags = out_.oformat->codec_tag;
  if (!tags || av_codec_get_id(tags, from.codecpar->codec_tag) != codec)
    stream->codecpar->codec_tag = 0;
  stream->time_base = from.time_base;
  stream->avg_frame_rate = from.avg_frame_rate;
  stream->r_frame_rate = from.r_frame_rate;
  stream->sample_aspect_ratio = from.sample_aspect_ratio;
  stream->disposition = from.disposition;
  av_dict_copy(&stream->metadata, from.metadata, 0);
  av_dict_set(&stream->metadata, "encoder", nullptr, 0);
  for (int i = 0; i < from.nb_side_data; ++i) {
    const AVPacketSideData& side = from.side_data[i];
    std::uint8_t* data = av_stream_new_side_data(stream, side.type, side.size);
    if (!data) throw std::bad_alloc();
    std::memcpy(data, side.data, side.size);
  }
  return {};
}

Result<void> PictureCopy::copy_until(std::int64_t until_us) {
  while (!ended_ && (until_us < 0 || reached_us_ < until_us)) {
    if (av_read_frame(&input_->format(), packet_.get()) < 0) {
      ended_ = true;
      if (input_->read_error() != 0)
        return fail(Errc::io, source_ + ": cannot be read: " + std::strerror(input_->read_error()) +
                                  "; check the disk");
      break;
    }
    if (routes_.size() > static_cast<std::size_t>(packet_->stream_index) &&
        routes_[static_cast<std::size_t>(packet_->stream_index)].to >= 0)
      TROUPE_CHECK(mux(*packet_));
    av_packet_unref(packet_.get());
  }
  return {};
}

Result<void> PictureCopy::mux(AVPacket& packet) {
  const AVStream& from = *input_->format().streams[packet.stream_index];
  Route& route = routes_[static_cast<std::size_t>(packet.stream_index)];
  const AVStream& to = *out_.streams[route.to];
  if (packet.dts == AV_NOPTS_VALUE) packet.dts = packet.pts;
  if (packet.pts == AV_NOPTS_VALUE) packet.pts = packet.dts;
  const std::int64_t shift = av_rescale_q(origin_us_, AV_TIME_BASE_Q, from.time_base);
  if (packet.pts != AV_NOPTS_VALUE) {
    packet.pts = av_sat_sub64(packet.pts, shift);
    packet.dts = av_sat_sub64(packet.dts, shift);
    reached_us_ = std::max(reached_us_, av_rescale_q(packet.dts, from.time_base, AV_TIME_BASE_Q));
  }
  av_packet_rescale_ts(&packet, from.time_base, to.time_base);
  // Muxers refuse decoding times that do not grow; a damaged source may hold some.
  if (route.begun && packet.dts <= route.last_dts) {
    packet.dts = route.last_dts + 1;
    packet.pts = std::max(packet.pts, packet.dts);
  }
  route.begun = true;
  route.last_dts = packet.dts;
  packet.stream_index = route.to;
  packet.pos = -1;
  const int error = av_interleaved_write_frame(&out_, &packet);
  if (error < 0)
    return fail(Errc::io, "copying the picture of " + source_ + " failed: " + av_error(error));
  return {};
}

}  // namespace troupe::media
