#include "media/libav_encoder.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/channel_layout.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <string>

#include "core/try.hpp"
#include "media/name_of.hpp"

namespace troupe::media {
namespace {

constexpr std::size_t kFreeFrameSamples = 1024;  // for codecs that take any frame size
constexpr std::size_t kSliceFrames = 4096;

// The lowest rate that loses nothing, else the highest there is.
int supported_rate(const AVCodec& codec, int wanted) {
  if (!codec.supported_samplerates) return wanted;
  int above = 0;
  int highest = 0;
  for (const int* rate = codec.supported_samplerates; *rate != 0; ++rate) {
    if (*rate >= wanted && (above == 0 || *rate < above)) above = *rate;
    highest = std::max(highest, *rate);
  }
  return above != 0 ? above : highest;
}

// 16 bit where the codec stores integers; else float as the encoder wants it.
AVSampleFormat sample_format(const AVCodec& codec, bool lossless) {
  if (lossless) return AV_SAMPLE_FMT_S16;
  for (const AVSampleFormat* f = codec.sample_fmts; f && *f != AV_SAMPLE_FMT_NONE; ++f)
    if (*f == AV_SAMPLE_FMT_FLT || *f == AV_SAMPLE_FMT_FLTP) return *f;
  return AV_SAMPLE_FMT_NONE;
}

// Encoders answer NaN with an error and overload with worse than clipping.
float within_scale(float sample) {
  return std::isnan(sample) ? 0.0F : std::clamp(sample, -1.0F, 1.0F);
}

}  // namespace

Result<LibavEncoder> LibavEncoder::open(const OutputFormat& format, const OutputSpec& spec,
                                        bool global_header) {
  const std::string name = name_of(spec.path);
  const AVCodec* codec = avcodec_find_encoder_by_name(format.encoder);
  if (!codec)
    return fail(Errc::missing_model, name + ": this libavcodec has no " + format.encoder +
                                         " encoder; install Debian's libavcodec-extra");
  LibavEncoder encoder;
  encoder.frame_ = make_frame();
  encoder.packet_ = make_packet();
  encoder.channels_ = static_cast<std::size_t>(spec.channels);
  encoder.codec_.reset(avcodec_alloc_context3(codec));
  if (!encoder.codec_) throw std::bad_alloc();
  AVCodecContext& context = *encoder.codec_;
  context.sample_rate = supported_rate(*codec, spec.sample_rate_hz);
  context.sample_fmt = sample_format(*codec, format.bit_rate_per_channel == 0);
  context.time_base = {1, context.sample_rate};
  context.bit_rate = format.bit_rate_per_channel * spec.channels;
  context.thread_count = 1;
  context.flags |= AV_CODEC_FLAG_BITEXACT;  // no version strings: same samples, same bytes
  if (global_header) context.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  av_channel_layout_default(&context.ch_layout, spec.channels);
  const int error = avcodec_open2(&context, codec, nullptr);
  if (error < 0)
    return fail(Errc::bad_input, name + ": " + format.encoder + " cannot hold " +
                                     std::to_string(spec.channels) + " channels at " +
                                     std::to_string(spec.sample_rate_hz) + " Hz (" +
                                     av_error(error) + "); write .wav or 1 or 2 channels");
  encoder.frame_samples_ =
      context.frame_size > 0 ? static_cast<std::size_t>(context.frame_size) : kFreeFrameSamples;
  if (context.sample_rate != spec.sample_rate_hz) {
    TROUPE_TRY(encoder.resampler_, dsp::StreamResampler::create(
                                       spec.sample_rate_hz, context.sample_rate, spec.channels));
  }
  return encoder;
}

Result<void> LibavEncoder::write(std::span<const float> interleaved, const PacketSink& sink) {
  const std::size_t slice = kSliceFrames * channels_;
  while (!interleaved.empty()) {
    const auto now = interleaved.first(std::min(slice, interleaved.size()));
    if (resampler_) {
      TROUPE_CHECK(resampler_->push(now, pending_));
    } else {
      pending_.insert(pending_.end(), now.begin(), now.end());
    }
    TROUPE_CHECK(encode_ready(/*all=*/false, sink));
    interleaved = interleaved.subspan(now.size());
  }
  return {};
}

Result<void> LibavEncoder::finish(const PacketSink& sink) {
  if (resampler_) TROUPE_CHECK(resampler_->push({}, pending_));
  TROUPE_CHECK(encode_ready(/*all=*/true, sink));
  return send(nullptr, sink);
}

Result<void> LibavEncoder::encode_ready(bool all, const PacketSink& sink) {
  const std::size_t frame = frame_samples_ * channels_;
  std::span<const float> left(pending_);
  while (left.size() >= frame || (all && !left.empty())) {
    const auto now = left.first(std::min(frame, left.size()));
    TROUPE_CHECK(encode(now, sink));
    left = left.subspan(now.size());
  }
  pending_.erase(pending_.begin(), pending_.end() - static_cast<std::ptrdiff_t>(left.size()));
  return {};
}

Result<void> LibavEncoder::encode(std::span<const float> interleaved, const PacketSink& sink) {
  AVFrame& frame = *frame_;
  frame.nb_samples = static_cast<int>(interleaved.size() / channels_);
  frame.format = codec_->sample_fmt;
  frame.sample_rate = codec_->sample_rate;
  frame.pts = next_pts_;
  next_pts_ += frame.nb_samples;
  if (av_channel_layout_copy(&frame.ch_layout, &codec_->ch_layout) < 0 ||
      av_frame_get_buffer(&frame, 0) < 0)
    throw std::bad_alloc();
  TROUPE_CHECK(fill(frame, interleaved));
  const Result<void> sent = send(&frame, sink);
  av_frame_unref(&frame);
  return sent;
}

Result<void> LibavEncoder::fill(AVFrame& frame, std::span<const float> interleaved) {
  const std::size_t n = interleaved.size();
  switch (codec_->sample_fmt) {
    case AV_SAMPLE_FMT_S16: {
      auto* out = reinterpret_cast<std::int16_t*>(frame.data[0]);
      for (std::size_t i = 0; i < n; ++i) out[i] = quantizer_(interleaved[i]);
      return {};
    }
    case AV_SAMPLE_FMT_FLT: {
      auto* out = reinterpret_cast<float*>(frame.data[0]);
      for (std::size_t i = 0; i < n; ++i) out[i] = within_scale(interleaved[i]);
      return {};
    }
    case AV_SAMPLE_FMT_FLTP:
      for (std::size_t i = 0; i < n; ++i)
        reinterpret_cast<float*>(frame.extended_data[i % channels_])[i / channels_] =
            within_scale(interleaved[i]);
      return {};
    default:
      return fail(Errc::internal,
                  std::string(codec_->codec->name) + ": no sample format in common");
  }
}

Result<void> LibavEncoder::send(const AVFrame* frame, const PacketSink& sink) {
  int error = avcodec_send_frame(codec_.get(), frame);
  while (error >= 0) {
    error = avcodec_receive_packet(codec_.get(), packet_.get());
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return {};
    if (error < 0) break;
    TROUPE_CHECK(sink(*packet_));
    av_packet_unref(packet_.get());
  }
  return fail(Errc::internal,
              std::string(codec_->codec->name) + ": encoding failed: " + av_error(error));
}

}  // namespace troupe::media
