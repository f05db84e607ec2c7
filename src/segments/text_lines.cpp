#include "segments/text_lines.hpp"

#include <algorithm>
#include <charconv>

#include "segments/segment_list.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

std::optional<std::int64_t> digits(std::string_view text, std::size_t max_length) {
  if (text.empty() || text.size() > max_length) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc{} && end == text.data() + text.size() && is_digit(text[0]);
  return all ? std::optional(value) : std::nullopt;
}

}  // namespace

Result<std::vector<std::string_view>> lines_of(std::string_view text, const std::string& origin) {
  if (const auto bad = invalid_utf8(text)) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<long>(*bad), '\n');
    return fail(Errc::bad_input,
                line_place(origin, static_cast<std::size_t>(line)) + ": not valid UTF-8 at byte " +
                    std::to_string(*bad) + "; save the file as UTF-8",
                "segments");
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + (text.substr(end).starts_with("\r\n") ? 2 : 1));
  }
  return lines;
}

std::string line_place(const std::string& origin, std::size_t line) {
  return origin + ":" + std::to_string(line + 1);
}

std::optional<std::int64_t> parse_clock(std::string_view text) {
  std::int64_t ms = 0;
  if (const std::size_t point = text.find_first_of(".,"); point != std::string_view::npos) {
    std::string fraction(text.substr(point + 1));
    if (fraction.empty() || fraction.size() > 9 ||
        !std::all_of(fraction.begin(), fraction.end(), is_digit))
      return std::nullopt;
    fraction.resize(3, '0');
    ms = *digits(fraction, 3);
    text = text.substr(0, point);
  }
  std::vector<std::int64_t> parts;
  for (bool more = true; more;) {
    const std::size_t colon = text.find(':');
    more = colon != std::string_view::npos;
    const auto value = digits(text.substr(0, colon), parts.empty() ? 6 : 2);
    if (!value || parts.size() == 3) return std::nullopt;
    parts.push_back(*value);
    if (more) text.remove_prefix(colon + 1);
  }
  if (parts.size() < 2) return std::nullopt;
  std::int64_t seconds = 0;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0 && parts[i] > 59) return std::nullopt;
    seconds = seconds * 60 + parts[i];
  }
  return seconds * 1000 + ms;
}

Result<RawCue> parse_timing(std::string_view line, std::string place) {
  const std::size_t arrow = line.find("-->");
  const std::string_view left = trimmed(line.substr(0, arrow));
  std::string_view right = trimmed(line.substr(arrow + 3));
  right = right.substr(0, right.find_first_of(" \t"));
  RawCue cue;
  const auto start = parse_clock(left);
  const auto end = parse_clock(right);
  if (!start || !end)
    return fail(Errc::bad_input,
                place + ": time " + in_quotes(start ? right : left) +
                    " cannot be read; write hours:minutes:seconds with milliseconds",
                "segments");
  if (*end <= *start)
    return fail(Errc::bad_input,
                place + ": end " + in_quotes(right) + " is not after start " + in_quotes(left) +
                    "; correct the times",
                "segments");
  cue.place = std::move(place);
  cue.start_ms = *start;
  cue.end_ms = *end;
  return cue;
}

Result<void> check_cue_count(std::size_t count, const std::string& origin) {
  if (count == 0)
    return fail(Errc::bad_input, origin + ": has no cues; is it a transcript of this format?",
                "segments");
  if (count > kMaxSegments)
    return fail(Errc::bad_input, origin + ": has more than 20000 cues; split it", "segments");
  return {};
}

std::string without_tags(std::string_view line) {
  std::string text;
  // Where nothing closes any more, looking again at every opening would take quadratic time.
  const std::size_t last_angle = line.rfind('>'), last_brace = line.rfind('}');
  const auto before = [](std::size_t at, std::size_t last) {
    return last != std::string_view::npos && at < last;
  };
  for (std::size_t i = 0; i < line.size();) {
    const char next = i + 1 < line.size() ? line[i + 1] : ' ';
    const bool tag = line[i] == '<' && before(i, last_angle) &&
                     (is_letter(next) || is_digit(next) || next == '/' || next == '.');
    const bool override_block = line[i] == '{' && before(i, last_brace) && next == '\\';
    if (tag || override_block)
      i = line.find(tag ? '>' : '}', i) + 1;
    else
      text += line[i++];
  }
  return text;
}

}  // namespace troupe::segments
