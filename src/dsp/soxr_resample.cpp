#include <soxr.h>

#include <algorithm>
#include <string>

#include "core/try.hpp"
#include "dsp/resample.hpp"

namespace troupe::dsp {
namespace {

// Wider than any real recording; outside it a ratio could blow memory up from a hostile header.
constexpr int kMinRateHz = 1000;
constexpr int kMaxRateHz = 768000;
constexpr std::size_t kSliceFrames = 4096;

}  // namespace

struct StreamResampler::Impl {
  ~Impl() { soxr_delete(soxr); }

  // What the whole output must hold so far: round(frames_in * out / in).
  std::int64_t target() const { return (frames_in * out_hz + in_hz / 2) / in_hz; }

  Result<void> run(const float* in, std::size_t frames, std::vector<float>& out) {
    while (true) {
      const std::size_t room = std::max<std::size_t>(
          1024, frames * static_cast<std::size_t>(out_hz) / static_cast<std::size_t>(in_hz) + 64);
      const std::size_t before = out.size();
      out.resize(before + room * channels);
      std::size_t used = 0;
      std::size_t made = 0;
      const soxr_error_t error =
          soxr_process(soxr, in, frames, &used, out.data() + before, room, &made);
      out.resize(before + made * channels);
      if (error) return fail(Errc::internal, std::string("resampler: ") + error);
      frames_out += static_cast<std::int64_t>(made);
      if (in) {
        in += used * channels;
        frames -= used;
        if (frames == 0 && made < room) return {};
      } else if (made < room) {
        return {};
      }
    }
  }

  soxr_t soxr = nullptr;
  std::int64_t in_hz = 0, out_hz = 0;
  std::size_t channels = 0;
  std::int64_t frames_in = 0, frames_out = 0;
};

StreamResampler::StreamResampler(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StreamResampler::StreamResampler(StreamResampler&&) noexcept = default;
StreamResampler& StreamResampler::operator=(StreamResampler&&) noexcept = default;
StreamResampler::~StreamResampler() = default;

Result<StreamResampler> StreamResampler::create(int in_rate_hz, int out_rate_hz, int channels) {
  for (const int rate : {in_rate_hz, out_rate_hz})
    if (rate < kMinRateHz || rate > kMaxRateHz)
      return fail(Errc::bad_input, "sample rate " + std::to_string(rate) + " Hz is outside " +
                                       std::to_string(kMinRateHz) + " .. " +
                                       std::to_string(kMaxRateHz) + " Hz; convert the audio first");
  if (channels < 1)
    return fail(Errc::internal, "resampler: " + std::to_string(channels) + " channels");

  auto impl = std::make_unique<Impl>();
  impl->in_hz = in_rate_hz;
  impl->out_hz = out_rate_hz;
  impl->channels = static_cast<std::size_t>(channels);
  if (in_rate_hz != out_rate_hz) {
    const soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT32_I, SOXR_FLOAT32_I);
    const soxr_quality_spec_t quality = soxr_quality_spec(SOXR_HQ, 0);
    // One thread: the samples may not depend on the machine's core count.
    const soxr_runtime_spec_t runtime = soxr_runtime_spec(1);
    soxr_error_t error = nullptr;
    impl->soxr = soxr_create(in_rate_hz, out_rate_hz, static_cast<unsigned>(channels), &error, &io,
                             &quality, &runtime);
    if (error) return fail(Errc::internal, std::string("resampler: ") + error);
  }
  return StreamResampler(std::move(impl));
}

Result<void> StreamResampler::push(std::span<const float> in, std::vector<float>& out) {
  Impl& s = *impl_;
  if (!s.soxr) {
    out.insert(out.end(), in.begin(), in.end());
    return {};
  }
  if (!in.empty()) {
    const std::size_t frames = in.size() / s.channels;
    s.frames_in += static_cast<std::int64_t>(frames);
    for (std::size_t at = 0; at < frames; at += kSliceFrames)
      TROUPE_CHECK(s.run(in.data() + at * s.channels, std::min(kSliceFrames, frames - at), out));
    return {};
  }
  TROUPE_CHECK(s.run(nullptr, 0, out));
  // soxr compensates its delay but rounds the length its own way, by a sample or so.
  const std::int64_t excess = s.frames_out - s.target();
  const auto channels = static_cast<std::int64_t>(s.channels);
  const std::int64_t size = static_cast<std::int64_t>(out.size()) - excess * channels;
  out.resize(static_cast<std::size_t>(std::max<std::int64_t>(0, size)));
  s.frames_out = s.target();
  return {};
}

Result<AudioBuffer> resample(const AudioBuffer& in, int out_rate_hz) {
  if (in.sample_rate_hz == out_rate_hz) return in;
  TROUPE_TRY(StreamResampler stream,
             StreamResampler::create(in.sample_rate_hz, out_rate_hz, /*channels=*/1));
  AudioBuffer out;
  out.sample_rate_hz = out_rate_hz;
  if (in.samples.empty()) return out;
  TROUPE_CHECK(stream.push(in.samples, out.samples));
  TROUPE_CHECK(stream.push({}, out.samples));
  return out;
}

}  // namespace troupe::dsp
