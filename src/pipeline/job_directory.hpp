/// One private directory per job (spec M4): temp files live here, removed on success, failure,
/// cancel, and by the next start after a crash.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "core/audio.hpp"
#include "troupe/result.hpp"

namespace troupe::pipeline {

class JobDirectory {
 public:
  /// Makes `<root>/job-XXXXXX` (0700) holding a locked `lock` file; the lock tells a sweep that
  /// the job lives.
  static Result<std::unique_ptr<JobDirectory>> create(const std::filesystem::path& root, bool keep);
  ~JobDirectory();

  const std::filesystem::path& path() const { return path_; }

  /// A temp name beside `output` (so that rename stays on one file system), written down in this
  /// directory first, so that a sweep after a crash finds and removes it.
  Result<std::filesystem::path> temp_for(const std::filesystem::path& output);

  /// Writes a small file atomically through temp_for().
  Result<void> write_file(const std::filesystem::path& output, std::string_view content);

  /// Removes what dead jobs left below root. Never touches a live job or a path outside.
  static void sweep(const std::filesystem::path& root);

 private:
  JobDirectory(std::filesystem::path path, int lock_fd, bool keep);
  std::filesystem::path path_;
  int lock_fd_;
  bool keep_;
};

/// Finished utterances wait on disk, not in memory: an unnamed file in the job directory.
/// Thread-safe.
class AudioSpool {
 public:
  static Result<std::unique_ptr<AudioSpool>> create(const std::filesystem::path& directory);
  ~AudioSpool();
  struct Handle {
    std::int64_t offset = 0, samples = 0;
  };
  /// @return io when the disk is full.
  Result<Handle> append(std::span<const float> samples);
  Result<AudioBuffer> read(Handle handle) const;

 private:
  explicit AudioSpool(int fd);
  int fd_;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace troupe::pipeline
