#include <algorithm>
#include <cstdio>
#include <iostream>
#include <system_error>

#include "app/commands.hpp"
#include "app/progress.hpp"
#include "app/result_json.hpp"
#include "app/wiring.hpp"
#include "core/language.hpp"
#include "core/try.hpp"
#include "pipeline/report_text.hpp"
#include "pipeline/speak_text.hpp"

namespace troupe::app {
namespace {

bool is_preset(const std::string& wanted, const Paths& paths) {
  std::error_code error;
  if (std::filesystem::is_regular_file(wanted, error)) return false;
  const auto clock = make_system_clock();
  const auto named = open_store(paths, *clock)->named();
  return std::find(named.begin(), named.end(), wanted) == named.end();
}

/// A file is cloned; else a named voice, else a preset.
Result<voices::SpeakerVoice> find_voice(const std::string& wanted, const std::string& language,
                                        const speech::BackendPtr& backend,
                                        const pipeline::Ports& ports,
                                        const pipeline::DubSettings& settings) {
  std::error_code error;
  if (std::filesystem::is_regular_file(wanted, error))
    return pipeline::voice_from_recording(wanted, language, backend, {}, ports, settings);
  voices::SpeakerVoice found;
  found.speaker_id = wanted;
  auto named = ports.store.load_named(wanted);
  if (named) {
    found.voice = std::move(*named);
    TROUPE_CHECK(backend->check(*found.voice->conditionals));
    found.reference_embedding = found.voice->embedding;
    found.reused = true;
    return found;
  }
  auto preset = backend->preset_voice(wanted);
  if (!preset)
    return fail(Errc::bad_input,
                "voice '" + wanted +
                    "': is no file, no named voice and no preset; see `troupe "
                    "voice list`",
                "voices");
  found.voice = std::move(*preset);
  return found;
}

Result<void> speak(const SpeakFlags& flags, const Console& console, Log& log) {
  TROUPE_TRY(const std::string language, canonical_language(flags.to));
  pipeline::SpeakRequest request;
  request.outputs.track = flags.output;
  request.outputs.inputs = {flags.voice};
  TROUPE_CHECK(pipeline::check_speak(flags.text, request.outputs));
  World::Needs needs;
  needs.backend = flags.backend;
  needs.language = language;
  needs.lone = true;
  needs.ears = !is_preset(flags.voice, console.paths);
  TROUPE_TRY(const auto world, World::open(console.paths, log, needs));
  const auto ports = world->ports();
  TROUPE_TRY(const auto backend, speech::choose_backend(ports.backends, flags.backend, language));
  pipeline::DubSettings settings;
  settings.workers = flags.workers;
  settings.temp_root = console.paths.temp_root;
  settings.stop = console.stop;
  settings.progress = make_progress(console.quiet);
  TROUPE_TRY(auto voice, find_voice(flags.voice, language, backend, ports, settings));
  if (!voice.reason.empty()) log.warn(flags.voice + ": generic voice: " + voice.reason);

  request.text = flags.text;
  request.language = language;
  request.backend = backend;
  request.voice = std::move(voice);
  request.options.seed = flags.seed;
  if (flags.speech_effort == "fast") request.options.speech_effort = SpeechEffort::fast;
  const auto report = pipeline::speak_text(request, ports, settings);
  end_progress(console.quiet);
  if (!report) return tl::make_unexpected(report.error());
  if (console.json) {
    std::cout << dub_json(flags.output, *report) << std::endl;
    return {};
  }
  char line[128];
  std::snprintf(line, sizeof line, ": %.1f s, took %.1f s",
                static_cast<double>(report->result.actual_ms) / 1000,
                report->phases_ms.total / 1000);
  say(console, flags.output.string() + line + ", " + name_of(request.voice.voice->kind) +
                   " voice " + request.voice.voice->name);
  return {};
}

}  // namespace

int run_speak(const SpeakFlags& flags, const Console& console) {
  const auto log = make_stderr_log(console.quiet);
  const auto done = speak(flags, console, *log);
  return done ? kDone : report_error(console, done.error());
}

}  // namespace troupe::app
