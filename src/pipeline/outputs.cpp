#include "pipeline/outputs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/file_kind.hpp"
#include "core/try.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {
namespace fs = std::filesystem;
namespace {

/// Sums up the time spent encoding; mixing and encoding share a thread.
class TimedWriter : public AudioWriter {
 public:
  TimedWriter(std::unique_ptr<AudioWriter> inner, const Clock& clock, double& total_ms)
      : inner_(std::move(inner)), clock_(clock), total_ms_(total_ms) {}
  Result<void> write(std::span<const float> interleaved) override {
    PhaseScope scope(clock_, total_ms_);
    return inner_->write(interleaved);
  }
  Result<void> finish() override {
    PhaseScope scope(clock_, total_ms_);
    return inner_->finish();
  }

 private:
  std::unique_ptr<AudioWriter> inner_;
  const Clock& clock_;
  double& total_ms_;
};

Result<void> write_whole(const fs::path& path, std::string_view content) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC | O_NOFOLLOW);
  bool good = fd >= 0;
  while (good && !content.empty()) {
    const ssize_t n = ::write(fd, content.data(), content.size());
    if (n < 0 && errno == EINTR) continue;
    good = n > 0;
    if (good) content.remove_prefix(static_cast<std::size_t>(n));
  }
  const int code = errno;
  if (fd >= 0 && ::close(fd) == 0 && good) return {};
  return fail(Errc::io, path.string() + ": cannot be written: " + std::strerror(code) +
                            "; free some space or choose another folder");
}

bool move(const fs::path& from, const fs::path& to) {
  return ::rename(from.c_str(), to.c_str()) == 0;
}

/// Swaps two files. @param spare a third name beside them. @return errno, 0 when done.
int swap_with_spare(const fs::path& temp, const fs::path& final, const fs::path& spare) {
  if (!move(final, spare)) return errno;
  if (!move(temp, final)) {
    const int code = errno;
    move(spare, final);
    return code;
  }
  return move(spare, temp) ? 0 : errno;
}

}  // namespace

double true_peak_ceiling(const fs::path& track) {
  const std::string kind = extension(track);
  return kind == ".wav" || kind == ".flac" ? -1.0 : -1.5;
}

std::string stem_file_name(std::size_t position, std::string_view speaker_id) {
  char number[32];
  std::snprintf(number, sizeof number, "speaker-%02zu", position + 1);
  std::string safe;
  for (const char c : speaker_id.substr(0, 40))
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) safe += c;
  return std::string(number) + (safe.empty() ? "" : "-" + safe) + ".wav";
}

Result<std::size_t> OutputSet::add(const fs::path& path) {
  File file{path, resolved(path), {}};
  TROUPE_TRY(file.temp, directory_.temp_for(file.final));
  files_.push_back(std::move(file));
  return files_.size() - 1;
}

Result<AudioWriter*> OutputSet::open_writer(OutputSpec spec, const Media& media,
                                            const Clock& clock) {
  TROUPE_TRY(const std::size_t file, add(spec.path));
  spec.temp_path = files_[file].temp;
  TROUPE_TRY(auto writer, media.open_writer(spec));
  writers_.push_back(std::make_unique<TimedWriter>(std::move(writer), clock, encode_ms_));
  return writers_.back().get();
}

Result<std::unique_ptr<OutputSet>> OutputSet::open(const Request& request, const Media& media,
                                                   JobDirectory& directory, const Clock& clock) {
  std::unique_ptr<OutputSet> set(new OutputSet(directory));
  const Outputs& outputs = request.outputs;
  TROUPE_CHECK(set->open_writer({outputs.track,
                                 {},
                                 request.format.sample_rate_hz,
                                 request.format.channels,
                                 request.video_source,
                                 request.language},
                                media, clock));
  if (outputs.stems_dir) {
    const fs::path folder = *outputs.stems_dir;
    std::error_code error;
    if (fs::create_directory(folder, error)) set->made_folder_ = folder;
    for (std::size_t i = 0; i < request.speakers.size(); ++i) {
      const fs::path path = folder / stem_file_name(i, request.speakers[i]);
      TROUPE_CHECK(check_output(path, outputs.inputs));
      TROUPE_TRY(
          AudioWriter * stem,
          set->open_writer({path, {}, kSampleRateHz, 1, {}, request.language}, media, clock));
      set->stems_.emplace_back(request.speakers[i], stem);
    }
  }
  for (const auto& path : {outputs.timeline_svg, outputs.subtitles, outputs.report_json})
    if (path) TROUPE_CHECK(set->add(*path));
  return set;
}

OutputSet::~OutputSet() {
  writers_.clear();
  std::error_code ignored;
  for (const File& file : files_) fs::remove(file.temp, ignored);
  // Only when empty: what else the caller keeps there is not ours.
  if (made_folder_ && !published_) fs::remove(*made_folder_, ignored);
}

Result<void> OutputSet::write(const fs::path& output, std::string_view content) {
  for (const File& file : files_)
    if (file.path == output) return write_whole(file.temp, content);
  return fail(Errc::internal, output.string() + ": was not opened as an output");
}

Result<void> OutputSet::finish_media() {
  for (const auto& writer : writers_) TROUPE_CHECK(writer->finish());
  return {};
}

// Exchanging the two names leaves no moment at which neither file is there, and the temp, which a
// sweep knows, is where the older one waits.
Result<void> OutputSet::put_in_place(File& file) {
  std::error_code error;
  const auto there = fs::symlink_status(file.final, error).type();
  if (there != fs::file_type::not_found && there != fs::file_type::regular)
    return fail(Errc::io, printable(file.path.string()) +
                              ": is not a regular file any more; choose another name");
  const char* temp = file.temp.c_str();
  const char* final = file.final.c_str();
  int code = ::renameat2(AT_FDCWD, temp, AT_FDCWD, final, RENAME_EXCHANGE) == 0 ? 0 : errno;
  file.replaced = code == 0;
  if (code == ENOENT) {
    code = move(file.temp, file.final) ? 0 : errno;
  } else if (code == EINVAL || code == ENOSYS || code == ENOTSUP) {
    // Network and FAT file systems cannot exchange.
    if (::access(final, F_OK) != 0) {
      code = move(file.temp, file.final) ? 0 : errno;
    } else {
      TROUPE_TRY(const fs::path spare, directory_.temp_for(file.final));
      code = swap_with_spare(file.temp, file.final, spare);
      file.replaced = code == 0;
    }
  }
  if (code == 0) return {};
  return fail(Errc::io, printable(file.path.string()) + ": cannot be put in place: " +
                            std::strerror(code) + "; check the folder's permissions");
}

Result<void> OutputSet::publish() {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    const auto placed = put_in_place(files_[i]);
    if (placed) continue;
    std::error_code ignored;
    for (std::size_t k = 0; k < i; ++k) {
      const File& file = files_[k];
      if (file.replaced)
        move(file.temp, file.final);
      else
        fs::remove(file.final, ignored);
    }
    return placed;
  }
  published_ = true;
  return {};
}

}  // namespace troupe::pipeline
