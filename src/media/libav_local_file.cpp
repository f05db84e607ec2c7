#include "media/libav_local_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

extern "C" {
#include <libavformat/avio.h>
#include <libavutil/error.h>
#include <libavutil/mem.h>
}

#include <cerrno>
#include <cstring>
#include <new>
#include <string>

#include "media/name_of.hpp"

namespace troupe::media {
namespace {

constexpr int kBufferBytes = 64 * 1024;

}  // namespace

LocalFile::LocalFile(int fd, bool writable) : fd_(fd) {
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer)
    io_ = avio_alloc_context(buffer, kBufferBytes, writable, this, &LocalFile::read,
                             writable ? &LocalFile::write : nullptr, &LocalFile::seek);
  if (!io_) {
    av_free(buffer);
    ::close(fd_);
    throw std::bad_alloc();
  }
}

LocalFile::~LocalFile() {
  av_freep(&io_->buffer);
  avio_context_free(&io_);
  if (fd_ >= 0) ::close(fd_);
}

Result<std::unique_ptr<LocalFile>> LocalFile::open_read(const std::filesystem::path& path) {
  const std::string name = name_of(path);
  // O_NONBLOCK: a named pipe must be refused, not waited for.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    const int error = errno;
    if (error == ENOENT || error == ENOTDIR)
      return fail(Errc::bad_input, name + ": no such file; check the path");
    return fail(Errc::io, name + ": cannot be read: " + std::strerror(error) +
                              "; check the file's permissions");
  }
  struct stat info {};
  const int status = ::fstat(fd, &info);
  std::string refusal;
  if (status != 0)
    refusal = std::string("cannot be read: ") + std::strerror(errno);
  else if (S_ISDIR(info.st_mode))
    refusal = "is a directory; give a media file";
  else if (!S_ISREG(info.st_mode))
    refusal = "is not a regular file; save the media to a file first";
  else if (info.st_size == 0)
    refusal = "is empty; give a media file with sound";
  if (!refusal.empty()) {
    ::close(fd);
    return fail(status == 0 ? Errc::bad_input : Errc::io, name + ": " + refusal);
  }
  return std::unique_ptr<LocalFile>(new LocalFile(fd, /*writable=*/false));
}

Result<std::unique_ptr<LocalFile>> LocalFile::create(const std::filesystem::path& path,
                                                     const std::filesystem::path& shown) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (fd < 0) {
    const int error = errno;
    return fail(Errc::io, name_of(shown) + ": cannot be written: " + std::strerror(error) +
                              (error == ENOENT ? "; make the directory first"
                                               : "; choose a directory that you can write to"));
  }
  return std::unique_ptr<LocalFile>(new LocalFile(fd, /*writable=*/true));
}

int LocalFile::sync_and_close() {
  int error = ::fsync(fd_) == 0 ? 0 : errno;
  // EINVAL: a file system without fsync, such as some FUSE mounts.
  if (error == EINVAL) error = 0;
  if (::close(fd_) != 0 && error == 0) error = errno;
  fd_ = -1;
  return error;
}

int LocalFile::read(void* self, std::uint8_t* data, int size) {
  auto& file = *static_cast<LocalFile*>(self);
  ssize_t got = 0;
  do {
    got = ::read(file.fd_, data, static_cast<std::size_t>(size));
  } while (got < 0 && errno == EINTR);
  if (got == 0) return AVERROR_EOF;
  if (got > 0) return static_cast<int>(got);
  if (file.error_ == 0) file.error_ = errno;
  return AVERROR(errno);
}

int LocalFile::write(void* self, std::uint8_t* data, int size) {
  auto& file = *static_cast<LocalFile*>(self);
  for (int done = 0; done < size;) {
    const ssize_t put = ::write(file.fd_, data + done, static_cast<std::size_t>(size - done));
    if (put > 0) {
      done += static_cast<int>(put);
    } else if (put == 0 || errno != EINTR) {
      const int error = put == 0 ? ENOSPC : errno;
      if (file.error_ == 0) file.error_ = error;
      return AVERROR(error);
    }
  }
  return size;
}

std::int64_t LocalFile::seek(void* self, std::int64_t offset, int whence) {
  const auto& file = *static_cast<LocalFile*>(self);
  if (whence & AVSEEK_SIZE) {
    struct stat info {};
    return ::fstat(file.fd_, &info) == 0 ? info.st_size : AVERROR(errno);
  }
  const off_t at = ::lseek(file.fd_, offset, whence & ~AVSEEK_FORCE);
  return at >= 0 ? at : AVERROR(errno);
}

}  // namespace troupe::media
