#include "speech/chatterbox/chatterbox_backend.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <fstream>
#include <iterator>
#include <map>
#include <mutex>
#include <numeric>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "dsp/onset.hpp"
#include "nn/safetensors.hpp"

namespace troupe::speech::chatterbox {
namespace {

// Beyond about 350 characters the model invents words (facts: resemble-ai/chatterbox #424).
constexpr int kMostCharacters = 300;
// Requests decoded in one go; a job of an hour reports progress after each such group.
constexpr std::size_t kGroup = 64;
constexpr int kLeastFixedCodes = 12, kMostFixedCodes = 1000;  // half a second, 40 s
// References with a high peak came out with mangled openings in 10 of 10 renderings, at this peak
// in none (WinSTT's finding for the multilingual model; docs/chatterbox.md).
constexpr float kReferencePeak = 0.30F;
const std::string kVoiceRecipe = "1";  // of make_voice
constexpr std::int64_t kLeadSamples = ms_to_samples(5), kTailSamples = ms_to_samples(20);

int code_points(std::string_view utf8) {
  return static_cast<int>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

Result<AudioBuffer> audible_part(const AudioBuffer& rendered) {
  const auto audible = dsp::audible_range(rendered.samples, kSampleRateHz);
  if (!audible) return fail(Errc::backend, "chatterbox: rendered silence");
  const auto begin = std::max<std::int64_t>(0, audible->begin - kLeadSamples);
  const auto end = std::min(rendered.size(), audible->end + kTailSamples);
  AudioBuffer part;
  part.samples.assign(rendered.samples.begin() + begin, rendered.samples.begin() + end);
  dsp::fade_edges(part.samples, kLeadSamples);
  return part;
}

/// Stock voices are files of the export, presets/<name>.safetensors.
std::map<std::string, std::filesystem::path> presets_of(const Manifest& manifest) {
  std::map<std::string, std::filesystem::path> found;
  for (const auto& [name, bytes] : manifest.bytes) {
    const std::filesystem::path path(name);
    if (path.parent_path() == "presets" && path.extension() == ".safetensors")
      found[path.stem().string()] = manifest.dir / path;
  }
  return found;
}

class ChatterboxBackend final : public SpeechBackend {
 public:
  ChatterboxBackend(Parts parts, const Manifest& manifest, BackendInfo info)
      : parts_(std::move(parts)), presets_(presets_of(manifest)), info_(std::move(info)) {
    is_multilingual_ = manifest.kind == "multilingual";
    if (const auto set = manifest.settings.find("random.codes_per_character");
        set != manifest.settings.end())
      codes_per_character_ = set->second;
  }

  const BackendInfo& info() const noexcept override { return info_; }

  bool speaks(std::string_view language) const noexcept override { return parts_.speaks(language); }

  Result<int> text_units(std::string_view text, std::string_view language) const override {
    TROUPE_CHECK(parts_.text_ids(text, language));
    return code_points(text);
  }

  Result<VoicePtr> make_voice(const VoiceReference& reference, CloneEffort) const override {
    AudioBuffer audio = reference.audio;
    float peak = 0;
    for (const float x : audio.samples) peak = std::max(peak, std::abs(x));
    if (is_multilingual_ && peak > kReferencePeak)
      for (float& x : audio.samples) x *= kReferencePeak / peak;
    TROUPE_TRY(const ChatterboxConditionals derived, parts_.derive(audio));
    auto voice = std::make_shared<Voice>();
    voice->kind = VoiceKind::cloned;
    voice->conditionals = to_conditionals(derived, info_.model_hash);
    return voice;
  }

  Result<VoicePtr> generic_voice(std::string_view, std::span<const std::string> taken,
                                 std::optional<double>) const override {
    if (presets_.empty())
      return fail(Errc::backend, "chatterbox: this export has no stock voice; name a voice");
    auto chosen = std::find_if(presets_.begin(), presets_.end(), [&](const auto& preset) {
      return std::find(taken.begin(), taken.end(), preset.first) == taken.end();
    });
    if (chosen == presets_.end()) chosen = presets_.begin();
    return preset(*chosen, VoiceKind::generic);
  }

  std::vector<std::string> presets() const override {
    std::vector<std::string> names;
    for (const auto& [name, path] : presets_) names.push_back(name);
    return names;
  }

  Result<VoicePtr> preset_voice(const std::string& name) const override {
    const auto found = presets_.find(name);
    if (found == presets_.end()) return SpeechBackend::preset_voice(name);
    return preset(*found, VoiceKind::preset);
  }

  Result<void> check(const Conditionals& conditionals) const override {
    TROUPE_CHECK(from_conditionals(conditionals, info_.model_hash));
    return {};
  }

  void synthesize(std::span<const SpeechRequest> requests, int workers, std::stop_token stop,
                  const SpeechSink& sink) const override {
    Voices voices;
    for (std::size_t first = 0; first < requests.size(); first += kGroup) {
      const auto group = requests.subspan(first, std::min(kGroup, requests.size() - first));
      const SpeechSink placed = [&](std::size_t i, Result<Utterance> result) {
        sink(first + i, std::move(result));
      };
      speak_group(group, workers, stop, voices, placed);
    }
  }

 private:
  using Voices = std::map<const Conditionals*, Result<ChatterboxConditionals>>;

  Result<VoicePtr> preset(const std::pair<const std::string, std::filesystem::path>& entry,
                          VoiceKind kind) const {
    std::ifstream file(entry.second, std::ios::binary);
    const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(file), {}};
    TROUPE_TRY(nn::SafeTensors content, nn::read_safetensors(bytes, entry.second.string()));
    auto conditionals = std::make_shared<Conditionals>();
    conditionals->backend = info_.name;
    conditionals->model_hash = info_.model_hash;
    conditionals->text["preset"] = entry.first;
    conditionals->arrays = std::move(content.tensors);
    TROUPE_CHECK(check(*conditionals));
    auto voice = std::make_shared<Voice>();
    voice->kind = kind;
    voice->name = entry.first;
    voice->conditionals = std::move(conditionals);
    return voice;
  }

  Result<TokenRequest> token_request(const SpeechRequest& request, Voices& voices) const {
    if (!request.voice || !request.voice->conditionals)
      return fail(Errc::internal, "chatterbox: a request without a voice");
    const Conditionals* key = request.voice->conditionals.get();
    auto found = voices.find(key);
    if (found == voices.end())
      found = voices.emplace(key, from_conditionals(*key, info_.model_hash)).first;
    if (!found->second) return tl::make_unexpected(found->second.error());
    const int characters = code_points(request.text);
    if (characters > info_.max_text_units)
      return fail(Errc::backend, "chatterbox: " + std::to_string(characters) +
                                     " characters in one piece, " +
                                     std::to_string(info_.max_text_units) + " are its limit");
    TokenRequest out;
    TROUPE_TRY(out.text_ids, parts_.text_ids(request.text, request.language));
    out.voice = &*found->second;
    out.exaggeration = static_cast<float>(request.exaggeration);
    out.cfg_weight = static_cast<float>(request.cfg_weight);
    out.temperature = static_cast<float>(request.temperature);
    out.seed = request.seed;
    if (codes_per_character_)
      out.fixed_tokens =
          std::clamp(static_cast<int>(std::lround(*codes_per_character_ * characters)),
                     kLeastFixedCodes, kMostFixedCodes);
    return out;
  }

  /// All codes first, all sound after: each half uses every core by itself.
  void speak_group(std::span<const SpeechRequest> requests, int workers, std::stop_token stop,
                   Voices& voices, const SpeechSink& sink) const {
    std::vector<TokenRequest> wanted;
    std::vector<std::size_t> origin;
    for (std::size_t i = 0; i < requests.size(); ++i) {
      auto request = token_request(requests[i], voices);
      if (!request) {
        sink(i, tl::make_unexpected(std::move(request).error()));
        continue;
      }
      wanted.push_back(std::move(*request));
      origin.push_back(i);
    }
    std::vector<Result<std::vector<std::int32_t>>> codes(
        wanted.size(), fail(stop.stop_requested() ? Errc::cancelled : Errc::backend,
                            "chatterbox: decoding gave no answer"));
    std::mutex mutex;
    try {
      parts_.decode(wanted, stop, [&](std::size_t i, Result<std::vector<std::int32_t>> result) {
        const std::lock_guard lock(mutex);
        codes[i] = std::move(result);
      });
    } catch (const std::exception& error) {
      for (auto& result : codes)
        if (!result) result = fail(Errc::backend, std::string("chatterbox: ") + error.what());
    }
    const std::vector<std::size_t> longest_first = by_length(codes);
    S3GenSettings settings;
    if (!requests.empty() && requests.front().effort == SpeechEffort::fast)
      settings = S3GenSettings::fast();
    std::atomic<int> running{0};  // the last turn has the workers of those before it
    settings.workers = workers;
    settings.running = &running;
    settings.stop = stop;
    settings.drop_last_token = is_multilingual_;  // as the two references differ
    parallel_for(wanted.size(), workers, [&](std::size_t k) {
      const std::size_t i = longest_first[k];
      ++running;
      try {
        sink(origin[i], stop.stop_requested() ? fail(Errc::cancelled, "cancelled")
                                              : sound(std::move(codes[i]), wanted[i], settings));
      } catch (const std::exception& error) {
        sink(origin[i], fail(Errc::backend, std::string("chatterbox: ") + error.what()));
      }
      --running;
    });
  }

  static std::vector<std::size_t> by_length(
      std::span<const Result<std::vector<std::int32_t>>> codes) {
    const auto length = [&](std::size_t i) { return codes[i] ? codes[i]->size() : 0; };
    std::vector<std::size_t> order(codes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return length(a) > length(b); });
    return order;
  }

  Result<Utterance> sound(Result<std::vector<std::int32_t>> codes, const TokenRequest& request,
                          const S3GenSettings& settings) const {
    if (!codes) return tl::make_unexpected(std::move(codes).error());
    TROUPE_TRY(const AudioBuffer rendered,
               parts_.speak(*codes, *request.voice, request.seed, settings));
    Utterance utterance;
    TROUPE_TRY(utterance.audio, audible_part(rendered));
    utterance.natural_samples = utterance.audio.size();
    return utterance;
  }

  Parts parts_;
  std::map<std::string, std::filesystem::path> presets_;
  BackendInfo info_;
  bool is_multilingual_ = true;
  std::optional<double> codes_per_character_;  // random weights know no end of speech
};

}  // namespace

std::shared_ptr<const SpeechBackend> make_backend(Parts parts, const Manifest& manifest,
                                                  BackendInfo info) {
  info.name = "chatterbox";
  info.model = "Chatterbox " + manifest.kind + " (" + manifest.source + ")";
  info.model_hash = manifest.hash;
  info.cloning = kVoiceRecipe;
  info.sampling = true;
  const auto limit = manifest.settings.find("text.most_characters");
  info.max_text_units =
      limit == manifest.settings.end() ? kMostCharacters : static_cast<int>(limit->second);
  return std::make_shared<ChatterboxBackend>(std::move(parts), manifest, std::move(info));
}

}  // namespace troupe::speech::chatterbox
