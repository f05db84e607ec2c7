#include <algorithm>
#include <span>

#include "core/try.hpp"
#include "segments/cues.hpp"
#include "segments/text_lines.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

using Lines = std::vector<std::string_view>;

bool begins_with_word(std::string_view line, std::string_view word) {
  return line.starts_with(word) &&
         (line.size() == word.size() || line[word.size()] == ' ' || line[word.size()] == '\t');
}

std::string decode_entities(std::string_view text) {
  static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&amp;", "&"},
      {"&lt;", "<"},
      {"&gt;", ">"},
      {"&nbsp;", " "},
      {"&lrm;", "\xE2\x80\x8E"},
      {"&rlm;", "\xE2\x80\x8F"},
      {"&quot;", "\""},
      {"&#39;", "'"}};
  std::string decoded;
  while (!text.empty()) {
    const auto* found =
        std::find_if(std::begin(kEntities), std::end(kEntities),
                     [&](const auto& entity) { return text.starts_with(entity.first); });
    if (found == std::end(kEntities)) {
      decoded += text[0];
      text.remove_prefix(1);
    } else {
      decoded += found->second;
      text.remove_prefix(found->first.size());
    }
  }
  return decoded;
}

std::string words_of(std::string_view markup) {
  return std::string(trimmed(decode_entities(without_tags(markup))));
}

/// Position of the next `<v Name>` or `<v.class Name>`.
std::size_t find_voice(std::string_view markup, std::size_t from) {
  for (std::size_t at = markup.find("<v", from); at != std::string_view::npos;
       at = markup.find("<v", at + 2)) {
    const char next = at + 2 < markup.size() ? markup[at + 2] : '\0';
    if (next == ' ' || next == '\t' || next == '.')
      return markup.find('>', at) == std::string_view::npos ? std::string_view::npos : at;
  }
  return std::string_view::npos;
}

/// Words before the first voice tag belong to the first voice, words after a closing tag to the one
/// just closed: nobody else is named.
std::vector<CuePart> voices_of(std::string_view markup) {
  std::vector<CuePart> voices;
  std::size_t begin = find_voice(markup, 0);
  std::string before = begin == std::string_view::npos ? "" : words_of(markup.substr(0, begin));
  while (begin != std::string_view::npos) {
    const std::size_t tag_end = markup.find('>', begin);
    const std::string_view tag = markup.substr(begin, tag_end - begin);
    const std::size_t name_at = tag.find_first_of(" \t");
    const std::size_t next = find_voice(markup, tag_end);
    CuePart part;
    if (name_at != std::string_view::npos) part.speaker = words_of(tag.substr(name_at));
    if (part.speaker && part.speaker->empty()) part.speaker.reset();
    part.text = words_of(markup.substr(
        tag_end + 1, next == std::string_view::npos ? std::string_view::npos : next - tag_end - 1));
    if (!before.empty()) part.text = part.text.empty() ? before : before + ' ' + part.text;
    before.clear();
    voices.push_back(std::move(part));
    begin = next;
  }
  return voices;
}

/// @param block the timing and the words below it.
Result<RawCue> cue_of(std::span<const std::string_view> block, std::string place) {
  TROUPE_TRY(RawCue cue, parse_timing(block[0], std::move(place)));
  std::string markup;
  for (std::size_t i = 1; i < block.size(); ++i) {
    if (!markup.empty()) markup += ' ';
    markup += block[i];
    if (std::string words = words_of(block[i]); !words.empty())
      cue.lines.push_back(std::move(words));
  }
  cue.voices = voices_of(markup);
  if (!cue.voices.empty()) cue.lines.clear();
  return cue;
}

bool has_arrow(std::string_view line) { return line.find("-->") != std::string_view::npos; }

/// One block between empty lines: an optional identifier, the timing, the words. An arrow further
/// down begins the next cue (a lost empty line), as in the standard.
Result<void> read_block(const Lines& lines, std::size_t begin, std::size_t end,
                        const std::string& origin, std::vector<RawCue>& cues) {
  const std::string_view first = lines[begin];
  for (const char* other : {"NOTE", "STYLE", "REGION"})
    if (begins_with_word(first, other) && !has_arrow(first)) return {};
  while (begin < end) {
    std::size_t timing = begin;
    while (timing < end && timing < begin + 2 && !has_arrow(lines[timing])) ++timing;
    if (timing == end || !has_arrow(lines[timing]))
      return fail(Errc::bad_input,
                  line_place(origin, begin) + ": " + in_quotes(lines[begin]) +
                      " has no time; write a line 00:01.000 --> 00:02.000 above it",
                  "segments");
    std::size_t next = timing + 1;
    while (next < end && !has_arrow(lines[next])) ++next;
    const auto block = std::span(lines).subspan(timing, next - timing);
    TROUPE_TRY(RawCue cue, cue_of(block, line_place(origin, timing)));
    cues.push_back(std::move(cue));
    begin = next;
  }
  return {};
}

}  // namespace

Result<std::vector<RawCue>> parse_vtt(std::string_view text, const std::string& origin) {
  TROUPE_TRY(const Lines lines, lines_of(text, origin));
  if (lines.empty() || !begins_with_word(lines[0], "WEBVTT"))
    return fail(Errc::bad_input,
                line_place(origin, 0) +
                    ": does not begin with WEBVTT; add it, or "
                    "name the file .srt if it is one",
                "segments");
  std::vector<RawCue> cues;
  std::size_t begin = 1;
  // The header may carry lines of its own ("Kind: captions").
  while (begin < lines.size() && !lines[begin].empty() && !has_arrow(lines[begin])) ++begin;
  while (begin < lines.size()) {
    std::size_t end = begin;
    while (end < lines.size() && !lines[end].empty()) ++end;
    if (end > begin) TROUPE_CHECK(read_block(lines, begin, end, origin, cues));
    begin = end + 1;
  }
  TROUPE_CHECK(check_cue_count(cues.size(), origin));
  return cues;
}

}  // namespace troupe::segments
