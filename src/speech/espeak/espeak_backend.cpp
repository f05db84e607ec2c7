#include "speech/espeak/espeak_backend.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/sha256.hpp"
#include "core/try.hpp"
#include "core/utf8.hpp"
#include "dsp/onset.hpp"
#include "dsp/resample.hpp"
#include "speech/espeak/espeak_phonemizer.hpp"

namespace troupe::speech {
namespace {

constexpr int kNormalRateWpm = 175;
constexpr int kMaxCodePoints = 2000;
constexpr std::int64_t kFadeRoom = ms_to_samples(5);
// Speakers pitched above this take a woman's variant first (Traunmueller & Eriksson 1995: men about
// 120 Hz, women about 210 Hz on average).
constexpr double kHighVoiceHz = 165;

// Variants without flutter, echo or breath noise only: what they say does not depend on what was
// said before (spec S2).
struct Stock {
  std::string_view name, variant;
  int pitch;
  bool high;
};
constexpr std::array<Stock, 8> kStock{{{"espeak_hugo", "Hugo", 50, false},
                                       {"espeak_shelby", "shelby", 50, true},
                                       {"espeak_michel", "michel", 35, false},
                                       {"espeak_shelby_high", "shelby", 75, true},
                                       {"espeak_miguel", "miguel", 65, false},
                                       {"espeak_shelby_low", "shelby", 30, true},
                                       {"espeak_denis", "Denis", 20, false},
                                       {"espeak_storm", "Storm", 60, false}}};

bool is_han(char32_t c) { return (c >= 0x3400 && c <= 0x9FFF) || (c >= 0x20000 && c <= 0x323AF); }

// A letter or digit of some script: everything outside Latin punctuation, the symbol blocks, CJK
// punctuation and emoji.
bool is_readable(char32_t c) {
  if (c < 0xC0) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return c < 0x2000 || (c >= 0x2C00 && c < 0x3000) || (c > 0x3004 && c < 0xFFF0) ||
         (c >= 0x20000 && c <= 0x323AF);
}

class EspeakBackend : public SpeechBackend {
 public:
  explicit EspeakBackend(const std::string& version) {
    info_.name = "espeak";
    info_.model = "espeak-ng " + version + " (formant synthesis)";
    info_.model_hash = sha256_hex(info_.model);
    info_.device = "cpu";
    info_.precision = "int16";
    info_.max_text_units = kMaxCodePoints;
  }

  const BackendInfo& info() const noexcept override { return info_; }

  bool speaks(std::string_view language) const noexcept override {
    try {
      return !espeak_voice_for(language).empty();
    } catch (...) {  // out of memory
      return false;
    }
  }

  Result<int> text_units(std::string_view text, std::string_view language) const override {
    const std::u32string points = decode_utf8(text);
    if (std::none_of(points.begin(), points.end(), is_readable))
      return fail(Errc::unsupported, "espeak: no letter or digit in '" + std::string(text) + "'");
    // espeak-ng 1.51 has no dictionary of kanji: it names each one "Chinese letter".
    if (language.substr(0, 2) == "ja" && std::any_of(points.begin(), points.end(), is_han))
      return fail(Errc::unsupported, "espeak: cannot read kanji in '" + std::string(text) + "'");
    return static_cast<int>(points.size());
  }

  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort) const override {
    return generic_voice(reference.target_language, reference.taken, reference.f0_hz);
  }

  Result<VoicePtr> generic_voice(std::string_view, std::span<const std::string> taken,
                                 std::optional<double> f0_hz) const override {
    const bool high = f0_hz.value_or(0) > kHighVoiceHz;
    const Stock* chosen = nullptr;
    int best = 0;
    for (const Stock& stock : kStock) {
      const bool free = std::find(taken.begin(), taken.end(), stock.name) == taken.end();
      const int score = 1 + (free ? 2 : 0) + (stock.high == high ? 1 : 0);
      if (score > best) {
        best = score;
        chosen = &stock;
      }
    }
    auto conditionals = std::make_shared<Conditionals>();
    conditionals->backend = info_.name;
    conditionals->model_hash = info_.model_hash;
    conditionals->text = {{"preset", std::string(chosen->name)},
                          {"variant", std::string(chosen->variant)},
                          {"pitch", std::to_string(chosen->pitch)}};
    auto voice = std::make_shared<Voice>();
    voice->kind = VoiceKind::generic;
    voice->name = chosen->name;
    voice->conditionals = std::move(conditionals);
    return voice;
  }

  Result<void> check(const Conditionals& conditionals) const override {
    if (conditionals.backend != info_.name || conditionals.model_hash != info_.model_hash)
      return fail(Errc::bad_input, "voice: made for backend '" + conditionals.backend +
                                       "', model " + conditionals.model_hash.substr(0, 12) +
                                       "; espeak speaks with its own voices only");
    TROUPE_CHECK(stock_of(conditionals));
    return {};
  }

  // One after the other in the order asked: the lock around espeak-ng would make threads wait
  // anyway, and its last bit of history (see espeak_phonemizer.hpp) depends on the order.
  void synthesize(std::span<const SpeechRequest> requests, int /*workers*/, std::stop_token stop,
                  const SpeechSink& sink) const override {
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (stop.stop_requested())
        sink(i, fail(Errc::cancelled, "espeak: cancelled"));
      else
        sink(i, speak(requests[i]));
    }
  }

 private:
  static Result<Stock> stock_of(const Conditionals& conditionals) {
    const auto variant = conditionals.text.find("variant");
    const auto pitch = conditionals.text.find("pitch");
    for (const Stock& stock : kStock)
      if (variant != conditionals.text.end() && pitch != conditionals.text.end() &&
          variant->second == stock.variant && pitch->second == std::to_string(stock.pitch))
        return stock;
    return fail(Errc::bad_input, "voice: no espeak variant and pitch of this version in it");
  }

  Result<Utterance> speak(const SpeechRequest& request) const {
    if (!request.voice || !request.voice->conditionals)
      return fail(Errc::backend, "espeak: the request has no voice");
    const std::string voice = espeak_voice_for(request.language);
    if (voice.empty())
      return fail(Errc::unsupported, "espeak: does not speak '" + request.language + "'");
    TROUPE_TRY(const Stock stock, stock_of(*request.voice->conditionals));
    const int rate = static_cast<int>(std::lround(kNormalRateWpm * request.speed));
    TROUPE_TRY(
        const AudioBuffer spoken,
        espeak_speak(request.text, voice + "+" + std::string(stock.variant), rate, stock.pitch));
    const auto audible = dsp::audible_range(spoken.samples, spoken.sample_rate_hz);
    if (!audible)
      return fail(Errc::backend, "espeak: nothing audible came for '" + request.text + "'");
    TROUPE_TRY(AudioBuffer audio, dsp::resample(trim(spoken, *audible), kSampleRateHz));
    dsp::fade_edges(audio.samples, kFadeRoom);
    Utterance utterance;
    utterance.natural_samples = audio.size();
    utterance.audio = std::move(audio);
    return utterance;
  }

  static AudioBuffer trim(const AudioBuffer& spoken, TimeRange audible) {
    const std::int64_t room = spoken.sample_rate_hz / 200;  // the 5 ms that the fades take
    const std::int64_t begin = std::max<std::int64_t>(0, audible.begin - room);
    const std::int64_t end = std::min(spoken.size(), audible.end + room);
    return {{spoken.samples.begin() + begin, spoken.samples.begin() + end}, spoken.sample_rate_hz};
  }

  BackendInfo info_;
};

}  // namespace

Result<std::shared_ptr<const SpeechBackend>> make_espeak_backend() {
  TROUPE_TRY(const std::string version, espeak_version());
  return std::make_shared<const EspeakBackend>(version);
}

}  // namespace troupe::speech
