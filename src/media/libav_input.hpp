/// An opened, probed local media file.
#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>

#include "media/libav_local_file.hpp"
#include "troupe/result.hpp"

struct AVFormatContext;

namespace troupe::media {

class LibavInput {
 public:
  /// @return bad_input (missing, empty, not media, a playlist), io, cancelled.
  static Result<std::unique_ptr<LibavInput>> open(const std::filesystem::path& path,
                                                  std::stop_token stop);
  ~LibavInput();
  LibavInput(const LibavInput&) = delete;

  AVFormatContext& format() const { return *format_; }
  /// errno of the first failed read, else 0.
  int read_error() const { return file_->error(); }
  bool stop_requested() const { return stop_.stop_requested(); }

 private:
  LibavInput(std::unique_ptr<LocalFile> file, std::stop_token stop);

  std::unique_ptr<LocalFile> file_;
  std::stop_token stop_;
  AVFormatContext* format_ = nullptr;
};

}  // namespace troupe::media
