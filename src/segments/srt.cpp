#include "core/try.hpp"
#include "segments/cues.hpp"
#include "segments/text_lines.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

bool is_number(std::string_view line) {
  line = trimmed(line);
  return !line.empty() && line.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A line with an arrow is a timing where one belongs (at the start, after a blank or an index) or
/// where it begins like one; else it is words ("a --> b").
bool is_timing(const std::vector<std::string_view>& lines, std::size_t i) {
  const std::string_view line = trimmed(lines[i]);
  if (line.find("-->") == std::string_view::npos) return false;
  const bool begins_like_one = line[0] >= '0' && line[0] <= '9';
  return begins_like_one || i == 0 || trimmed(lines[i - 1]).empty() || is_number(lines[i - 1]);
}

}  // namespace

Result<std::vector<RawCue>> parse_srt(std::string_view text, const std::string& origin) {
  TROUPE_TRY(const auto lines, lines_of(text, origin));
  std::vector<RawCue> cues;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = trimmed(lines[i]);
    if (is_timing(lines, i)) {
      TROUPE_TRY(RawCue cue, parse_timing(line, line_place(origin, i)));
      cues.push_back(std::move(cue));
      continue;
    }
    const bool index = i + 1 < lines.size() && is_number(line) && is_timing(lines, i + 1);
    if (line.empty() || index) continue;
    if (cues.empty())
      return fail(Errc::bad_input,
                  line_place(origin, i) + ": " + in_quotes(line) +
                      " comes before any time; begin each cue with 00:00:01,000 --> 00:00:02,000",
                  "segments");
    // Also after a blank line: words must not be lost because an editor put one inside a cue.
    const std::string words(trimmed(without_tags(line)));
    if (!words.empty()) cues.back().lines.push_back(words);
  }
  TROUPE_CHECK(check_cue_count(cues.size(), origin));
  return cues;
}

}  // namespace troupe::segments
