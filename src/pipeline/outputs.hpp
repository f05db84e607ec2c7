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

/// What the names alone decide. @return bad_input: concat or a kept background where they make no
/// sense, an output that is the source or another output, unknown subtitle extension.
Result<Layout> check_outputs(const Job& job, const Outputs& outputs);

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
  /// Without publish() nothing of what was finished stays.
  ~OutputSet();
  OutputSet(const OutputSet&) = delete;
  OutputSet& operator=(const OutputSet&) = delete;

  AudioWriter& track() { return *writers_.front().writer; }
  std::span<const std::pair<std::string, AudioWriter*>> stems() const { return stems_; }
  /// Milliseconds spent inside the writers so far.
  double encode_ms() const { return encode_ms_; }

  /// Fills the temp of one of the small files that were asked for.
  Result<void> write(const std::filesystem::path& output, std::string_view content);
  /// Completes and renames track and stems.
  Result<void> finish_media();
  /// Renames the small files; from here on everything stays.
  Result<void> publish();

 private:
  struct Writer {
    std::filesystem::path path;
    std::unique_ptr<AudioWriter> writer;
  };
  struct SmallFile {
    std::filesystem::path path, temp;
  };
  OutputSet() = default;

  std::vector<Writer> writers_;  ///< the track first
  std::vector<std::pair<std::string, AudioWriter*>> stems_;
  std::vector<SmallFile> small_;
  std::vector<std::filesystem::path> finished_;
  std::optional<std::filesystem::path> made_folder_;
  double encode_ms_ = 0;
  bool published_ = false;
};

}  // namespace troupe::pipeline
