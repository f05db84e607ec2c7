/// The commands, one function each; cli11_parser.cpp fills the flags.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/console.hpp"

namespace troupe::app {

/// A flag that was not given leaves the job file's value.
struct DubFlags {
  std::filesystem::path job, output, source, segments, translations;
  std::string to;
  std::optional<std::string> layout, backend, clone_effort, speech_effort, background;
  std::optional<std::filesystem::path> report, timeline_svg, subtitles, stems;
  std::optional<std::uint64_t> seed;
  int workers = 0;
  bool no_fit = false, keep_temp = false, strict = false;
};
int run_dub(const DubFlags& flags, const Console& console);

struct SpeakFlags {
  std::string text, voice, to, backend = "auto", speech_effort = "full";
  std::filesystem::path output;
  std::uint64_t seed = 0;
  int workers = 0;
};
int run_speak(const SpeakFlags& flags, const Console& console);

struct VoiceFlags {
  std::string name, other;
  std::filesystem::path from;
  std::string to = "en", backend = "auto", clone_effort = "balanced";
  bool consent = false, replace = false;
};
int run_voice_create(const VoiceFlags& flags, const Console& console);
int run_voice_list(const Console& console);
int run_voice_show(const VoiceFlags& flags, const Console& console);
int run_voice_delete(const VoiceFlags& flags, const Console& console);
int run_voice_compare(const VoiceFlags& flags, const Console& console);

int run_models_list(const Console& console);
int run_models_fetch(const std::vector<std::string>& only, const Console& console);
int run_models_verify(const Console& console);

int run_doctor(const Console& console);

/// Parses argv and runs the command. @return the process's exit code.
int run_command_line(int argc, char** argv, std::stop_token stop);

}  // namespace troupe::app
