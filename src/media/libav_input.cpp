#include "media/libav_input.hpp"

extern "C" {
#include <libavformat/avformat.h>
}

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <string_view>

#include "core/try.hpp"
#include "media/libav_common.hpp"
#include "media/name_of.hpp"

namespace troupe::media {
namespace {

// Readers of files that only name other files, addresses or programs. Nested opens fail anyway
// (no protocol is allowed); this gives the clear line.
constexpr std::array kIndirect = {
    "concat",     "dash", "hls", "imf", "sdp", "rtsp", "lavfi", "avisynth", "webm_dash_manifest",
    "vapoursynth"};

int refuse_nested_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

int wants_stop(void* stop) { return static_cast<std::stop_token*>(stop)->stop_requested(); }

}  // namespace

LibavInput::LibavInput(std::unique_ptr<LocalFile> file, std::stop_token stop)
    : file_(std::move(file)), stop_(std::move(stop)) {}

LibavInput::~LibavInput() { avformat_close_input(&format_); }

Result<std::unique_ptr<LibavInput>> LibavInput::open(const std::filesystem::path& path,
                                                     std::stop_token stop) {
  const std::string name = name_of(path);
  TROUPE_TRY(std::unique_ptr<LocalFile> file, LocalFile::open_read(path));
  std::unique_ptr<LibavInput> input(new LibavInput(std::move(file), std::move(stop)));

  const auto failed = [&](int error) -> Fail {
    if (input->stop_requested()) return fail(Errc::cancelled, name + ": cancelled");
    if (input->read_error() != 0)
      return fail(Errc::io, name + ": cannot be read: " + std::strerror(input->read_error()) +
                                "; check the disk");
    return fail(Errc::bad_input, name + ": is not media that can be read (" + av_error(error) +
                                     "); give an audio or video file");
  };

  // libav sees the bare file name: only its extension matters, for formats without a signature.
  const std::string hint = path.filename().string();
  AVIOContext* io = input->file_->io();
  const AVInputFormat* kind = nullptr;
  int error = av_probe_input_buffer2(io, &kind, hint.c_str(), nullptr, 0, 0);
  if (error < 0) return failed(error);
  for (const char* indirect : kIndirect)
    if (std::string_view(kind->name).starts_with(indirect))
      return fail(Errc::bad_input, name + ": is a list of other files (" + kind->name +
                                       "), not media; give the media file itself");

  AVFormatContext* format = avformat_alloc_context();
  if (!format) throw std::bad_alloc();
  format->pb = io;
  format->io_open = refuse_nested_open;
  format->interrupt_callback = {wants_stop, &input->stop_};
  // Some containers omit presentation times that the picture copy needs.
  format->flags |= AVFMT_FLAG_GENPTS;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "none", 0);
  error = avformat_open_input(&format, hint.c_str(), kind, &options);
  av_dict_free(&options);
  if (error < 0) return failed(error);
  input->format_ = format;
  error = avformat_find_stream_info(format, nullptr);
  if (error < 0 || input->stop_requested()) return failed(error);
  return input;
}

}  // namespace troupe::media
