#include "media/libav_writer.hpp"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <system_error>

#include "core/try.hpp"
#include "media/iso639.hpp"
#include "media/libav_common.hpp"
#include "media/libav_encoder.hpp"
#include "media/libav_local_file.hpp"
#include "media/libav_picture.hpp"
#include "media/name_of.hpp"
#include "media/output_format.hpp"

namespace troupe::media {
namespace {

class LibavWriter : public AudioWriter {
 public:
  explicit LibavWriter(const OutputSpec& spec) : spec_(spec), name_(name_of(spec.path)) {}
  ~LibavWriter() override;

  Result<void> open();
  Result<void> write(std::span<const float> interleaved) override;
  Result<void> finish() override;

 private:
  Result<void> add_audio_stream(const OutputFormat& format);
  Result<void> write_header();
  Result<void> mux_audio(AVPacket& packet);
  Result<void> complete();
  Error failure(const std::string& action, int av_code) const;
  Result<void> remember(Result<void> result);

  const OutputSpec spec_;
  const std::string name_;
  std::unique_ptr<LocalFile> file_;
  AVFormatContext* muxer_ = nullptr;
  AVStream* audio_ = nullptr;
  std::optional<LibavEncoder> encoder_;
  std::unique_ptr<PictureCopy> picture_;
  std::optional<Error> failed_;
  bool created_ = false;
  bool finished_ = false;
};

LibavWriter::~LibavWriter() {
  picture_.reset();
  avformat_free_context(muxer_);
  file_.reset();
  std::error_code ignored;  // nothing can be done about it here
  if (created_ && !finished_) std::filesystem::remove(spec_.temp_path, ignored);
}

// The disk's own reason when it failed, else libav's.
Error LibavWriter::failure(const std::string& action, int av_code) const {
  const int disk = file_ ? file_->error() : 0;
  const std::string reason = disk != 0 ? std::strerror(disk) : av_error(av_code);
  std::string remedy;
  if (disk == ENOSPC || disk == EDQUOT || disk == EFBIG)
    remedy = "; free some space";
  else if (disk != 0)
    remedy = "; check the disk";
  return Error{Errc::io, name_ + ": " + action + " failed: " + reason + remedy};
}

// After a failure the file cannot be completed: every later call repeats the first error.
Result<void> LibavWriter::remember(Result<void> result) {
  if (!result) {
    if (file_ && file_->error() != 0) result = Fail(failure("writing", 0));
    failed_ = result.error();
  }
  return result;
}

Result<void> LibavWriter::open() {
  TROUPE_TRY(const OutputFormat format, output_format(spec_.path));
  if (format.picture && !spec_.video_source)
    return fail(Errc::bad_input, name_ +
                                     ": a video file needs a source with a picture; give a "
                                     "video, or write an audio file such as .m4a");
  TROUPE_TRY(file_, LocalFile::create(spec_.temp_path, spec_.path));
  created_ = true;

  const AVOutputFormat* muxer = av_guess_format(format.muxer, nullptr, nullptr);
  if (!muxer || avformat_alloc_output_context2(&muxer_, muxer, nullptr, nullptr) < 0)
    return fail(Errc::missing_model, name_ + ": this libavformat cannot write " + format.muxer +
                                         "; install Debian's libavformat59");
  muxer_->pb = file_->io();
  muxer_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
  if (format.picture) {
    TROUPE_TRY(picture_, PictureCopy::open(*spec_.video_source, name_, *muxer_));
  }
  TROUPE_CHECK(add_audio_stream(format));
  return write_header();
}

Result<void> LibavWriter::add_audio_stream(const OutputFormat& format) {
  const bool global_header = muxer_->oformat->flags & AVFMT_GLOBALHEADER;
  TROUPE_TRY(encoder_, LibavEncoder::open(format, spec_, global_header));
  audio_ = avformat_new_stream(muxer_, nullptr);
  if (!audio_ || avcodec_parameters_from_context(audio_->codecpar, &encoder_->context()) < 0)
    throw std::bad_alloc();
  audio_->time_base = encoder_->context().time_base;
  audio_->disposition = AV_DISPOSITION_DEFAULT;
  if (!spec_.language.empty())
    av_dict_set(&audio_->metadata, "language",
                iso639_2(spec_.language, format.bibliographic_language).c_str(), 0);
  return {};
}

Result<void> LibavWriter::write_header() {
  AVDictionary* options = nullptr;
  // Past 4 GB a plain WAV header cannot tell the length.
  if (std::strcmp(muxer_->oformat->name, "wav") == 0) av_dict_set(&options, "rf64", "auto", 0);
  // Matroska moves a track by its encoder delay itself; libav would move the picture once more.
  if (std::strcmp(muxer_->oformat->name, "matroska") == 0)
    muxer_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  const int error = avformat_write_header(muxer_, &options);
  av_dict_free(&options);
  if (error < 0) return Fail(failure("writing the header", error));
  return {};
}

Result<void> LibavWriter::mux_audio(AVPacket& packet) {
  const AVRational samples = encoder_->context().time_base;
  // The picture goes ahead of the sound up to the same time: the muxer's queue stays short.
  if (picture_)
    TROUPE_CHECK(picture_->copy_until(
        std::max<std::int64_t>(0, av_rescale_q(packet.dts, samples, AV_TIME_BASE_Q))));
  av_packet_rescale_ts(&packet, samples, audio_->time_base);
  packet.stream_index = audio_->index;
  const int error = av_interleaved_write_frame(muxer_, &packet);
  if (error < 0) return Fail(failure("writing", error));
  return {};
}

Result<void> LibavWriter::write(std::span<const float> interleaved) {
  if (failed_) return Fail(*failed_);
  return remember(
      encoder_->write(interleaved, [this](AVPacket& packet) { return mux_audio(packet); }));
}

Result<void> LibavWriter::finish() {
  if (failed_) return Fail(*failed_);
  return remember(complete());
}

Result<void> LibavWriter::complete() {
  TROUPE_CHECK(encoder_->finish([this](AVPacket& packet) { return mux_audio(packet); }));
  if (picture_) TROUPE_CHECK(picture_->copy_until(-1));
  const int error = av_write_trailer(muxer_);
  avio_flush(muxer_->pb);
  if (error < 0 || file_->error() != 0) return Fail(failure("writing the end", error));
  if (const int disk = file_->sync_and_close(); disk != 0)
    return fail(Errc::io, name_ + ": writing failed: " + std::strerror(disk) + "; check the disk");
  finished_ = true;
  return {};
}

}  // namespace

Result<std::unique_ptr<AudioWriter>> open_audio_writer(const OutputSpec& spec) {
  auto writer = std::make_unique<LibavWriter>(spec);
  TROUPE_CHECK(writer->open());
  return writer;
}

}  // namespace troupe::media
