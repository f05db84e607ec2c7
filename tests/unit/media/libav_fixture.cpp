#include "libav_fixture.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cmath>
#include <stdexcept>

namespace troupe::media {
namespace {

int check(int code, const char* what) {
  if (code < 0) throw std::runtime_error(std::string("fixture: ") + what);
  return code;
}

struct Muxer {
  explicit Muxer(const std::filesystem::path& path, const std::string& name) {
    check(avformat_alloc_output_context2(&format, nullptr, name.c_str(), path.c_str()), "muxer");
    format->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;  // FLAC in MP4
    check(avio_open(&format->pb, ("file:" + path.string()).c_str(), AVIO_FLAG_WRITE), "open");
  }
  ~Muxer() {
    avio_closep(&format->pb);
    avformat_free_context(format);
  }
  AVFormatContext* format = nullptr;
};

struct Encoder {
  Encoder(Muxer& muxer, const char* name) : codec(avcodec_find_encoder_by_name(name)) {
    context = avcodec_alloc_context3(codec);
    if (muxer.format->oformat->flags & AVFMT_GLOBALHEADER)
      context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  }
  ~Encoder() { avcodec_free_context(&context); }

  void open(Muxer& muxer) {
    check(avcodec_open2(context, codec, nullptr), "encoder");
    stream = avformat_new_stream(muxer.format, nullptr);
    check(avcodec_parameters_from_context(stream->codecpar, context), "parameters");
    stream->time_base = context->time_base;
    stream->avg_frame_rate = context->framerate;
  }

  void send(Muxer& muxer, const AVFrame* frame) {
    check(avcodec_send_frame(context, frame), "send");
    AVPacket* packet = av_packet_alloc();
    while (avcodec_receive_packet(context, packet) >= 0) {
      av_packet_rescale_ts(packet, context->time_base, stream->time_base);
      packet->stream_index = stream->index;
      check(av_interleaved_write_frame(muxer.format, packet), "mux");
    }
    av_packet_free(&packet);
  }

  const AVCodec* codec;
  AVCodecContext* context = nullptr;
  AVStream* stream = nullptr;
};

void prepare_picture(Encoder& encoder, const Container& what) {
  AVCodecContext& c = *encoder.context;
  c.width = 64;
  c.height = 48;
  c.time_base = {1, 25};
  c.framerate = {25, 1};
  c.gop_size = 10;
  c.pix_fmt = what.cover ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_YUV420P;
  c.max_b_frames = what.picture_codec == "mpeg4" && !what.cover ? 2 : 0;
  c.thread_count = 1;
}

void draw(Encoder& encoder, Muxer& muxer, int frames) {
  for (int i = 0; i < frames; ++i) {
    AVFrame* frame = av_frame_alloc();
    frame->width = encoder.context->width;
    frame->height = encoder.context->height;
    frame->format = encoder.context->pix_fmt;
    frame->pts = i;
    check(av_frame_get_buffer(frame, 0), "picture");
    for (int plane = 0; plane < 3; ++plane)
      for (int y = 0; y < frame->height / (plane ? 2 : 1); ++y)
        for (int x = 0; x < frame->width / (plane ? 2 : 1); ++x)
          frame->data[plane][y * frame->linesize[plane] + x] =
              static_cast<std::uint8_t>(x * 3 + y * 2 + i * 5);
    encoder.send(muxer, frame);
    av_frame_free(&frame);
  }
  encoder.send(muxer, nullptr);
}

void play(Encoder& encoder, Muxer& muxer, const Container& what) {
  for (const SoundBlock& block : what.sound) {
    const auto size = encoder.context->frame_size > 0
                          ? static_cast<std::size_t>(encoder.context->frame_size)
                          : block.samples.size();
    for (std::size_t at = 0; at < block.samples.size(); at += size) {
      AVFrame* frame = av_frame_alloc();
      const std::size_t n = std::min(size, block.samples.size() - at);
      frame->nb_samples = static_cast<int>(n);
      frame->format = encoder.context->sample_fmt;
      frame->sample_rate = what.rate_hz;
      frame->pts = block.start + static_cast<std::int64_t>(at);
      av_channel_layout_default(&frame->ch_layout, 1);
      check(av_frame_get_buffer(frame, 0), "sound");
      std::copy_n(block.samples.begin() + static_cast<std::ptrdiff_t>(at), n,
                  reinterpret_cast<std::int16_t*>(frame->data[0]));
      encoder.send(muxer, frame);
      av_frame_free(&frame);
    }
  }
  encoder.send(muxer, nullptr);
}

struct Input {
  explicit Input(const std::filesystem::path& path) {
    check(avformat_open_input(&format, ("file:" + path.string()).c_str(), nullptr, nullptr),
          "reopen");
    check(avformat_find_stream_info(format, nullptr), "stream info");
  }
  ~Input() { avformat_close_input(&format); }
  AVFormatContext* format = nullptr;
};

}  // namespace

void write_container(const std::filesystem::path& path, const Container& what) {
  Muxer muxer(path, what.muxer);
  const bool picture = what.picture_seconds > 0 || what.cover;
  Encoder video(muxer, what.cover ? "mjpeg" : what.picture_codec.c_str());
  Encoder audio(muxer, what.sound_codec.c_str());
  if (!what.sound.empty()) {
    audio.context->sample_rate = what.rate_hz;
    audio.context->sample_fmt = AV_SAMPLE_FMT_S16;
    audio.context->time_base = {1, what.rate_hz};
    av_channel_layout_default(&audio.context->ch_layout, 1);
    audio.open(muxer);
  }
  if (picture) {
    prepare_picture(video, what);
    video.open(muxer);
    if (what.cover) video.stream->disposition = AV_DISPOSITION_ATTACHED_PIC;
    if (what.rotation_degrees != 0) {
      auto* matrix = reinterpret_cast<std::int32_t*>(
          av_stream_new_side_data(video.stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * 4));
      av_display_rotation_set(matrix, what.rotation_degrees);
    }
  }
  if (!what.chapter.empty()) {
    av_dict_set(&muxer.format->metadata, "title", what.chapter.c_str(), 0);
    muxer.format->chapters = static_cast<AVChapter**>(av_calloc(1, sizeof(AVChapter*)));
    auto* chapter = static_cast<AVChapter*>(av_mallocz(sizeof(AVChapter)));
    chapter->id = 1;
    chapter->time_base = {1, 1000};
    chapter->end = 1000;
    av_dict_set(&chapter->metadata, "title", what.chapter.c_str(), 0);
    muxer.format->chapters[muxer.format->nb_chapters++] = chapter;
  }
  check(avformat_write_header(muxer.format, nullptr), "header");
  if (picture)
    draw(video, muxer, what.cover ? 1 : static_cast<int>(std::lround(what.picture_seconds * 25)));
  if (!what.sound.empty()) play(audio, muxer, what);
  check(av_write_trailer(muxer.format), "trailer");
}

std::vector<PicturePacket> picture_packets(const std::filesystem::path& path) {
  const Input input(path);
  std::vector<PicturePacket> packets;
  AVPacket* packet = av_packet_alloc();
  while (av_read_frame(input.format, packet) >= 0) {
    const AVStream& stream = *input.format->streams[packet->stream_index];
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO)
      packets.push_back({av_rescale_q(packet->pts, stream.time_base, AV_TIME_BASE_Q),
                         std::string(reinterpret_cast<char*>(packet->data),
                                     static_cast<std::size_t>(packet->size))});
    av_packet_unref(packet);
  }
  av_packet_free(&packet);
  return packets;
}

StreamFacts facts_of(const std::filesystem::path& path) {
  const Input input(path);
  const auto text = [](const AVDictionary* dictionary, const char* key) {
    const AVDictionaryEntry* entry = av_dict_get(dictionary, key, nullptr, 0);
    return std::string(entry ? entry->value : "");
  };
  StreamFacts facts;
  facts.title = text(input.format->metadata, "title");
  facts.duration_seconds = static_cast<double>(input.format->duration) / AV_TIME_BASE;
  for (unsigned i = 0; i < input.format->nb_streams; ++i) {
    const AVStream& stream = *input.format->streams[i];
    facts.codecs.emplace_back(avcodec_get_name(stream.codecpar->codec_id));
    if (stream.codecpar->codec_type == AVMEDIA_TYPE_AUDIO)
      facts.audio_language = text(stream.metadata, "language");
    if (const auto* matrix = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, nullptr))
      facts.rotation_degrees = static_cast<int>(
          std::lround(av_display_rotation_get(reinterpret_cast<const std::int32_t*>(matrix))));
  }
  for (unsigned i = 0; i < input.format->nb_chapters; ++i)
    facts.chapters.push_back(text(input.format->chapters[i]->metadata, "title"));
  return facts;
}

}  // namespace troupe::media
