#include "media/libav_converter.hpp"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/frame.h>
#include <libavutil/opt.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <cmath>
#include <string>

namespace troupe::media {
namespace {

constexpr int kMaxChannels = 64;  // swresample's own limit
constexpr float kMaxLevel = 64;

// libav's matrices know speaker layouts; mono and unknown layouts get the plain mean, so that mono
// to stereo keeps its level (libav would drop it by 3 dB).
std::vector<double> mean_matrix(int in_channels, int out_channels) {
  return std::vector<double>(static_cast<std::size_t>(in_channels * out_channels),
                             1.0 / in_channels);
}

}  // namespace

Result<LibavConverter> LibavConverter::create(const AVFrame& frame, int out_channels) {
  LibavConverter converter;
  converter.rate_hz_ = frame.sample_rate;
  converter.format_ = frame.format;
  converter.in_channels_ = frame.ch_layout.nb_channels;
  converter.out_channels_ = out_channels;
  if (converter.in_channels_ < 1 || converter.in_channels_ > kMaxChannels)
    return fail(Errc::bad_input, std::to_string(converter.in_channels_) +
                                     " channels cannot be mixed; convert the audio to stereo");

  AVChannelLayout in{};
  AVChannelLayout out{};
  av_channel_layout_default(&out, out_channels);
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_NATIVE)
    av_channel_layout_copy(&in, &frame.ch_layout);
  else
    av_channel_layout_default(&in, converter.in_channels_);
  const bool known = converter.in_channels_ > 1 && in.order == AV_CHANNEL_ORDER_NATIVE;

  SwrContext* swr = nullptr;
  int error =
      swr_alloc_set_opts2(&swr, &out, AV_SAMPLE_FMT_FLT, frame.sample_rate, &in,
                          static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  converter.swr_.reset(swr);
  // A mix never grows beyond full scale.
  if (error >= 0) error = av_opt_set_double(swr, "rematrix_maxval", 1.0, 0);
  if (error >= 0 && !known && converter.in_channels_ != out_channels)
    error = swr_set_matrix(swr, mean_matrix(converter.in_channels_, out_channels).data(),
                           converter.in_channels_);
  if (error >= 0) error = swr_init(swr);
  av_channel_layout_uninit(&in);
  av_channel_layout_uninit(&out);
  if (error < 0)
    return fail(Errc::bad_input, std::to_string(converter.in_channels_) +
                                     " channels cannot be mixed to " +
                                     std::to_string(out_channels) + " (" + av_error(error) +
                                     "); convert the audio to stereo");
  return converter;
}

bool LibavConverter::fits(const AVFrame& frame) const {
  return frame.sample_rate == rate_hz_ && frame.format == format_ &&
         frame.ch_layout.nb_channels == in_channels_;
}

Result<std::span<const float>> LibavConverter::convert(const AVFrame& frame) {
  samples_.resize(static_cast<std::size_t>(frame.nb_samples) *
                  static_cast<std::size_t>(out_channels_));
  auto* out = reinterpret_cast<std::uint8_t*>(samples_.data());
  const int made =
      swr_convert(swr_.get(), &out, frame.nb_samples,
                  const_cast<const std::uint8_t**>(frame.extended_data), frame.nb_samples);
  if (made != frame.nb_samples)
    return fail(Errc::internal, "channel mix gave " + std::to_string(made) + " of " +
                                    std::to_string(frame.nb_samples) + " samples");
  for (float& x : samples_) x = std::isfinite(x) ? std::clamp(x, -kMaxLevel, kMaxLevel) : 0.0F;
  return std::span<const float>(samples_);
}

}  // namespace troupe::media
