#include "segments/job_options.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

#include "core/try.hpp"
#include "segments/json_fields.hpp"
#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

constexpr std::string_view kNames[] = {"layout",
                                       "fit",
                                       "backend",
                                       "clone_effort",
                                       "speech_effort",
                                       "seed",
                                       "speed",
                                       "exaggeration",
                                       "cfg_weight",
                                       "temperature",
                                       "min_silence_ms",
                                       "max_silence_ms",
                                       "fit_tolerance_percent",
                                       "global_stretch",
                                       "background",
                                       "loudness_lufs",
                                       "voice_max_age_days",
                                       "keep_temp",
                                       "strict"};

/// One reader per type; each leaves the default where the option is absent.
Result<void> read(const JsonFields& fields, std::string_view name, bool& value) {
  TROUPE_TRY(const auto given, fields.boolean(name));
  value = given.value_or(value);
  return {};
}
Result<void> read(const JsonFields& fields, std::string_view name, double& value) {
  TROUPE_TRY(const auto given, fields.number(name));
  value = given.value_or(value);
  return {};
}
Result<void> read(const JsonFields& fields, std::string_view name, std::optional<double>& value) {
  TROUPE_TRY(value, fields.number(name));
  return {};
}
Result<void> read(const JsonFields& fields, std::string_view name, std::uint64_t& value) {
  TROUPE_TRY(const auto given, fields.whole(name));
  value = given.value_or(value);
  return {};
}
Result<void> read(const JsonFields& fields, std::string_view name, int& value) {
  TROUPE_TRY(const auto given, fields.whole(name));
  if (given && *given > std::numeric_limits<int>::max())
    return fields.wrong(name, "fewer milliseconds");
  if (given) value = static_cast<int>(*given);
  return {};
}
Result<void> read(const JsonFields& fields, std::string_view name, std::string& value) {
  TROUPE_TRY(auto given, fields.string(name));
  if (given) value = std::move(*given);
  return {};
}

template <class Enum>
Result<void> read_choice(const JsonFields& fields, std::string_view name, Enum& value,
                         std::span<const std::pair<std::string_view, Enum>> choices) {
  TROUPE_TRY(const auto given, fields.string(name));
  if (!given) return {};
  std::string legal;
  for (const auto& [spelling, choice] : choices) {
    if (*given == spelling) {
      value = choice;
      return {};
    }
    legal += (legal.empty() ? "" : ", ") + std::string(spelling);
  }
  return fields.wrong(name, "one of " + legal);
}

constexpr std::pair<std::string_view, Layout> kLayouts[] = {
    {"auto", Layout::automatic}, {"concat", Layout::concat}, {"timeline", Layout::timeline}};
constexpr std::pair<std::string_view, CloneEffort> kEfforts[] = {
    {"fast", CloneEffort::fast}, {"balanced", CloneEffort::balanced}, {"best", CloneEffort::best}};
constexpr std::pair<std::string_view, SpeechEffort> kSpeechEfforts[] = {
    {"full", SpeechEffort::full}, {"fast", SpeechEffort::fast}};
constexpr std::pair<std::string_view, Background> kBackgrounds[] = {{"drop", Background::drop},
                                                                    {"keep", Background::keep}};

}  // namespace

Result<Options> options_of(const JsonValue::Object& object, const std::string& origin,
                           std::vector<std::string>& warnings) {
  const std::string place = origin + ": options";
  const JsonFields fields(object, place);
  Options options;
  TROUPE_CHECK(read_choice<Layout>(fields, "layout", options.layout, kLayouts));
  TROUPE_CHECK(read(fields, "fit", options.fit));
  TROUPE_CHECK(read(fields, "backend", options.backend));
  TROUPE_CHECK(read_choice<CloneEffort>(fields, "clone_effort", options.clone_effort, kEfforts));
  TROUPE_CHECK(
      read_choice<SpeechEffort>(fields, "speech_effort", options.speech_effort, kSpeechEfforts));
  TROUPE_CHECK(
      read_choice<SpeechEffort>(fields, "speech_effort", options.speech_effort, kSpeechEfforts));
  TROUPE_CHECK(read(fields, "seed", options.seed));
  TROUPE_CHECK(read(fields, "speed", options.speed));
  TROUPE_CHECK(read(fields, "exaggeration", options.exaggeration));
  TROUPE_CHECK(read(fields, "cfg_weight", options.cfg_weight));
  TROUPE_CHECK(read(fields, "temperature", options.temperature));
  TROUPE_CHECK(read(fields, "min_silence_ms", options.min_silence_ms));
  TROUPE_CHECK(read(fields, "max_silence_ms", options.max_silence_ms));
  TROUPE_CHECK(read(fields, "fit_tolerance_percent", options.fit_tolerance_percent));
  TROUPE_CHECK(read(fields, "global_stretch", options.global_stretch));
  TROUPE_CHECK(read_choice<Background>(fields, "background", options.background, kBackgrounds));
  TROUPE_CHECK(read(fields, "loudness_lufs", options.loudness_lufs));
  TROUPE_CHECK(read(fields, "voice_max_age_days", options.voice_max_age_days));
  TROUPE_CHECK(read(fields, "keep_temp", options.keep_temp));
  TROUPE_CHECK(read(fields, "strict", options.strict));

  for (const auto& member : object)
    if (std::find(std::begin(kNames), std::end(kNames), member.first) == std::end(kNames))
      warnings.push_back(place + " has no " + in_quotes(member.first) + "; it changes nothing");
  return options;
}

}  // namespace troupe::segments
