#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "core/try.hpp"
#include "pipeline/job_directory.hpp"

namespace troupe::pipeline {
namespace {

Fail spool_error(const char* what) {
  const int code = errno;
  return fail(Errc::io, std::string("temporary audio: ") + what + ": " + std::strerror(code) +
                            (code == ENOSPC || code == EDQUOT || code == EFBIG
                                 ? "; free some space or point TMPDIR at a larger disk"
                                 : ""));
}

int open_spool(const std::filesystem::path& directory, bool named) {
  if (named)
    return ::open((directory / "spool.f32").c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) return fd;
  // Some file systems (overlay on old kernels, NFS) lack O_TMPFILE.
  std::string name = (directory / "spool-XXXXXX").string();
  const int plain = ::mkostemp(name.data(), O_CLOEXEC);
  if (plain >= 0) ::unlink(name.c_str());
  return plain;
}

}  // namespace

Result<std::unique_ptr<AudioSpool>> AudioSpool::create(const std::filesystem::path& directory,
                                                       bool named) {
  const int fd = open_spool(directory, named);
  if (fd < 0) return spool_error("cannot be created");
  return std::unique_ptr<AudioSpool>(new AudioSpool(fd));
}

AudioSpool::~AudioSpool() { ::close(fd_); }

Result<AudioSpool::Handle> AudioSpool::append(std::span<const float> samples) {
  const auto bytes = static_cast<std::int64_t>(samples.size_bytes());
  const Handle handle{end_.fetch_add(bytes), static_cast<std::int64_t>(samples.size())};
  const auto* data = reinterpret_cast<const char*>(samples.data());
  for (std::int64_t done = 0; done < bytes;) {
    const ssize_t n =
        ::pwrite(fd_, data + done, static_cast<std::size_t>(bytes - done), handle.offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return spool_error("cannot be written");
    done += n;
  }
  return handle;
}

Result<AudioBuffer> AudioSpool::read(Handle handle) const {
  AudioBuffer audio;
  audio.samples.resize(static_cast<std::size_t>(handle.samples));
  auto* data = reinterpret_cast<char*>(audio.samples.data());
  const auto bytes = static_cast<std::int64_t>(audio.samples.size() * sizeof(float));
  for (std::int64_t done = 0; done < bytes;) {
    const ssize_t n =
        ::pread(fd_, data + done, static_cast<std::size_t>(bytes - done), handle.offset + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return spool_error("cannot be read back");
    done += n;
  }
  return audio;
}

}  // namespace troupe::pipeline
