#include <nlohmann/json.hpp>
#include <optional>

#include "voices/shown_name.hpp"
#include "voices/voice_metadata.hpp"

namespace troupe::voices {
namespace {

using nlohmann::json;

constexpr const char* kSchema = "troupe.voice/1";

NLOHMANN_JSON_SERIALIZE_ENUM(VoiceKind, {{VoiceKind::generic, "generic"},
                                         {VoiceKind::cloned, "cloned"},
                                         {VoiceKind::preset, "preset"}})

json to_json(const std::optional<double>& value) { return value ? json(*value) : json(); }

json to_json(const std::optional<VoiceQuality>& quality) {
  if (!quality) return json();
  return {{"snr_db", quality->snr_db},
          {"clipping_percent", quality->clipping_percent},
          {"silence_percent", quality->silence_percent},
          {"speech_rms_dbfs", quality->speech_rms_dbfs},
          {"speech_ms", quality->speech_ms},
          {"score", quality->score}};
}

std::optional<double> number(const json& value) {
  return value.is_null() ? std::nullopt : std::optional(value.get<double>());
}

std::optional<VoiceQuality> quality_of(const json& value) {
  if (value.is_null()) return std::nullopt;
  return VoiceQuality{value.at("snr_db"),          value.at("clipping_percent"),
                      value.at("silence_percent"), value.at("speech_rms_dbfs"),
                      value.at("speech_ms"),       value.at("score")};
}

}  // namespace

Result<std::string> write_metadata(const VoiceMetadata& metadata) {
  const Voice& voice = metadata.voice;
  const json document = {{"schema", kSchema},
                         {"stored_as", metadata.stored_as},
                         {"created_unix_s", metadata.created_unix_s},
                         {"kind", voice.kind},
                         {"name", voice.name},
                         {"f0_hz", to_json(voice.f0_hz)},
                         {"similarity", to_json(voice.similarity)},
                         {"quality", to_json(voice.quality)},
                         {"files", metadata.files}};
  try {
    return document.dump(2) + "\n";
  } catch (const json::type_error&) {
    return fail(Errc::bad_input, "voice name is not valid UTF-8; give another name");
  }
}

Result<VoiceMetadata> parse_metadata(std::string_view text, std::string_view origin) {
  try {
    const json document = json::parse(text);
    if (document.at("schema") != kSchema)
      return fail(Errc::bad_input,
                  std::string(origin) + ": schema " + shown_name(document.at("schema").dump()) +
                      ", this build reads \"" + kSchema + "\"; make the voice again");
    VoiceMetadata metadata;
    metadata.stored_as = document.at("stored_as");
    metadata.created_unix_s = document.at("created_unix_s");
    metadata.files = document.at("files").get<std::map<std::string, std::string>>();
    metadata.voice.kind = document.at("kind");
    metadata.voice.name = document.at("name");
    metadata.voice.f0_hz = number(document.at("f0_hz"));
    metadata.voice.similarity = number(document.at("similarity"));
    metadata.voice.quality = quality_of(document.at("quality"));
    return metadata;
  } catch (const json::exception&) {
    return fail(Errc::bad_input,
                std::string(origin) + ": not the metadata of a voice; make the voice again");
  }
}

}  // namespace troupe::voices
