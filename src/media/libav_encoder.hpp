/// Interleaved f32 -> packets of one audio stream.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/media.hpp"
#include "dsp/resample.hpp"
#include "media/libav_common.hpp"
#include "media/output_format.hpp"
#include "media/quantize.hpp"

namespace troupe::media {

/// Takes one packet; its times are in samples of the encoder's rate. May take its data away.
using PacketSink = std::function<Result<void>(AVPacket& packet)>;

class LibavEncoder {
 public:
  /// @param global_header the container keeps the codec's header itself.
  /// @return bad_input for a shape the codec cannot hold.
  static Result<LibavEncoder> open(const OutputFormat& format, const OutputSpec& spec,
                                   bool global_header);

  const AVCodecContext& context() const { return *codec_; }

  Result<void> write(std::span<const float> interleaved, const PacketSink& sink);
  /// Once, at the end.
  Result<void> finish(const PacketSink& sink);

 private:
  LibavEncoder() = default;
  Result<void> encode_ready(bool all, const PacketSink& sink);
  Result<void> encode(std::span<const float> interleaved, const PacketSink& sink);
  Result<void> fill(AVFrame& frame, std::span<const float> interleaved);
  Result<void> send(const AVFrame* frame, const PacketSink& sink);

  AvPtr<AVCodecContext> codec_;
  AvPtr<AVFrame> frame_;
  AvPtr<AVPacket> packet_;
  std::optional<dsp::StreamResampler> resampler_;
  std::vector<float> pending_;  // at the encoder's rate, less than one frame between calls
  Quantizer quantizer_;
  std::size_t channels_ = 1, frame_samples_ = 1024;
  std::int64_t next_pts_ = 0;
};

}  // namespace troupe::media
