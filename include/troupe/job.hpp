/// What to dub. A Job is plain data, already parsed; segments/ reads it from files and validates
/// it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "troupe/options.hpp"

namespace troupe {

/// One diarised segment as the caller gave it. Times are milliseconds from the source's start.
struct JobSegment {
  std::string speaker_id;  ///< data, never a file name
  std::int64_t start_ms = 0;
  std::int64_t end_ms = 0;
  std::string text;             ///< original words, may be empty
  std::string translated_text;  ///< what to speak; empty means silence
};

/// Whose voice is known already (spec V2): a named voice or serialised conditionals (V8).
struct UserVoice {
  std::string name;                        ///< of a named voice, or empty
  std::vector<std::uint8_t> conditionals;  ///< bytes of conditionals.safetensors, or empty
};

struct Job {
  std::string message_id;  ///< empty: a hash of the job takes its place
  std::filesystem::path source_audio;
  std::string source_language;  ///< BCP-47, may be empty
  std::string target_language;  ///< BCP-47: en, en-gb, fr, pt-br, ...
  std::optional<std::string> user_speaker_id;
  std::optional<UserVoice> user_voice;
  std::vector<JobSegment> segments;
  Options options;
  std::vector<std::string> warnings;  ///< found while reading, one line each; the job still runs
};

}  // namespace troupe
