/// Local files for libav through our own descriptor: no protocol of libav is ever involved, so a
/// hostile playlist can reach neither another file nor the network, and errno is at hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "troupe/result.hpp"

struct AVIOContext;

namespace troupe::media {

class LocalFile {
 public:
  /// @return bad_input (missing, empty, directory, not a regular file) or io (unreadable).
  static Result<std::unique_ptr<LocalFile>> open_read(const std::filesystem::path& path);
  /// Creates or empties. @param shown the name that error lines use. @return io.
  static Result<std::unique_ptr<LocalFile>> create(const std::filesystem::path& path,
                                                   const std::filesystem::path& shown);
  ~LocalFile();
  LocalFile(const LocalFile&) = delete;

  AVIOContext* io() const { return io_; }
  /// errno of the first failed read or write, else 0.
  int error() const { return error_; }
  /// Pushes written data to the disk and closes. @return 0 or errno.
  int sync_and_close();

 private:
  LocalFile(int fd, bool writable);
  static int read(void* self, std::uint8_t* data, int size);
  static int write(void* self, std::uint8_t* data, int size);
  static std::int64_t seek(void* self, std::int64_t offset, int whence);

  int fd_;
  int error_ = 0;
  AVIOContext* io_ = nullptr;
};

}  // namespace troupe::media
