#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <iostream>

#include "app/commands.hpp"

namespace troupe::app {
namespace {

/// What the command line asks for; empty until a command was recognised.
using Action = std::function<int(const Console&)>;

const CLI::IsMember kLayouts({"auto", "concat", "timeline"});
const CLI::IsMember kBackends({"auto", "kokoro", "chatterbox", "espeak"});
const CLI::IsMember kEfforts({"fast", "balanced", "best"});
const CLI::IsMember kSpeechEfforts({"full", "fast"});
const CLI::Range kWorkers(1, 256);

void add_dub(CLI::App& app, DubFlags& flags, Action& action) {
  CLI::App* dub = app.add_subcommand("dub", "Re-voice a conversation in another language");
  auto* job = dub->add_option("job", flags.job, "Job file (docs/formats/job.md)");
  dub->add_option("-o,--output", flags.output, "Track: wav flac mp3 opus m4a, or video: mp4 mkv")
      ->required();
  auto* source = dub->add_option("--source", flags.source, "Audio or video, instead of a job file");
  auto* segments =
      dub->add_option("--segments", flags.segments, "Who speaks when: json srt vtt rttm");
  dub->add_option("--translations", flags.translations, "What to say: json srt vtt")
      ->needs(segments);
  dub->add_option("--to", flags.to, "Target language: en, fr, pt-br, ...");
  job->excludes(source)->excludes(segments);
  source->needs(segments);
  segments->needs(source);
  dub->add_option("--layout", flags.layout, "auto, concat (messages) or timeline (video)")
      ->check(kLayouts);
  dub->add_option("--backend", flags.backend, "auto, kokoro, chatterbox or espeak")
      ->check(kBackends);
  dub->add_option("--clone-effort", flags.clone_effort, "fast, balanced or best")->check(kEfforts);
  dub->add_option("--speech-effort", flags.speech_effort, "full or fast (Chatterbox: fewer steps)")
      ->check(kSpeechEfforts);
  dub->add_option("--report", flags.report, "Write the report (JSON)");
  dub->add_option("--timeline-svg", flags.timeline_svg, "Draw original and dub (SVG)");
  dub->add_option("--subtitles", flags.subtitles, "Write what is spoken and when: vtt or srt");
  dub->add_option("--stems", flags.stems, "Folder for one track per speaker");
  dub->add_option("--background", flags.background, "keep: the original, ducked; or drop")
      ->check(CLI::IsMember({"keep", "drop"}));
  dub->add_option("--seed", flags.seed, "Same job and seed, same samples");
  dub->add_option("--workers", flags.workers, "Threads; default: all cores")->check(kWorkers);
  dub->add_flag("--no-fit", flags.no_fit, "Leave every turn as long as it comes out");
  dub->add_flag("--keep-temp", flags.keep_temp, "Keep temporary files and say where");
  dub->add_flag("--strict", flags.strict, "Exit 4 when a turn is generic or failed");
  dub->footer(
      "Voices are cloned from the recording: only with the consent of the people in it.\n"
      "Examples:\n"
      "  troupe dub job.json -o dubbed.opus --report report.json\n"
      "  troupe dub --source talk.mp4 --segments talk.srt --translations talk.fr.srt --to fr -o "
      "talk.fr.mp4");
  dub->callback([&flags, &action, job, source] {
    if (job->empty() && source->empty())
      throw CLI::RequiredError("JOB.json, or --source with --segments");
    action = [&flags](const Console& console) { return run_dub(flags, console); };
  });
}

void add_speak(CLI::App& app, SpeakFlags& flags, Action& action) {
  CLI::App* speak = app.add_subcommand("speak", "Speak a text in a voice");
  speak->add_option("text", flags.text, "What to say")->required();
  speak->add_option("--voice", flags.voice, "Named voice, preset, or a recording to clone")
      ->required();
  speak->add_option("--to", flags.to, "Language of the text: en, fr, pt-br, ...")->required();
  speak->add_option("-o,--output", flags.output, "wav flac mp3 opus m4a")->required();
  speak->add_option("--backend", flags.backend, "auto, kokoro, chatterbox or espeak")
      ->check(kBackends);
  speak
      ->add_option("--speech-effort", flags.speech_effort, "full or fast (Chatterbox: fewer steps)")
      ->check(kSpeechEfforts);
  speak->add_option("--seed", flags.seed, "Same text and seed, same samples");
  speak->add_option("--workers", flags.workers, "Threads; default: all cores")->check(kWorkers);
  speak->footer(
      "A recording is cloned: only with the consent of the person in it.\n"
      "Examples:\n"
      "  troupe speak \"Bonjour à tous\" --voice anna --to fr -o bonjour.wav\n"
      "  troupe speak \"Good morning\" --voice me.flac --to en -o morning.opus");
  speak->callback(
      [&] { action = [&flags](const Console& console) { return run_speak(flags, console); }; });
}

void add_voice(CLI::App& app, VoiceFlags& flags, Action& action) {
  CLI::App* voice = app.add_subcommand("voice", "Look after named voices");
  voice->require_subcommand(1);
  voice->footer(
      "Clone a voice only with the consent of the person it belongs to.\n"
      "Examples:\n"
      "  troupe voice create anna --from anna.flac --consent\n"
      "  troupe voice compare anna other.wav");
  auto add = [&](const char* name, const char* help, auto run) {
    CLI::App* command = voice->add_subcommand(name, help);
    command->callback([&flags, &action, run] {
      action = [&flags, run](const Console& c) { return run(flags, c); };
    });
    return command;
  };
  CLI::App* create = add("create", "Make a voice of a recording of one person", run_voice_create);
  create->add_option("name", flags.name, "What to call it")->required();
  create->add_option("--from", flags.from, "Recording; its first minute is used")->required();
  create->add_option("--to", flags.to, "Language it will speak; default en");
  create->add_option("--backend", flags.backend, "auto, kokoro, chatterbox or espeak")
      ->check(kBackends);
  create->add_option("--clone-effort", flags.clone_effort, "fast, balanced or best")
      ->check(kEfforts);
  create->add_flag("--replace", flags.replace, "Replace an existing voice of that name");
  create->add_flag("--consent", flags.consent, "States that the person agreed to be cloned");
  add("list", "Names of all voices",
      [](const VoiceFlags&, const Console& console) { return run_voice_list(console); });
  add("show", "One voice as JSON", run_voice_show)->add_option("name", flags.name)->required();
  add("delete", "Remove a voice", run_voice_delete)->add_option("name", flags.name)->required();
  CLI::App* compare = add("compare", "Are these two the same person?", run_voice_compare);
  compare->add_option("a", flags.name, "Named voice or recording")->required();
  compare->add_option("b", flags.other, "Named voice or recording")->required();
}

void add_models(CLI::App& app, std::vector<std::string>& only, Action& action) {
  CLI::App* models = app.add_subcommand("models", "Look after the models");
  models->require_subcommand(1);
  models->footer("Example:\n  troupe models fetch && troupe models verify");
  models->add_subcommand("list", "What is installed")->callback([&] { action = run_models_list; });
  models->add_subcommand("verify", "Hash every file")->callback([&] {
    action = run_models_verify;
  });
  CLI::App* fetch = models->add_subcommand("fetch", "Download and prepare what is missing");
  fetch->add_option("--only", only, "Names of models; default: all");
  fetch->callback([&] {
    action = [&only](const Console& console) { return run_models_fetch(only, console); };
  });
}

}  // namespace

int run_command_line(int argc, char** argv, std::stop_token stop) {
  Console console;
  console.stop = std::move(stop);
  // Known before parsing, because an error of the parser itself is told in the same form.
  console.json = std::any_of(argv, argv + argc, [](const char* argument) {
    return std::string_view(argument) == "--json";
  });
  DubFlags dub;
  SpeakFlags speak;
  VoiceFlags voice;
  std::vector<std::string> only;
  Action action;

  CLI::App app("Troupe: each person of a conversation in their own voice, in another language.",
               "troupe");
  app.set_version_flag("--version", "troupe " TROUPE_VERSION);
  app.add_flag("--json", console.json, "Result as JSON on stdout, errors as JSON on stderr");
  app.add_flag("-q,--quiet", console.quiet, "Nothing on stderr but errors");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Exit: 0 done, 1 failed, 2 usage or bad input, 3 missing model or dependency,\n"
      "4 done but some turns are generic or failed (with --strict).\n"
      "Folders: TROUPE_MODELS, TROUPE_VOICES, XDG_DATA_HOME, XDG_CACHE_HOME, TMPDIR.\n"
      "Each command has examples: troupe dub --help");
  add_dub(app, dub, action);
  add_speak(app, speak, action);
  add_voice(app, voice, action);
  add_models(app, only, action);
  app.add_subcommand("doctor", "Is everything there that Troupe needs?")->callback([&] {
    action = run_doctor;
  });

  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& done) {  // --help, --version
    return flushed(console, app.exit(done));
  } catch (const CLI::ParseError& error) {
    return report_error(
        console, {Errc::bad_input, std::string(error.what()) + "; see troupe --help", "usage", {}});
  }
  return flushed(console, action(console));
}

}  // namespace troupe::app
