#include <algorithm>
#include <cstdio>
#include <vector>

#include "core/file_kind.hpp"
#include "pipeline/report_text.hpp"

namespace troupe::pipeline {
namespace {

// Two lines of 42 characters, the usual limit of broadcasters' subtitle guides.
constexpr std::size_t kCueCharacters = 84;

struct Cue {
  std::int64_t begin_ms = 0, end_ms = 0;
  std::string speaker, text;
};

std::size_t characters(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

/// Words joined up to the limit; a single longer word stands alone.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    const std::string_view word = text.substr(at, end - at);
    at = end + 1;
    if (word.empty()) continue;
    if (lines.empty() || characters(lines.back()) + 1 + characters(word) > kCueCharacters)
      lines.emplace_back(word);
    else
      lines.back().append(" ").append(word);
  }
  return lines;
}

/// A text's lines share its time by their length.
void add_cues(std::vector<Cue>& cues, const std::string& speaker, std::string_view text,
              std::int64_t begin_ms, std::int64_t length_ms) {
  const double total = static_cast<double>(std::max<std::size_t>(1, characters(text)));
  std::size_t before = 0;
  for (const std::string& line : lines_of(text)) {
    const std::size_t after = before + characters(line) + 1;
    auto at = [&](std::size_t count) {
      const double share = std::min(1.0, static_cast<double>(count) / total);
      return begin_ms + static_cast<std::int64_t>(static_cast<double>(length_ms) * share);
    };
    cues.push_back({at(before), std::max(at(before) + 1, at(after)), speaker, line});
    before = after;
  }
}

void add_turn(std::vector<Cue>& cues, const TurnReport& report, const Turn& turn,
              std::span<const TimeRange> phrases) {
  // Some phrase had nothing readable in it: which one is where is not known.
  if (phrases.size() != turn.phrases.size())
    return add_cues(cues, turn.speaker_id, turn.text(), report.start_ms, report.final_ms);
  for (std::size_t i = 0; i < phrases.size(); ++i)
    add_cues(cues, turn.speaker_id, turn.phrases[i].text,
             report.start_ms + samples_to_ms(phrases[i].begin), samples_to_ms(phrases[i].length()));
}

std::string timestamp(std::int64_t ms, char decimal) {
  char text[64];
  std::snprintf(text, sizeof text, "%02lld:%02lld:%02lld%c%03lld",
                static_cast<long long>(ms / 3600000), static_cast<long long>(ms / 60000 % 60),
                static_cast<long long>(ms / 1000 % 60), decimal, static_cast<long long>(ms % 1000));
  return text;
}

std::string escape_vtt(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '\n' || c == '\r')
      out += ' ';
    else
      out += c;
  }
  return out;
}

/// SubRip has no escape: an arrow inside a text would read as a time line.
std::string escape_srt(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' || c == '\r' ? ' ' : c;
  for (std::size_t at = 0; (at = out.find("-->")) != std::string::npos;) out.erase(at, 1);
  return out;
}

}  // namespace

std::string subtitles(const Report& report, std::span<const Turn> turns,
                      std::span<const std::vector<TimeRange>> phrases,
                      const std::filesystem::path& path) {
  std::vector<Cue> cues;
  for (std::size_t i = 0; i < turns.size(); ++i)
    if (report.turns[i].ok) add_turn(cues, report.turns[i], turns[i], phrases[i]);
  std::stable_sort(cues.begin(), cues.end(),
                   [](const Cue& a, const Cue& b) { return a.begin_ms < b.begin_ms; });
  const bool vtt = extension(path) == ".vtt";
  std::string out = vtt ? "WEBVTT\n\n" : "";
  int number = 0;
  for (const Cue& cue : cues) {
    const char decimal = vtt ? '.' : ',';
    if (!vtt) out += std::to_string(++number) + "\n";
    out += timestamp(cue.begin_ms, decimal) + " --> " + timestamp(cue.end_ms, decimal) + "\n";
    if (vtt)
      out += "<v " + escape_vtt(cue.speaker) + ">" + escape_vtt(cue.text) + "\n\n";
    else
      out += escape_srt(cue.speaker) + ": " + escape_srt(cue.text) + "\n\n";
  }
  return out;
}

}  // namespace troupe::pipeline
