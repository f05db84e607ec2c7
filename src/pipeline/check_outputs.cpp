#include <algorithm>
#include <set>
#include <system_error>

#include "core/file_kind.hpp"
#include "core/try.hpp"
#include "pipeline/outputs.hpp"

namespace troupe::pipeline {
namespace fs = std::filesystem;
namespace {

// Each stem is an open file with its encoder; 1024 descriptors is the usual limit of a process.
constexpr std::size_t kMostStems = 200;

std::vector<fs::path> single_files(const Outputs& outputs) {
  std::vector<fs::path> paths{outputs.track};
  for (const auto& path : {outputs.timeline_svg, outputs.subtitles, outputs.report_json})
    if (path) paths.push_back(*path);
  return paths;
}

Fail refused(const fs::path& path, const std::string& why) {
  return fail(Errc::bad_input, printable(path.string()) + ": " + why);
}

Result<Layout> layout_of(const Job& job, const fs::path& track) {
  const bool video = extension(track) == ".mp4" || extension(track) == ".mkv";
  Layout layout = job.options.layout;
  if (layout == Layout::automatic) layout = video ? Layout::timeline : Layout::concat;
  if (layout == Layout::concat && video)
    return refused(track,
                   "layout concat does not fit a video, whose picture keeps its own time; use "
                   "timeline, or an audio file");
  if (layout == Layout::concat && job.options.background == Background::keep)
    return fail(Errc::bad_input,
                "background keep needs the original's timing; use layout timeline with it");
  return layout;
}

/// Which names the stems will have is known only after decoding, but not what they look like.
bool could_be_stem(const fs::path& path, const fs::path& folder) {
  const fs::path target = resolved(path);
  std::error_code error;
  return fs::weakly_canonical(target.parent_path(), error) ==
             fs::weakly_canonical(fs::absolute(folder), error) &&
         target.filename().string().starts_with("speaker-") && extension(target) == ".wav";
}

Result<void> check_stems(const Job& job, const Outputs& outputs, std::span<const fs::path> others) {
  const fs::path& folder = *outputs.stems_dir;
  std::error_code error;
  if (fs::exists(folder, error) && !fs::is_directory(folder, error))
    return refused(folder, "is a file; give a folder for the stems");
  const fs::path parent = fs::absolute(folder).lexically_normal().parent_path();
  if (!fs::exists(folder, error) && !fs::is_directory(parent, error))
    return fail(Errc::io, printable(folder.string()) + ": folder " + printable(parent.string()) +
                              " does not exist; make it first");
  for (const fs::path& path : others)
    if (could_be_stem(path, folder))
      return refused(path, "may be the name of a stem; choose another folder for the stems");
  std::set<std::string_view> speakers;
  for (const JobSegment& segment : job.segments)
    if (!segment.translated_text.empty()) speakers.insert(segment.speaker_id);
  if (speakers.size() > kMostStems)
    return fail(Errc::bad_input, "there are " + std::to_string(speakers.size()) +
                                     " speakers; stems are written for at most 200, leave them "
                                     "away or split the job");
  return {};
}

}  // namespace

fs::path resolved(const fs::path& output) {
  std::error_code error;
  fs::path path = fs::absolute(output, error);
  // 40 links in a row is where the kernel gives up as well.
  for (int links = 0; links < 40 && fs::is_symlink(path, error); ++links)
    path = path.parent_path() / fs::read_symlink(path, error);
  return path;
}

Result<void> check_output(const fs::path& output, std::span<const fs::path> inputs) {
  const fs::path path = resolved(output);
  std::error_code error;
  if (!path.has_filename() || fs::is_directory(path, error))
    return refused(output, "is a folder; give a file name");
  if (!fs::is_directory(path.parent_path(), error))
    return fail(Errc::io, printable(output.string()) + ": folder " +
                              printable(path.parent_path().string()) +
                              " does not exist; make it first");
  if (!fs::exists(path, error)) return {};
  if (!fs::is_regular_file(path, error))
    return refused(output, "is not a regular file; give another name");
  for (const fs::path& input : inputs)
    if (fs::equivalent(path, input, error))
      return refused(
          output, "is the input " + printable(input.string()) + " itself; choose another output");
  return {};
}

Result<Layout> check_outputs(const Job& job, const Outputs& outputs) {
  TROUPE_CHECK(check_track_name(outputs.track));
  TROUPE_TRY(const Layout layout, layout_of(job, outputs.track));
  std::vector<fs::path> inputs = outputs.inputs;
  inputs.push_back(job.source_audio);
  const std::vector<fs::path> files = single_files(outputs);
  for (std::size_t i = 0; i < files.size(); ++i) {
    TROUPE_CHECK(check_output(files[i], inputs));
    std::error_code error;
    for (std::size_t j = 0; j < i; ++j)
      if (fs::weakly_canonical(resolved(files[i]), error) ==
          fs::weakly_canonical(resolved(files[j]), error))
        return refused(files[i], "is named for two outputs; give each its own file");
  }
  if (outputs.stems_dir) {
    inputs.insert(inputs.end(), files.begin(), files.end());
    TROUPE_CHECK(check_stems(job, outputs, inputs));
  }
  if (outputs.subtitles) {
    const std::string kind = extension(*outputs.subtitles);
    if (kind != ".vtt" && kind != ".srt")
      return refused(*outputs.subtitles,
                     "unknown subtitle extension '" + printable(kind) + "'; use .vtt or .srt");
  }
  return layout;
}

}  // namespace troupe::pipeline
