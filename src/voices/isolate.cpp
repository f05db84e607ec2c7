#include "voices/isolate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/try.hpp"

namespace troupe::voices {
namespace {

constexpr std::int64_t kPiece = ms_to_samples(1600);
constexpr std::int64_t kLeastKept = ms_to_samples(1000);
// In less than this a few short pieces decide, which say too little to accuse the diarisation.
constexpr std::int64_t kLeastJudged = ms_to_samples(3000);

/// Below this cosine to the centre a piece is someone else's. Shorter pieces say less.
constexpr float bound_of(std::int64_t length) {
  if (length >= kPiece) return 0.66F;
  return length >= ms_to_samples(1000) ? 0.62F : 0.48F;
}

struct Piece {
  const Chunk* chunk;
  std::int64_t begin, end;  // in the chunk
  Embedding embedding{};
  std::int64_t length() const { return end - begin; }
};

std::vector<Piece> split(std::span<const Chunk> chunks) {
  std::vector<Piece> pieces;
  for (const Chunk& chunk : chunks) {
    const auto length = static_cast<std::int64_t>(chunk.samples.size());
    const std::int64_t parts = std::max<std::int64_t>(1, length / kPiece);
    for (std::int64_t i = 0; i < parts; ++i)
      pieces.push_back({&chunk, length * i / parts, length * (i + 1) / parts});
  }
  return pieces;
}

std::string seconds(std::int64_t samples) {
  const auto tenths = std::to_string(samples * 10 / kSampleRateHz);
  return (tenths.size() < 2 ? "0" : tenths.substr(0, tenths.size() - 1)) + "." + tenths.back() +
         " s";
}

/// Weighted by length, unit norm.
Embedding mean_of(std::span<const Piece* const> pieces) {
  Embedding mean{};
  for (const Piece* piece : pieces)
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += piece->embedding[i] * static_cast<float>(piece->length());
  const float norm = std::sqrt(std::inner_product(mean.begin(), mean.end(), mean.begin(), 0.0F));
  if (norm > 0)
    for (float& x : mean) x /= norm;
  return mean;
}

/// The mean of that half of the speech which is nearest to `start`: up to half of the audio may be
/// another person without moving it.
Embedding trimmed_centre(std::vector<const Piece*> pieces, const Embedding& start) {
  std::stable_sort(pieces.begin(), pieces.end(), [&](const Piece* a, const Piece* b) {
    return cosine(a->embedding, start) > cosine(b->embedding, start);
  });
  std::int64_t all = 0, near = 0;
  for (const Piece* piece : pieces) all += piece->length();
  std::size_t count = 0;
  while (count < pieces.size() && near * 2 <= all) near += pieces[count++]->length();
  return mean_of(std::span(pieces).first(count));
}

Embedding medoid(const std::vector<const Piece*>& pieces) {
  const Piece* best = pieces.front();
  float best_sum = -1;
  for (const Piece* candidate : pieces) {
    float sum = 0;
    for (const Piece* other : pieces)
      sum += cosine(candidate->embedding, other->embedding) * static_cast<float>(other->length());
    if (sum > best_sum) {
      best_sum = sum;
      best = candidate;
    }
  }
  return best->embedding;
}

/// Neighbouring kept pieces of one chunk become one chunk again, so that no join is heard.
std::vector<Chunk> glue(const std::vector<const Piece*>& kept) {
  std::vector<Chunk> chunks;
  const Piece* last = nullptr;
  for (const Piece* piece : kept) {
    const std::int64_t origin = piece->chunk->span.begin;
    if (last == nullptr || last->chunk != piece->chunk || last->end != piece->begin)
      chunks.push_back({{origin + piece->begin, origin + piece->begin}, {}});
    Chunk& chunk = chunks.back();
    chunk.samples.insert(chunk.samples.end(), piece->chunk->samples.begin() + piece->begin,
                         piece->chunk->samples.begin() + piece->end);
    chunk.span.end = origin + piece->end;
    last = piece;
  }
  return chunks;
}

}  // namespace

Result<Isolation> isolate(std::span<const Chunk> chunks, const SpeakerEncoder& encoder) {
  std::vector<Piece> pieces = split(chunks);
  std::vector<const Piece*> heard;
  std::int64_t all = 0, heard_samples = 0;
  for (Piece& piece : pieces) {
    all += piece.length();
    const auto first = piece.chunk->samples.begin();
    auto embedding = encoder.embed({{first + piece.begin, first + piece.end}, kSampleRateHz});
    if (!embedding && embedding.error().code == Errc::bad_input) continue;  // silent or short
    TROUPE_TRY(piece.embedding, std::move(embedding));
    heard.push_back(&piece);
    heard_samples += piece.length();
  }
  Isolation everything{{chunks.begin(), chunks.end()}, 0};
  if (heard.size() < 2) return everything;

  const Embedding centre = trimmed_centre(heard, trimmed_centre(heard, medoid(heard)));
  std::vector<const Piece*> kept;
  std::int64_t kept_samples = 0;
  for (const Piece* piece : heard) {
    if (cosine(piece->embedding, centre) < bound_of(piece->length())) continue;
    kept.push_back(piece);
    kept_samples += piece->length();
  }
  if (kept_samples < kLeastKept && heard_samples >= kLeastJudged)
    return fail(Errc::bad_input, "no single person speaks in the " + seconds(heard_samples) +
                                     " given as this speaker (only " + seconds(kept_samples) +
                                     " agree, 1.0 s is needed): check the diarisation");
  if (kept_samples < std::min(kLeastKept, all)) return everything;
  return Isolation{glue(kept), all - kept_samples};
}

}  // namespace troupe::voices
