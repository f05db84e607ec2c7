#include "speech/espeak/espeak_phonemizer.hpp"

#include <espeak-ng/espeak_ng.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <map>
#include <mutex>
#include <new>

#include "core/try.hpp"

namespace troupe::speech {
namespace {

// IPA with the tie U+0361 inside multi-letter phonemes (bits as in espeak_TextToPhonemes).
constexpr int kIpaWithTies = 0x02 | 0x80 | (0x0361 << 8);
constexpr std::string_view kTie = "\u0361";
constexpr std::string_view kZeroWidthJoiner = "\u200d";
// A text that renders longer than this is not speech but a runaway; 10 minutes at 22,050 Hz.
constexpr std::size_t kMaxSamples = 22050u * 600u;

struct Sink {
  std::vector<float> samples;
  bool overflow = false;
};

// espeak-ng looks past the end of its phoneme list, so that pauses depend on the text spoken
// before. This one, translated but not spoken, always leaves the same phonemes there (1 ms).
std::string primer() {
  std::string text;
  for (int i = 0; i < 40; ++i) text += "777 ";
  return text;
}

// Everything here is guarded by `mutex`: espeak-ng keeps one voice and one translator per process.
struct Library {
  std::mutex mutex;
  bool started = false;
  std::string failure;
  std::map<std::string, std::string> voices;  // language tag -> voice file
  Sink* sink = nullptr;
};

Library& library() {
  static Library instance;
  return instance;
}

// Called by espeak-ng in synchronous mode, that is, inside espeak_speak and under its lock.
int take_samples(short* wave, int count, espeak_EVENT*) {
  Sink* sink = library().sink;
  if (wave == nullptr || count <= 0 || sink == nullptr) return 0;
  try {
    if (sink->samples.size() + static_cast<std::size_t>(count) > kMaxSamples) {
      sink->overflow = true;
      return 1;
    }
    for (int i = 0; i < count; ++i) sink->samples.push_back(static_cast<float>(wave[i]) / 32768.0f);
  } catch (const std::bad_alloc&) {
    sink->overflow = true;
    return 1;
  }
  return 0;
}

std::string status_text(espeak_ng_STATUS status) {
  std::array<char, 256> text{};
  espeak_ng_GetStatusCodeMessage(status, text.data(), text.size());
  return text.data();
}

std::string lower(std::string_view tag) {
  std::string result(tag);
  for (char& c : result) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

void list_voices(std::map<std::string, std::string>& found) {
  const espeak_VOICE** voices = espeak_ListVoices(nullptr);
  for (; voices != nullptr && *voices != nullptr; ++voices) {
    const std::string file = (*voices)->identifier;
    if (file.rfind("mb/", 0) == 0) continue;
    // Each entry is a priority byte and a terminated name; the first is the voice's own language.
    if (const char* entry = (*voices)->languages; entry != nullptr && *entry != 0)
      found.emplace(lower(entry + 1), file);
  }
}

// espeak_Initialize prints and may exit when its data is missing, so the calls below it are used.
Result<void> start(Library& lib) {
  if (!lib.started) {
    lib.started = true;
    espeak_ng_InitializePath(nullptr);
    espeak_ng_ERROR_CONTEXT context = nullptr;
    espeak_ng_STATUS status = espeak_ng_Initialize(&context);
    espeak_ng_ClearErrorContext(&context);
    if (status == ENS_OK)
      status = espeak_ng_InitializeOutput(ENOUTPUT_MODE_SYNCHRONOUS, 0, nullptr);
    if (status != ENS_OK) {
      lib.failure = status_text(status);
    } else {
      espeak_SetSynthCallback(take_samples);
      list_voices(lib.voices);
    }
  }
  if (!lib.failure.empty())
    return fail(Errc::missing_model, "espeak-ng: cannot load its data (" + lib.failure +
                                         "); run: apt install espeak-ng-data");
  return {};
}

// @param voice "fr-fr", or with one of espeak's variants "fr-fr+m3". Languages are looked up here
// because espeak_ng_SetVoiceByName knows voices' names and files only.
Result<void> select_voice(const Library& lib, const std::string& voice) {
  const std::size_t plus = std::min(voice.find('+'), voice.size());
  const auto known = lib.voices.find(voice.substr(0, plus));
  if (known == lib.voices.end() ||
      espeak_ng_SetVoiceByName((known->second + voice.substr(plus)).c_str()) != ENS_OK)
    return fail(Errc::unsupported,
                "espeak-ng: no voice '" + voice + "'; `espeak-ng --voices` lists the known ones");
  return {};
}

// espeak-ng takes C strings: what follows a NUL would silently be lost.
std::string without_nul(std::string_view text) {
  std::string result(text);
  std::replace(result.begin(), result.end(), '\0', ' ');
  return result;
}

// espeak-ng puts ties also inside its language-switch flags, "(e^n)": there they mean nothing.
void append_clause(std::string& ipa, std::string_view clause) {
  clause.remove_prefix(std::min(clause.find_first_not_of(" \n"), clause.size()));
  if (clause.empty()) return;
  if (!ipa.empty()) ipa += ' ';
  bool in_flag = false;
  for (std::size_t i = 0; i < clause.size();) {
    if (clause[i] == '(') in_flag = true;
    if (clause[i] == ')') in_flag = false;
    if (clause.substr(i, kZeroWidthJoiner.size()) == kZeroWidthJoiner) {
      i += kZeroWidthJoiner.size();
    } else if (in_flag && clause.substr(i, kTie.size()) == kTie) {
      i += kTie.size();
    } else {
      ipa += clause[i++];
    }
  }
}

std::string translate(const std::string& text) {
  std::string ipa;
  const void* next = text.c_str();
  while (next != nullptr) {
    const char* phonemes = espeak_TextToPhonemes(&next, espeakCHARS_UTF8, kIpaWithTies);
    if (phonemes != nullptr) append_clause(ipa, phonemes);
  }
  return ipa;
}

// Tags that espeak-ng names differently, or lacks in that region.
std::string alias(const std::string& tag) {
  static constexpr std::array<std::array<std::string_view, 2>, 22> kAliases{{
      {"en", "en-us"},     {"en-au", "en-gb"},  {"en-nz", "en-gb"},  {"en-ie", "en-gb"},
      {"en-za", "en-gb"},  {"en-in", "en-gb"},  {"en-uk", "en-gb"},  {"fr", "fr-fr"},
      {"fr-ca", "fr-fr"},  {"es-es", "es"},     {"es-mx", "es-419"}, {"es-ar", "es-419"},
      {"es-co", "es-419"}, {"es-us", "es-419"}, {"pt-pt", "pt"},     {"zh", "cmn"},
      {"zh-hk", "yue"},    {"zh-yue", "yue"},   {"no", "nb"},        {"nn", "nb"},
      {"iw", "he"},        {"in", "id"},
  }};
  for (const auto& [from, to] : kAliases)
    if (tag == from) return std::string(to);
  return tag;
}

}  // namespace

Result<std::string> espeak_phonemes(std::string_view clause, const std::string& espeak_voice) {
  const std::string text = without_nul(clause);
  Library& lib = library();
  const std::lock_guard lock(lib.mutex);
  TROUPE_CHECK(start(lib));
  TROUPE_CHECK(select_voice(lib, espeak_voice));
  return translate(text);
}

Result<AudioBuffer> espeak_speak(std::string_view text, const std::string& espeak_voice,
                                 int rate_wpm, int pitch) {
  const std::string spoken = without_nul(text);
  Sink sink;
  Library& lib = library();
  const std::lock_guard lock(lib.mutex);
  TROUPE_CHECK(start(lib));
  TROUPE_CHECK(select_voice(lib, espeak_voice));
  espeak_SetParameter(espeakRATE, std::clamp(rate_wpm, 80, 450), 0);
  espeak_SetParameter(espeakPITCH, std::clamp(pitch, 0, 100), 0);
  (void)translate(primer());
  lib.sink = &sink;
  const espeak_ERROR status = espeak_Synth(spoken.c_str(), spoken.size() + 1, 0, POS_CHARACTER, 0,
                                           espeakCHARS_UTF8, nullptr, nullptr);
  lib.sink = nullptr;
  if (sink.overflow)
    return fail(Errc::backend, "espeak-ng: " + std::to_string(spoken.size()) +
                                   " bytes of text exceed 10 minutes of speech; split the text");
  if (status != EE_OK)
    return fail(Errc::backend, "espeak-ng: synthesis failed with status " + std::to_string(status));
  return AudioBuffer{std::move(sink.samples), espeak_ng_GetSampleRate()};
}

Result<std::string> espeak_version() {
  Library& lib = library();
  const std::lock_guard lock(lib.mutex);
  TROUPE_CHECK(start(lib));
  const char* data_path = nullptr;
  return std::string(espeak_Info(&data_path));
}

std::string espeak_voice_for(std::string_view language) {
  Library& lib = library();
  const std::lock_guard lock(lib.mutex);
  if (!start(lib)) return {};
  for (std::string tag = lower(language); !tag.empty();) {
    if (const std::string name = alias(tag); lib.voices.contains(name)) return name;
    const std::size_t dash = tag.rfind('-');
    tag.resize(dash == std::string::npos ? 0 : dash);
  }
  return {};
}

}  // namespace troupe::speech
