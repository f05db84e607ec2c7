#include "speech/chatterbox/t3_sampler.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace troupe::speech::chatterbox {
namespace {

void penalise(std::span<float> logits, std::span<const std::int32_t> chosen, float penalty) {
  std::vector<std::int32_t> once(chosen.begin(), chosen.end());
  std::sort(once.begin(), once.end());
  once.erase(std::unique(once.begin(), once.end()), once.end());
  for (const std::int32_t id : once) {
    float& logit = logits[static_cast<std::size_t>(id)];
    logit = logit < 0 ? logit * penalty : logit / penalty;
  }
}

struct Candidate {
  std::int32_t id;
  double weight;  // probability over that of the most likely token
};

// Drops the least likely whose probabilities together stay within 1 - top_p.
void keep_top(std::vector<Candidate>& candidates, float top_p) {
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.weight < b.weight; });
  double total = 0;
  for (const auto& c : candidates) total += c.weight;
  double below = 0;
  std::size_t dropped = 0;
  while (dropped + 1 < candidates.size()) {
    below += candidates[dropped].weight;
    if (below > (1 - static_cast<double>(top_p)) * total) break;
    ++dropped;
  }
  candidates.erase(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(dropped));
  std::sort(candidates.begin(), candidates.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
}

}  // namespace

void guide(std::span<float> logits, std::span<const float> without, float weight) {
  for (std::size_t i = 0; i < logits.size(); ++i)
    logits[i] = logits[i] + weight * (logits[i] - without[i]);
}

std::int32_t sample(std::span<float> logits, std::span<const std::int32_t> chosen,
                    const Sampling& sampling, double u) {
  if (sampling.repetition_penalty != 1) penalise(logits, chosen, sampling.repetition_penalty);
  const auto top = std::max_element(logits.begin(), logits.end());
  const auto likeliest = static_cast<std::int32_t>(top - logits.begin());
  if (sampling.temperature <= 0) return likeliest;
  std::vector<Candidate> candidates;
  double total = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    const double weight = std::exp(double{logits[i] - *top} / sampling.temperature);
    if (weight >= double{sampling.min_p} && weight > 0) {
      candidates.push_back({static_cast<std::int32_t>(i), weight});
      total += weight;
    }
  }
  if (sampling.top_p < 1) {
    keep_top(candidates, sampling.top_p);
    total = 0;
    for (const auto& c : candidates) total += c.weight;
  }
  double left = u * total;
  for (const auto& c : candidates) {
    left -= c.weight;
    if (left < 0) return c.id;
  }
  return candidates.empty() ? likeliest : candidates.back().id;
}

}  // namespace troupe::speech::chatterbox
