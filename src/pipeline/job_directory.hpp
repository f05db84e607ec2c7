/// One private directory per job (spec M4): temp files live here, removed on success, failure,
/// cancel, and by the next start after a crash.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <set>
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

  /// An empty temp file beside `output` (so that rename stays on one file system), written down in
  /// this directory first, so that a sweep after a crash finds and removes it. Temp files there of
  /// jobs below the same root whose directory is gone (a cleaned /tmp) are removed on the way.
  /// @return io when the folder is missing or not writable.
  Result<std::filesystem::path> temp_for(const std::filesystem::path& output);

  /// Removes what dead jobs left below root: their directories (unless kept) and the temp files
  /// they wrote down. Never touches a live job, nor a path that is not a temp name of that very
  /// job and a regular file.
  static void sweep(const std::filesystem::path& root);

 private:
  JobDirectory(std::filesystem::path path, int lock_fd, bool keep);
  void remove_orphans(const std::filesystem::path& folder);
  std::filesystem::path path_;
  int lock_fd_;
  bool keep_;
  int temps_ = 0;
  std::set<std::filesystem::path> searched_;  ///< folders without orphans
};

/// Finished utterances wait on disk, not in memory: an unnamed file in the job directory (named
/// `spool.f32`, raw 24 kHz mono, when the directory is kept). Thread-safe.
class AudioSpool {
 public:
  static Result<std::unique_ptr<AudioSpool>> create(const std::filesystem::path& directory,
                                                    bool named = false);
  ~AudioSpool();
  struct Handle {
    std::int64_t offset = 0, samples = 0;
  };
  /// @return io when the disk is full.
  Result<Handle> append(std::span<const float> samples);
  Result<AudioBuffer> read(Handle handle) const;

 private:
  explicit AudioSpool(int fd) : fd_(fd) {}
  int fd_;
  std::atomic<std::int64_t> end_{0};  ///< bytes handed out
};

}  // namespace troupe::pipeline
