#include "speech/kokoro/kokoro_presets.hpp"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

namespace troupe::speech {
namespace {

constexpr PresetTraits kTraits[] = {
#include "speech/kokoro/kokoro_presets.inc"
};

constexpr double kAgreeingSemitones = 4;

double semitones(double a_hz, double b_hz) { return std::abs(12 * std::log2(a_hz / b_hz)); }

double similarity(const Embedding& person, const PresetTraits& preset) {
  double dot = 0, norm = 0;
  for (std::size_t i = 0; i < person.size(); ++i) {
    dot += static_cast<double>(person[i]) * preset.embedding[i];
    norm += static_cast<double>(preset.embedding[i]) * preset.embedding[i];
  }
  return dot / std::sqrt(std::max(norm, 1.0));
}

/// The best by `rank` (smaller is better) among the presets that are still free.
template <class Rank>
std::string best(std::span<const std::string> taken, const Rank& rank) {
  const auto is_taken = [&](const PresetTraits& preset) {
    return std::find(taken.begin(), taken.end(), preset.name) != taken.end();
  };
  const auto found =
      std::min_element(std::begin(kTraits), std::end(kTraits), [&](const auto& a, const auto& b) {
        return std::tuple_cat(std::tuple(is_taken(a)), rank(a)) <
               std::tuple_cat(std::tuple(is_taken(b)), rank(b));
      });
  return std::string(found->name);
}

char preset_letter(std::string_view language) {
  if (language == "en-us") return 'a';
  if (language == "en-gb") return 'b';
  return language.empty() ? 'a' : language.front();  // es, fr, hi, it, pt-br
}

}  // namespace

std::span<const PresetTraits> kokoro_preset_traits() { return kTraits; }

std::string nearest_preset(const Embedding& person, std::optional<double> f0_hz,
                           std::span<const std::string> taken) {
  return best(taken, [&](const PresetTraits& preset) {
    const double apart = f0_hz ? semitones(*f0_hz, preset.f0_hz) : 0;
    return std::tuple(std::max(0.0, apart - kAgreeingSemitones), -similarity(person, preset));
  });
}

std::string generic_preset(std::string_view language, std::optional<double> f0_hz,
                           std::span<const std::string> taken) {
  const char letter = preset_letter(language);
  return best(taken, [&](const PresetTraits& preset) {
    return std::tuple(preset.name.front() != letter, f0_hz ? semitones(*f0_hz, preset.f0_hz) : 0.0);
  });
}

}  // namespace troupe::speech
