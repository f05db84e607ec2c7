#include "core/file_kind.hpp"

#include <algorithm>
#include <array>

namespace troupe {
namespace {

constexpr std::array<std::string_view, 7> kTrackExtensions = {".wav", ".flac", ".mp3", ".opus",
                                                              ".m4a", ".mp4",  ".mkv"};

}  // namespace

std::string extension(const std::filesystem::path& path) {
  std::string text = path.extension().string();
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

Result<void> check_track_name(const std::filesystem::path& path) {
  const std::string found = extension(path);
  if (std::find(kTrackExtensions.begin(), kTrackExtensions.end(), found) != kTrackExtensions.end())
    return {};
  return fail(
      Errc::bad_input,
      printable(path.string()) + ": " +
          (found.empty() ? "has no extension" : "the extension is not one that can be written") +
          "; end the name in .wav .flac .mp3 .opus .m4a .mp4 or .mkv");
}

std::string printable(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return out;
}

}  // namespace troupe
