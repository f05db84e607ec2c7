/// The files that a job writes: each under a temp name until all of them are complete.
#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/clock.hpp"
#include "core/media.hpp"
#include "mix/mixer.hpp"
#include "pipeline/dub.hpp"
#include "pipeline/job_directory.hpp"

namespace troupe::pipeline {

/// What the names alone decide; nothing is opened. @return bad_input: concat or a kept background
/// where they make no sense, an unknown extension, an output that is an input, another output or
/// no regular file, more speakers than stems can be open; io: a folder that does not exist.
Result<Layout> check_outputs(const Job& job, const Outputs& outputs);

/// The file that a name stands for: symbolic links followed, dangling ones as well.
std::filesystem::path resolved(const std::filesystem::path& output);

/// @return bad_input when the output is one of the inputs (links count) or no regular file, io when
/// its folder does not exist.
Result<void> check_output(const std::filesystem::path& output,
                          std::span<const std::filesystem::path> inputs);

/// dBTP: -1 where the container is lossless, else -1.5, because a lossy codec overshoots by some
/// tenths of a dB after decoding (EBU Tech 3343, section on data-reduced delivery).
double true_peak_ceiling(const std::filesystem::path& track);

/// "speaker-01-anna.wav": what is not a plain letter or digit in a speaker id never reaches a path.
std::string stem_file_name(std::size_t position, std::string_view speaker_id);

class OutputSet {
 public:
  struct Request {
    const Outputs& outputs;
    mix::MixFormat format;
    std::vector<std::string> speakers;  ///< one stem each, when stems are wanted
    std::optional<std::filesystem::path> video_source;
    std::string language;
  };
  /// Opens the track, the stems and every small file's temp, so that a folder that cannot be
  /// written is known before anything is spoken.
  static Result<std::unique_ptr<OutputSet>> open(const Request& request, const Media& media,
                                                 JobDirectory& directory, const Clock& clock);
  /// Without publish() nothing of this set stays.
  ~OutputSet();
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;

  AudioWriter& track() { return *writers_.front(); }
  std::span<const std::pair<std::string, AudioWriter*>> stems() const { return stems_; }
  /// Milliseconds spent inside the writers so far.
  double encode_ms() const { return encode_ms_; }

  /// Fills the temp of one of the small files that were asked for.
  Result<void> write(const std::filesystem::path& output, std::string_view content);
  /// Completes track and stems under their temp names.
  Result<void> finish_media();
  /// Puts everything in place; when that fails half way, what was there before comes back.
  Result<void> publish();

 private:
  struct File {
    std::filesystem::path path;         ///< as the caller named it
    std::filesystem::path final, temp;  ///< beside each other
    bool replaced = false;              ///< since publish(): temp holds what final held before
  };
  explicit OutputSet(JobDirectory& directory) : directory_(directory) {}
  /// Makes the temp. @return its place in files_.
  Result<std::size_t> add(const std::filesystem::path& path);
  Result<AudioWriter*> open_writer(OutputSpec spec, const Media& media, const Clock& clock);
  Result<void> put_in_place(File& file);

  JobDirectory& directory_;  ///< outlives this
  std::vector<File> files_;
  std::vector<std::unique_ptr<AudioWriter>> writers_;  ///< the track first
  std::vector<std::pair<std::string, AudioWriter*>> stems_;
  std::optional<std::filesystem::path> made_folder_;
  double encode_ms_ = 0;
  bool published_ = false;
};

}  // namespace troupe::pipeline
