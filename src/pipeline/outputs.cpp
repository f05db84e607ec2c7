#include "pipeline/outputs.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "core/try.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {
namespace fs = std::filesystem;
namespace {

std::string extension(const fs::path& path) {
  std::string text = path.extension().string();
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool is_video(const fs::path& path) {
  return extension(path) == ".mp4" || extension(path) == ".mkv";
}

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

std::vector<fs::path> small_files(const Outputs& outputs) {
  std::vector<fs::path> paths;
  for (const auto& path : {outputs.timeline_svg, outputs.subtitles, outputs.report_json})
    if (path) paths.push_back(*path);
  return paths;
}

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

}  // namespace

Result<Layout> check_outputs(const Job& job, const Outputs& outputs) {
  const std::string track = outputs.track.string();
  const bool video = is_video(outputs.track);
  Layout layout = job.options.layout;
  if (layout == Layout::automatic) layout = video ? Layout::timeline : Layout::concat;
  if (layout == Layout::concat && video)
    return fail(Errc::bad_input, track +
                                     ": layout concat does not fit a video, whose picture "
                                     "keeps its own time; use timeline, or an audio file");
  if (layout == Layout::concat && job.options.background == Background::keep)
    return fail(Errc::bad_input,
                "background keep needs the original's timing; use layout timeline with it");
  std::vector<fs::path> all = small_files(outputs);
  all.push_back(outputs.track);
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::error_code error;
    if (fs::equivalent(all[i], job.source_audio, error))
      return fail(Errc::bad_input,
                  all[i].string() + ": is the source itself; choose another output");
    for (std::size_t j = 0; j < i; ++j)
      if (fs::weakly_canonical(fs::absolute(all[i]), error) ==
          fs::weakly_canonical(fs::absolute(all[j]), error))
        return fail(Errc::bad_input,
                    all[i].string() + ": is named for two outputs; give each its own file");
  }
  if (outputs.subtitles) {
    const std::string kind = extension(*outputs.subtitles);
    if (kind != ".vtt" && kind != ".srt")
      return fail(Errc::bad_input, outputs.subtitles->string() + ": unknown subtitle extension '" +
                                       kind + "'; use .vtt or .srt");
  }
  return layout;
}

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

Result<std::unique_ptr<OutputSet>> OutputSet::open(const Request& request, const Media& media,
                                                   JobDirectory& directory, const Clock& clock) {
  std::unique_ptr<OutputSet> set(new OutputSet);
  auto open_writer = [&](OutputSpec spec) -> Result<AudioWriter*> {
    TROUPE_TRY(spec.temp_path, directory.temp_for(spec.path));
    TROUPE_TRY(auto writer, media.open_writer(spec));
    set->writers_.push_back(
        {spec.path, std::make_unique<TimedWriter>(std::move(writer), clock, set->encode_ms_)});
    return set->writers_.back().writer.get();
  };
  TROUPE_CHECK(open_writer({request.outputs.track,
                            {},
                            request.format.sample_rate_hz,
                            request.format.channels,
                            request.video_source,
                            request.language}));
  if (request.outputs.stems_dir) {
    const fs::path folder = *request.outputs.stems_dir;
    std::error_code error;
    if (fs::create_directory(folder, error)) set->made_folder_ = folder;
    for (std::size_t i = 0; i < request.speakers.size(); ++i) {
      const fs::path path = folder / stem_file_name(i, request.speakers[i]);
      TROUPE_TRY(AudioWriter * stem,
                 open_writer({path, {}, kSampleRateHz, 1, {}, request.language}));
      set->stems_.emplace_back(request.speakers[i], stem);
    }
  }
  for (const fs::path& path : small_files(request.outputs)) {
    TROUPE_TRY(fs::path temp, directory.temp_for(path));
    set->small_.push_back({path, std::move(temp)});
  }
  return set;
}

OutputSet::~OutputSet() {
  writers_.clear();
  if (published_) return;
  std::error_code ignored;
  for (const fs::path& path : finished_) fs::remove(path, ignored);
  for (const SmallFile& file : small_) fs::remove(file.temp, ignored);
  // Only when empty: what else the caller keeps there is not ours.
  if (made_folder_) fs::remove(*made_folder_, ignored);
}

Result<void> OutputSet::write(const fs::path& output, std::string_view content) {
  for (const SmallFile& file : small_)
    if (file.path == output) return write_whole(file.temp, content);
  return fail(Errc::internal, output.string() + ": was not opened as an output");
}

Result<void> OutputSet::finish_media() {
  for (Writer& entry : writers_) {
    TROUPE_CHECK(entry.writer->finish());
    finished_.push_back(entry.path);
  }
  return {};
}

Result<void> OutputSet::publish() {
  for (const SmallFile& file : small_) {
    std::error_code error;
    fs::rename(file.temp, file.path, error);
    if (error)
      return fail(Errc::io, file.path.string() + ": cannot be put in place: " + error.message());
    finished_.push_back(file.path);
  }
  published_ = true;
  return {};
}

}  // namespace troupe::pipeline
