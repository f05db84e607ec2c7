#include "media/libav_reader.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/common.h>
}

#include <cstring>
#include <new>
#include <span>
#include <string>

#include "core/try.hpp"
#include "media/libav_common.hpp"
#include "media/libav_converter.hpp"
#include "media/libav_input.hpp"
#include "media/name_of.hpp"
#include "media/track_builder.hpp"

namespace troupe::media {
namespace {

std::span<AVStream*> streams_of(const AVFormatContext& format) {
  return {format.streams, format.nb_streams};
}

bool has_picture(const AVFormatContext& format) {
  for (const AVStream* stream : streams_of(format))
    if (is_picture(*stream)) return true;
  return false;
}

// The stream marked as default, else the first; only those that can be decoded (a phone's video
// may carry a spatial track first).
Result<AVStream*> choose_audio(const AVFormatContext& format, const std::string& name) {
  AVStream* chosen = nullptr;
  const AVStream* foreign = nullptr;
  for (AVStream* stream : streams_of(format)) {
    if (stream->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    if (!avcodec_find_decoder(stream->codecpar->codec_id)) {
      foreign = stream;
      continue;
    }
    const bool better = chosen && !(chosen->disposition & AV_DISPOSITION_DEFAULT) &&
                        (stream->disposition & AV_DISPOSITION_DEFAULT);
    if (!chosen || better) chosen = stream;
  }
  if (chosen) return chosen;
  if (foreign)
    return fail(Errc::bad_input, name + ": its sound is coded as " +
                                     avcodec_get_name(foreign->codecpar->codec_id) +
                                     ", which cannot be decoded; convert it to WAV first");
  return fail(Errc::bad_input,
              name + ": no sound: " +
                  (has_picture(format)      ? "a picture without an audio stream"
                   : format.nb_streams == 0 ? "no stream at all"
                                            : "no audio stream, only a cover or text") +
                  "; give a file with sound");
}

Result<AvPtr<AVCodecContext>> open_decoder(const AVStream& stream, const std::string& name) {
  const AVCodec* codec = avcodec_find_decoder(stream.codecpar->codec_id);
  AvPtr<AVCodecContext> decoder(avcodec_alloc_context3(codec));
  if (!decoder) throw std::bad_alloc();
  int error = avcodec_parameters_to_context(decoder.get(), stream.codecpar);
  // Lets the decoder cut encoder delay and padding off and correct the timestamps for it.
  decoder->pkt_timebase = stream.time_base;
  decoder->thread_count = 1;
  if (error >= 0) error = avcodec_open2(decoder.get(), codec, nullptr);
  if (error < 0)
    return fail(Errc::bad_input, name + ": its " + codec->name + " sound cannot be decoded (" +
                                     av_error(error) + "); convert it to WAV first");
  return decoder;
}

class AudioReader {
 public:
  AudioReader(LibavInput& input, AVStream& stream, AVCodecContext& decoder,
              const DecodeFormat& format, const BlockSink& sink)
      : input_(input),
        stream_(stream),
        decoder_(decoder),
        channels_(format.channels),
        origin_(av_rescale_q(file_origin(input.format()), AV_TIME_BASE_Q, stream.time_base)),
        track_(format, sink) {}

  // Stops at the first failure of ours; the decoder's own complaints are damage to go past.
  Result<std::int64_t> run() {
    for (unsigned i = 0; i < input_.format().nb_streams; ++i)
      if (input_.format().streams[i] != &stream_)
        input_.format().streams[i]->discard = AVDISCARD_ALL;
    const AvPtr<AVPacket> packet = make_packet();
    while (av_read_frame(&input_.format(), packet.get()) >= 0) {
      if (input_.stop_requested()) break;
      if (packet->stream_index == stream_.index) TROUPE_CHECK(decode(packet.get()));
      av_packet_unref(packet.get());
    }
    if (input_.stop_requested()) return fail(Errc::cancelled, "cancelled");
    if (input_.read_error() != 0)
      return fail(Errc::io, std::string("reading failed: ") + std::strerror(input_.read_error()) +
                                "; check the disk");
    TROUPE_CHECK(decode(nullptr));
    TROUPE_CHECK(track_.finish());
    return track_.samples();
  }

 private:
  // A null packet flushes.
  Result<void> decode(const AVPacket* packet) {
    const int sent = avcodec_send_packet(&decoder_, packet);
    if (sent == AVERROR(ENOMEM)) throw std::bad_alloc();
    while (avcodec_receive_frame(&decoder_, frame_.get()) >= 0) {
      if (frame_->nb_samples > 0 && frame_->sample_rate > 0) TROUPE_CHECK(add_frame());
      av_frame_unref(frame_.get());
    }
    return {};
  }

  Result<void> add_frame() {
    if (!converter_ || !converter_->fits(*frame_)) {
      TROUPE_TRY(converter_, LibavConverter::create(*frame_, channels_));
    }
    TROUPE_TRY(const std::span<const float> samples, converter_->convert(*frame_));
    std::optional<std::int64_t> start;
    if (frame_->pts != AV_NOPTS_VALUE)
      start = av_rescale_q(av_sat_sub64(frame_->pts, origin_), stream_.time_base,
                           AVRational{1, frame_->sample_rate});
    return track_.add(samples, frame_->sample_rate, start);
  }

  LibavInput& input_;
  AVStream& stream_;
  AVCodecContext& decoder_;
  int channels_;
  std::int64_t origin_;
  TrackBuilder track_;
  std::optional<LibavConverter> converter_;
  AvPtr<AVFrame> frame_ = make_frame();
};

}  // namespace

Result<MediaInfo> read_audio(const std::filesystem::path& path, const DecodeFormat& format,
                             const BlockSink& sink, std::stop_token stop) {
  const std::string name = name_of(path);
  TROUPE_TRY(const std::unique_ptr<LibavInput> input, LibavInput::open(path, std::move(stop)));
  TROUPE_TRY(AVStream* const stream, choose_audio(input->format(), name));
  TROUPE_TRY(const AvPtr<AVCodecContext> decoder, open_decoder(*stream, name));

  MediaInfo info;
  info.container = input->format().iformat->name;
  info.codec = avcodec_get_name(stream->codecpar->codec_id);
  info.has_video = has_picture(input->format());

  // Errors of the sink pass unchanged: it knows its own file's name.
  std::optional<Error> sink_error;
  const BlockSink guarded = [&](std::span<const float> block) -> Result<void> {
    Result<void> taken = sink(block);
    if (!taken) sink_error = taken.error();
    return taken;
  };
  Result<std::int64_t> samples = AudioReader(*input, *stream, *decoder, format, guarded).run();
  if (sink_error) return Fail(*sink_error);
  if (!samples) return fail(samples.error().code, name + ": " + samples.error().message);
  if (*samples == 0)
    return fail(Errc::bad_input, name + ": no sound could be decoded from its " + info.codec +
                                     " stream; it is empty or damaged, give another file");
  // After decoding: some headers lie, or say nothing until the first frame.
  info.sample_rate_hz = decoder->sample_rate;
  info.channels = decoder->ch_layout.nb_channels;
  info.samples = *samples;
  return info;
}

}  // namespace troupe::media
