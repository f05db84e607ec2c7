#include "speech/joining.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "dsp/onset.hpp"

namespace troupe::speech {
namespace {

constexpr std::int64_t kFade = ms_to_samples(5);
constexpr std::array<std::string_view, 10> kSentenceEnds{
    ".", "!", "?", "\u2026", "\u3002", "\uff01", "\uff1f", "\u0964", "\u061f", "\u06d4"};
constexpr std::array<std::string_view, 12> kClauseEnds{",",      ";",      ":",      "-",
                                                       "\u2013", "\u2014", "\u3001", "\uff0c",
                                                       "\uff1b", "\uff1a", "\u060c", "\u061b"};
constexpr std::array<std::string_view, 8> kClosers{"\"",     "'",      ")",      "]",
                                                   "\u201d", "\u2019", "\u00bb", "\u300d"};

template <class Endings>
bool ends_with_any(std::string_view text, const Endings& endings) {
  return std::any_of(endings.begin(), endings.end(),
                     [&](std::string_view ending) { return text.ends_with(ending); });
}

double letters(std::string_view text) {
  double sum = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    // Lead bytes E3 .. ED: kana, Han and Hangul.
    sum += byte >= '0' && byte <= '9' ? 5 : byte >= 0xE3 && byte <= 0xED ? 3 : 1;
  }
  return sum;
}

std::int64_t pause_before(const Turn& turn, std::size_t phrase) {
  return std::max<std::int64_t>(
      0, turn.phrases[phrase].span.begin - turn.phrases[phrase - 1].span.end);
}

void append(std::vector<float>& out, const std::vector<float>& piece, std::int64_t gap) {
  if (gap >= 0) {
    out.resize(out.size() + static_cast<std::size_t>(gap), 0.0f);
    out.insert(out.end(), piece.begin(), piece.end());
    return;
  }
  // Both edges are faded already, so that adding them is a crossfade.
  const std::size_t overlap = std::min({static_cast<std::size_t>(-gap), out.size(), piece.size()});
  const std::size_t start = out.size() - overlap;
  for (std::size_t i = 0; i < overlap; ++i) out[start + i] += piece[i];
  out.insert(out.end(), piece.begin() + static_cast<std::ptrdiff_t>(overlap), piece.end());
}

}  // namespace

std::int64_t gap_after(std::string_view piece) {
  for (bool stripped = true; stripped;) {
    stripped = false;
    for (const std::string_view closer : kClosers)
      if (piece.ends_with(closer)) {
        piece.remove_suffix(closer.size());
        stripped = true;
      }
  }
  if (ends_with_any(piece, kSentenceEnds)) return ms_to_samples(120);
  if (ends_with_any(piece, kClauseEnds)) return ms_to_samples(60);
  return -kFade;
}

std::int64_t silence_of(const Turn& turn, const PhrasePieces& pieces) {
  std::int64_t sum = 0;
  bool spoken = false;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    if (spoken) sum += pause_before(turn, p);
    spoken = spoken || !pieces[p].empty();
    for (std::size_t i = 0; i + 1 < pieces[p].size(); ++i) sum += gap_after(pieces[p][i]);
  }
  return sum;
}

std::vector<std::int64_t> share_length(std::int64_t total, std::span<const std::int64_t> natural,
                                       double pace_min, double pace_max) {
  double sum = 0;
  for (const std::int64_t n : natural) sum += static_cast<double>(n);
  std::vector<std::int64_t> shares;
  double seen = 0;
  std::int64_t given = 0;
  for (const std::int64_t n : natural) {
    // Rounding the running total, not each share, keeps the sum exact.
    const double wanted = std::max(0.0, static_cast<double>(total));
    seen += static_cast<double>(n);
    const std::int64_t upto = sum > 0 ? std::llround(wanted * seen / sum) : 0;
    const auto least = static_cast<std::int64_t>(std::ceil(static_cast<double>(n) * pace_min));
    const auto most = static_cast<std::int64_t>(std::floor(static_cast<double>(n) * pace_max));
    shares.push_back(std::clamp(upto - given, least, std::max(least, most)));
    given = upto;
  }
  return shares;
}

JoinedTurn join_pieces(const Turn& turn, const PhrasePieces& pieces,
                       std::vector<AudioBuffer> audio) {
  JoinedTurn joined;
  std::vector<float>& out = joined.audio.samples;
  std::size_t next = 0;
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    // The turn starts with its first sound.
    if (!joined.phrases.empty()) append(out, {}, pause_before(turn, p));
    const std::int64_t begin = joined.audio.size();
    std::int64_t gap = 0;
    for (const std::string& piece : pieces[p]) {
      std::vector<float> samples = std::move(audio[next++].samples);
      dsp::fade_edges(samples,
                      std::min<std::int64_t>(kFade, static_cast<std::int64_t>(samples.size()) / 2));
      append(out, samples, gap);
      gap = gap_after(piece);
    }
    if (joined.audio.size() > begin) joined.phrases.push_back({begin, joined.audio.size()});
  }
  return joined;
}

bool absurd_length(std::string_view text, double speed, std::int64_t samples) {
  const double expected_s = std::max(0.5, letters(text) / 14.0) / speed;
  const double actual_s = static_cast<double>(samples) / kSampleRateHz;
  return actual_s < 0.25 * expected_s || actual_s > 4 * expected_s;
}

}  // namespace troupe::speech
