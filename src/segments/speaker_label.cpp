#include "segments/speaker_label.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

constexpr std::string_view kWideColon = "\xEF\xBC\x9A";
constexpr std::string_view kParticles[] = {"de", "del", "der", "di",  "da", "du", "la",
                                           "le", "van", "von", "bin", "al", "el"};
constexpr std::string_view kHeadings[] = {
    "note", "warning", "attention", "example",   "tip",      "hint",     "ps",
    "nb",   "fact",    "update",    "important", "remember", "reminder", "translation"};

template <class List>
bool contains(const List& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

bool is_name_word(std::string_view word, bool first) {
  const auto lead = static_cast<unsigned char>(word[0]);
  // A full stop is fine in "J." and "Dr.", not at the end of a sentence's last word.
  if (const std::size_t stop = word.find('.'); stop != std::string_view::npos)
    if (stop + 1 != word.size() || stop > 3) return false;
  if (lead >= 0x80 || std::isupper(lead)) return true;
  return !first && (std::isdigit(lead) || contains(kParticles, word));
}

bool is_name(std::string_view name) {
  if (name.empty() || code_points(name) > 32 || contains(kHeadings, lower(name))) return false;
  if (name.find_first_of(",;!?\"()[]<>{}/\\|=*") != std::string_view::npos || name.back() == '.')
    return false;
  std::size_t words = 0;
  while (!name.empty()) {
    const std::size_t space = name.find(' ');
    const std::string_view word = name.substr(0, space);
    if (word.empty() || ++words > 3 || !is_name_word(word, words == 1)) return false;
    name = space == std::string_view::npos ? std::string_view{} : name.substr(space + 1);
  }
  return true;
}

std::optional<SpeakerLabel> bracketed_label(std::string_view line) {
  const std::size_t close = line.find("]:");
  if (!line.starts_with('[') || close == std::string_view::npos) return std::nullopt;
  const std::string_view name = trimmed(line.substr(1, close - 1));
  if (name.empty() || name.find('[') != std::string_view::npos) return std::nullopt;
  return SpeakerLabel{std::string(name), true, close + 2};
}

}  // namespace

std::optional<SpeakerLabel> speaker_label(std::string_view line) {
  if (auto label = bracketed_label(line)) return label;
  const std::size_t narrow = line.find(':');
  const std::size_t wide = line.find(kWideColon);
  const std::size_t colon = std::min(narrow, wide);
  if (colon == std::string_view::npos) return std::nullopt;
  const std::size_t after = colon + (wide < narrow ? kWideColon.size() : 1);
  const bool separated =
      wide < narrow || after == line.size() || line[after] == ' ' || line[after] == '\t';
  const std::string_view name = trimmed(line.substr(0, colon));
  if (!separated || !is_name(name)) return std::nullopt;
  return SpeakerLabel{std::string(name), false, after};
}

}  // namespace troupe::segments
