#include <cmath>
#include <cstdlib>

#include "core/try.hpp"
#include "segments/cues.hpp"
#include "segments/segment_list.hpp"
#include "segments/text_lines.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields;
  for (std::size_t begin = line.find_first_not_of(" \t"); begin != std::string_view::npos;) {
    const std::size_t end = line.find_first_of(" \t", begin);
    fields.emplace_back(line.substr(begin, end - begin));
    begin = end == std::string_view::npos ? end : line.find_first_not_of(" \t", end);
  }
  return fields;
}

/// Plain decimal seconds; strtod alone would also take "inf", "nan" and hexadecimal.
std::optional<double> seconds_of(const std::string& text) {
  if (text.empty() || text.size() > 40 ||
      text.find_first_not_of("0123456789.eE+-") != std::string::npos)
    return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  const bool good = end == text.c_str() + text.size() && value >= 0 && value * 1000 <= kMaxTimeMs;
  return good ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<std::vector<RawCue>> parse_rttm(std::string_view text, const std::string& origin) {
  TROUPE_TRY(const auto lines, lines_of(text, origin));
  std::vector<RawCue> cues;
  std::string recording;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto fields = fields_of(lines[i]);
    if (fields.empty() || fields[0] != "SPEAKER") continue;
    const std::string place = line_place(origin, i);
    // Ten by the standard; tools that leave out the last two NA columns are common.
    if (fields.size() < 8 || fields.size() > 10)
      return fail(Errc::bad_input,
                  place + ": has " + std::to_string(fields.size()) +
                      " fields; give SPEAKER file channel onset duration NA NA name NA NA",
                  "segments");
    if (recording.empty()) recording = fields[1];
    if (recording != fields[1])
      return fail(Errc::bad_input,
                  place + ": is of recording " + in_quotes(fields[1]) + ", the lines before of " +
                      in_quotes(recording) + "; give the lines of one recording",
                  "segments");
    const auto onset = seconds_of(fields[3]);
    const auto duration = seconds_of(fields[4]);
    if (!onset || !duration)
      return fail(Errc::bad_input,
                  place + ": " + in_quotes(onset ? fields[4] : fields[3]) +
                      " is not a time; give seconds of 0 or more",
                  "segments");
    RawCue cue;
    cue.place = place;
    cue.start_ms = std::llround(*onset * 1000);
    cue.end_ms = std::llround((*onset + *duration) * 1000);
    if (cue.end_ms <= cue.start_ms)
      return fail(Errc::bad_input,
                  place + ": duration " + in_quotes(fields[4]) + " is no time; leave the line out",
                  "segments");
    cue.voices.push_back({fields[7], ""});
    cues.push_back(std::move(cue));
  }
  TROUPE_CHECK(check_cue_count(cues.size(), origin));
  return cues;
}

}  // namespace troupe::segments
