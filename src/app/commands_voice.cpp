#include <algorithm>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "app/commands.hpp"
#include "app/result_json.hpp"
#include "app/wiring.hpp"
#include "core/language.hpp"
#include "core/try.hpp"
#include "pipeline/report_text.hpp"
#include "pipeline/speak_text.hpp"

namespace troupe::app {
namespace {

constexpr char kConsent[] =
    "notice: clone a voice only with the consent of the person it belongs to (--consent states "
    "that you have it)";

CloneEffort effort_of(const std::string& word) {
  if (word == "fast") return CloneEffort::fast;
  return word == "best" ? CloneEffort::best : CloneEffort::balanced;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4f", value);
  return text;
}

std::vector<Field> voice_fields(const std::string& name, const Voice& voice) {
  std::vector<Field> fields{
      {"name", name},
      {"kind", name_of(voice.kind)},
      {"backend", voice.conditionals->backend},
      {"model_hash", voice.conditionals->model_hash},
      {"reference_hash", voice.conditionals->reference_hash},
      {"created_unix_s", std::to_string(voice.conditionals->created_unix_s), true}};
  if (voice.quality) {
    fields.push_back({"snr_db", number(voice.quality->snr_db), true});
    fields.push_back({"quality_score", number(voice.quality->score), true});
  }
  if (voice.f0_hz) fields.push_back({"f0_hz", number(*voice.f0_hz), true});
  if (voice.similarity) fields.push_back({"similarity", number(*voice.similarity), true});
  return fields;
}

Result<void> create(const VoiceFlags& flags, const Console& console, Log& log) {
  if (!flags.consent) note(console, kConsent);
  TROUPE_TRY(const std::string language, canonical_language(flags.to));
  const auto clock = make_system_clock();
  const auto names = open_store(console.paths, *clock)->named();
  if (!flags.replace && std::find(names.begin(), names.end(), flags.name) != names.end())
    return fail(Errc::bad_input,
                "voice '" + flags.name +
                    "': exists already; choose another name, or replace it with "
                    "--replace",
                "voices");
  TROUPE_TRY(const auto world,
             World::open(console.paths, log, {.backend = flags.backend, .language = language}));
  const auto ports = world->ports();
  TROUPE_TRY(const auto backend, speech::choose_backend(ports.backends, flags.backend, language));
  Options options;
  options.clone_effort = effort_of(flags.clone_effort);
  pipeline::DubSettings settings;
  settings.temp_root = console.paths.temp_root;
  settings.stop = console.stop;
  TROUPE_TRY(const auto made, pipeline::voice_from_recording(flags.from, language, backend, options,
                                                             ports, settings));
  if (made.voice->kind == VoiceKind::generic)
    return fail(Errc::bad_input,
                flags.from.string() + ": no voice can be made of it: " + made.reason, "voices");
  TROUPE_CHECK(ports.store.save_named(flags.name, made.voice, nullptr));
  if (console.json) {
    auto fields = voice_fields(flags.name, *made.voice);
    fields.push_back({"made_in_ms", number(made.made_in_ms), true});
    std::cout << object_json(fields) << std::endl;
  }
  say(console,
      flags.name + ": " + name_of(made.voice->kind) + " voice for " +
          made.voice->conditionals->backend + " saved" +
          (made.voice->similarity ? ", similarity " + number(*made.voice->similarity).substr(0, 4)
                                  : ""));
  return {};
}

/// Loads the encoder for the first recording, and nothing for named voices.
class Embedder {
 public:
  explicit Embedder(const Console& console) : console_(console) {}

  Result<Embedding> operator()(const std::string& name_or_file) {
    std::error_code error;
    if (std::filesystem::is_regular_file(name_or_file, error)) {
      if (!encoder_) {
        TROUPE_TRY(encoder_, load_encoder(*engine_, console_.paths.models));
      }
      return pipeline::embed_recording(name_or_file, *open_media(), *encoder_, console_.stop);
    }
    TROUPE_TRY(const VoicePtr voice, open_store(console_.paths, *clock_)->load_named(name_or_file));
    if (voice->embedding) return *voice->embedding;
    return fail(Errc::bad_input, "voice '" + name_or_file + "': has no recording behind it");
  }

 private:
  const Console& console_;
  const std::unique_ptr<Clock> clock_ = make_system_clock();
  const std::unique_ptr<nn::Engine> engine_ = open_engine(console_.paths);
  std::unique_ptr<SpeakerEncoder> encoder_;
};

Result<void> compare(const VoiceFlags& flags, const Console& console) {
  Embedder embedding_of(console);
  TROUPE_TRY(const Embedding a, embedding_of(flags.name));
  TROUPE_TRY(const Embedding b, embedding_of(flags.other));
  const double similarity = cosine(a, b);
  if (console.json)
    std::cout << object_json({{"a", flags.name},
                              {"b", flags.other},
                              {"similarity", number(similarity), true}})
              << std::endl;
  say(console, "similarity " + number(similarity) +
                   " (the same person 0.81 or more, different people 0.79 or less)");
  return {};
}

int finish(const Console& console, const Result<void>& done) {
  return done ? kDone : report_error(console, done.error());
}

}  // namespace

int run_voice_create(const VoiceFlags& flags, const Console& console) {
  const auto log = make_stderr_log(console.quiet);
  return finish(console, create(flags, console, *log));
}

int run_voice_list(const Console& console) {
  const auto clock = make_system_clock();
  const auto store = open_store(console.paths, *clock);
  std::vector<std::string> items;
  for (const std::string& name : store->named()) {
    say(console, name);
    items.push_back(string_json(name));
  }
  if (console.json) std::cout << object_json({{"voices", array_json(items), true}}) << std::endl;
  return kDone;
}

int run_voice_show(const VoiceFlags& flags, const Console& console) {
  const auto clock = make_system_clock();
  const auto voice = open_store(console.paths, *clock)->load_named(flags.name);
  if (!voice) return report_error(console, voice.error());
  std::cout << object_json(voice_fields(flags.name, **voice)) << std::endl;
  return kDone;
}

int run_voice_delete(const VoiceFlags& flags, const Console& console) {
  const auto clock = make_system_clock();
  const auto done = open_store(console.paths, *clock)->delete_named(flags.name);
  if (done) say(console, flags.name + ": deleted");
  return finish(console, done);
}

int run_voice_compare(const VoiceFlags& flags, const Console& console) {
  return finish(console, compare(flags, console));
}

}  // namespace troupe::app
