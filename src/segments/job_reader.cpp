#include "segments/job_reader.hpp"

#include <array>
#include <cstdio>

#include "core/base64.hpp"
#include "core/try.hpp"
#include "segments/check.hpp"
#include "segments/job_options.hpp"
#include "segments/segment_list.hpp"
#include "segments/text_file.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

Result<std::filesystem::path> source_of(const JsonFields& fields,
                                        const std::filesystem::path& base_dir) {
  const JsonValue* value = fields.find("source_audio");
  if (value && value->object())
    return fields.wrong("source_audio",
                        "the path of a file (audio inside the job is taken over HTTP only)");
  TROUPE_TRY(const auto name, fields.string("source_audio"));
  if (!name || name->empty()) return fields.wrong("source_audio", "the path of the recording");
  // Past a NUL the operating system would see another path than the one in the message.
  if (name->find('\0') != std::string::npos)
    return fields.wrong("source_audio", "a path without a NUL character");
  return base_dir / *name;
}

Result<std::optional<UserVoice>> user_voice_of(const JsonFields& fields,
                                               const std::string& origin) {
  const JsonValue* value = fields.find("user_voice");
  if (!value) return std::optional<UserVoice>{};
  constexpr const char* kWanted = "the name of a voice or {\"base64\": conditionals}";
  if (const auto* name = value->string()) {
    if (name->empty()) return fields.wrong("user_voice", kWanted);
    return std::optional(UserVoice{*name, {}});
  }
  if (!value->object()) return fields.wrong("user_voice", kWanted);

  const std::string place = origin + ": user_voice";
  const JsonFields voice(*value->object(), place);
  TROUPE_TRY(const auto text, voice.string("base64"));
  if (!text || text->empty()) return voice.wrong("base64", "the bytes of conditionals.safetensors");
  auto bytes = base64_decode(*text);
  if (!bytes) return fail(Errc::bad_input, place + ": " + bytes.error().message, "segments");
  return std::optional(UserVoice{{}, std::move(*bytes)});
}

/// FNV-1a, 64 bit. Each part is preceded by its length so that parts cannot run into each other.
class Hash {
 public:
  void add(std::string_view part) {
    mix(std::to_string(part.size()) + ":");
    mix(part);
  }
  void add(double number) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.17g", number);
    add(std::string_view(text.data()));
  }
  void add(std::int64_t number) { add(std::to_string(number)); }
  std::string hex() const {
    std::array<char, 17> text{};
    std::snprintf(text.data(), text.size(), "%016llx", static_cast<unsigned long long>(state_));
    return text.data();
  }

 private:
  void mix(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  }
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

void add_options(Hash& hash, const Options& o) {
  for (const int value : {static_cast<int>(o.layout), static_cast<int>(o.clone_effort),
                          static_cast<int>(o.speech_effort), static_cast<int>(o.background),
                          int{o.fit}, o.min_silence_ms, o.max_silence_ms, int{o.global_stretch}})
    hash.add(std::int64_t{value});
  hash.add(o.backend);
  hash.add(std::to_string(o.seed));
  for (const double value : {o.speed, o.exaggeration, o.cfg_weight.value_or(-1), o.temperature,
                             o.fit_tolerance_percent, o.loudness_lufs.value_or(0)})
    hash.add(value);
}

}  // namespace

std::string job_hash(const Job& job) {
  Hash hash;
  hash.add(job.source_audio.filename().string());
  hash.add(job.source_language);
  hash.add(job.target_language);
  hash.add(job.user_speaker_id.value_or(""));
  if (job.user_voice) {
    hash.add(job.user_voice->name);
    hash.add(std::string_view(reinterpret_cast<const char*>(job.user_voice->conditionals.data()),
                              job.user_voice->conditionals.size()));
  }
  for (const JobSegment& segment : job.segments) {
    hash.add(segment.speaker_id);
    hash.add(segment.start_ms);
    hash.add(segment.end_ms);
    hash.add(segment.text);
    hash.add(segment.translated_text);
  }
  add_options(hash, job.options);
  return hash.hex();
}

Result<Job> parse_job(std::string_view json, const std::string& origin,
                      const std::filesystem::path& base_dir) {
  const std::string place = one_line(origin);
  TROUPE_TRY(const JsonValue root, parse_json(json, place));
  if (!root.object())
    return fail(Errc::bad_input,
                place + ": is " + describe(root) +
                    "; give an object with source_audio, "
                    "target_language and segments",
                "segments");
  const JsonFields fields(*root.object(), place);
  Job job;
  TROUPE_TRY(job.source_audio, source_of(fields, base_dir));
  TROUPE_TRY(const auto target, fields.string("target_language"));
  if (!target) return fields.wrong("target_language", "a language tag such as fr");
  job.target_language = *target;
  TROUPE_TRY(auto source, fields.string("source_language"));
  if (!source) {
    TROUPE_TRY(source, fields.string("language"));  // WhisperX's name
  }
  job.source_language = std::move(source).value_or("");
  TROUPE_TRY(job.user_speaker_id, fields.string("user_speaker_id"));
  TROUPE_TRY(job.user_voice, user_voice_of(fields, place));

  const JsonValue* list = fields.find("segments");
  if (!list || !list->array()) return fields.wrong("segments", "a list of segments");
  std::size_t unnamed = 0;
  TROUPE_TRY(job.segments, segments_of(*list->array(), place, unnamed));
  if (unnamed > 0)
    job.warnings.push_back(place + ": " + std::to_string(unnamed) +
                           " segments have no speaker_id; taken as one speaker \"" +
                           kUnnamedSpeaker + "\"");
  if (const JsonValue* options = fields.find("options")) {
    if (!options->object()) return fields.wrong("options", "an object");
    TROUPE_TRY(job.options, options_of(*options->object(), place, job.warnings));
  }
  TROUPE_TRY(auto id, fields.string("message_id"));
  job.message_id = std::move(id).value_or("");

  if (auto checked = check_job(job); !checked)
    return fail(checked.error().code, place + ": " + checked.error().message, "segments");
  return job;
}

Result<Job> read_job(const std::filesystem::path& path) {
  TROUPE_TRY(const std::string content, read_text_file(path));
  return parse_job(content, path.string(), path.parent_path());
}

}  // namespace troupe::segments
