#include <algorithm>
#include <map>

#include "segments/cues.hpp"
#include "segments/segment_list.hpp"
#include "segments/speaker_label.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

/// Which plain labels of a file are names. In a transcript that begins with one, every first-line
/// label is; elsewhere a name returns, a sentence with a colon does not. Where the speakers are
/// known (translations), another name needs a file that is labelled throughout.
std::set<std::string> plain_names(const std::vector<RawCue>& cues,
                                  const std::set<std::string>& known) {
  std::map<std::string, int> seen, seen_first;
  std::size_t labelled = 0;
  bool begins_with_label = false;
  for (std::size_t c = 0; c < cues.size(); ++c) {
    for (std::size_t i = 0; i < cues[c].lines.size(); ++i) {
      const auto label = speaker_label(cues[c].lines[i]);
      if (!label || label->bracketed) continue;
      ++seen[label->name];
      if (i > 0) continue;
      ++labelled;
      ++seen_first[label->name];
      begins_with_label = begins_with_label || c == 0;
    }
  }
  std::set<std::string> names = known;
  const bool throughout = labelled * 2 >= cues.size();
  for (const auto& [name, count] : seen) {
    const bool returns = count >= 2 && (known.empty() || throughout);
    const bool in_labelled_file = known.empty() && begins_with_label && seen_first.count(name) > 0;
    if (returns || in_labelled_file) names.insert(name);
  }
  return names;
}

struct Part {
  CuePart words;
  bool bracketed = false;
};

std::vector<Part> parts_of(const RawCue& cue, const std::set<std::string>& names) {
  std::vector<Part> parts;
  for (const CuePart& voice : cue.voices) parts.push_back({voice, true});
  for (const std::string& line : cue.lines) {
    const auto label = speaker_label(line);
    const bool counts = label && (label->bracketed || names.count(label->name) > 0);
    const std::string_view words =
        counts ? trimmed(std::string_view(line).substr(label->text_at)) : std::string_view(line);
    if (counts)
      parts.push_back({{label->name, std::string(words)}, label->bracketed});
    else if (parts.empty())
      parts.push_back({{std::nullopt, std::string(words)}, false});
    else
      (parts.back().words.text += parts.back().words.text.empty() ? "" : " ") += words;
  }
  // A label or tag without words takes no time from the others.
  if (parts.size() > 1)
    std::erase_if(parts, [&](const Part& part) { return part.words.text.empty(); });
  if (parts.empty()) parts.emplace_back();
  return parts;
}

}  // namespace

std::vector<Cue> settle_speakers(const std::vector<RawCue>& raw,
                                 const std::set<std::string>& known) {
  const std::set<std::string> names = plain_names(raw, known);
  std::vector<Cue> cues;
  std::string continuing = kUnnamedSpeaker;
  for (const RawCue& cue : raw) {
    const std::vector<Part> parts = parts_of(cue, names);
    std::int64_t total = 0, before = 0, start_ms = cue.start_ms;
    for (const Part& part : parts) total += static_cast<std::int64_t>(code_points(part.words.text));
    auto left = static_cast<std::int64_t>(parts.size());
    for (const Part& part : parts) {
      before += static_cast<std::int64_t>(code_points(part.words.text));
      --left;  // each of those after this one keeps a millisecond at least
      std::int64_t end_ms = cue.end_ms;
      if (left > 0)
        end_ms = std::max(start_ms + 1,
                          std::min(cue.start_ms + (cue.end_ms - cue.start_ms) * before / total,
                                   cue.end_ms - left));
      Cue settled{cue.place, true, start_ms, end_ms, {}, part.words.text};
      settled.speaker = part.words.speaker.value_or(continuing);
      if (part.words.speaker) continuing = part.bracketed ? kUnnamedSpeaker : settled.speaker;
      start_ms = settled.end_ms;
      cues.push_back(std::move(settled));
    }
  }
  return cues;
}

}  // namespace troupe::segments
