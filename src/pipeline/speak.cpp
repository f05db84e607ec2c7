#include <algorithm>
#include <atomic>
#include <set>
#include <utility>

#include "core/try.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"

namespace troupe::pipeline {
namespace {

constexpr std::size_t kListedFailures = 20;

/// A different generic voice for each speaker, as long as there are enough (spec S5).
Result<std::map<std::string, speech::SpeakerChoice>> with_generics(
    const Context& context, const std::vector<voices::SpeakerVoice>& speakers) {
  std::vector<std::string> taken;
  for (const auto& speaker : speakers) {
    taken.push_back(speaker.voice->name);
    const auto& text = speaker.voice->conditionals->text;
    if (const auto preset = text.find("preset"); preset != text.end())
      taken.push_back(preset->second);
  }
  std::map<std::string, speech::SpeakerChoice> choices;
  for (const auto& speaker : speakers) {
    speech::SpeakerChoice choice{speaker.voice, speaker.voice};
    if (speaker.voice->kind != VoiceKind::generic) {
      TROUPE_TRY(choice.generic, in_stage(context.backend->generic_voice(context.language, taken,
                                                                         speaker.voice->f0_hz),
                                          "voices"));
      taken.push_back(choice.generic->name);
    }
    choices.emplace(speaker.speaker_id, std::move(choice));
  }
  return choices;
}

/// Scripts mixed into a text may be beyond a model; another engine that knows the language may
/// read them.
const SpeechBackend* last_resort(const Context& context) {
  const auto& installed = context.ports.backends;
  if (installed.empty() || installed.back() == context.backend) return nullptr;
  return installed.back()->speaks(context.language) ? installed.back().get() : nullptr;
}

std::optional<double> similarity(const Context& context, const Cast& cast, const Turn& turn,
                                 const speech::SpokenTurn& spoken) {
  const voices::SpeakerVoice* speaker = cast.find(turn.speaker_id);
  if (!spoken.ok || speaker == nullptr || !speaker->reference_embedding) return std::nullopt;
  // A single word is too short to judge: no figure is better than a misleading one.
  const auto embedding = context.ports.encoder.embed(spoken.audio);
  if (!embedding) return std::nullopt;
  return cosine(*embedding, *speaker->reference_embedding);
}

}  // namespace

const voices::SpeakerVoice* Cast::find(const std::string& speaker_id) const {
  for (const auto& speaker : speakers)
    if (speaker.speaker_id == speaker_id) return &speaker;
  return nullptr;
}

std::vector<std::string> speaking(const Source& source, std::span<const Turn> turns) {
  std::set<std::string> with_text;
  for (const Turn& turn : turns) with_text.insert(turn.speaker_id);
  std::vector<std::string> ids;
  for (const voices::SpeakerAudio& speaker : source.references)
    if (with_text.contains(speaker.speaker_id)) ids.push_back(speaker.speaker_id);
  return ids;
}

Result<Cast> cast_speakers(const Context& context, Source& source, std::span<const Turn> turns) {
  PhaseScope scope(context.ports.clock, context.phases().voices);
  TROUPE_CHECK(context.go_on("voices"));
  const std::vector<std::string> ids = speaking(source, turns);
  const std::set<std::string> with_text(ids.begin(), ids.end());
  // Minutes of audio: what was kept of each speaker is used here and nowhere else.
  std::vector<voices::SpeakerAudio> wanted = std::exchange(source.references, {});
  std::erase_if(wanted,
                [&](const auto& speaker) { return !with_text.contains(speaker.speaker_id); });

  const int total = static_cast<int>(wanted.size());
  context.progress("voices", 0, total);
  Cast cast;
  TROUPE_TRY(cast.speakers, in_stage(voices::build_voices(context.job, context.language, wanted,
                                                          {*context.backend, context.ports.encoder,
                                                           context.ports.vad, context.ports.store,
                                                           context.ports.clock},
                                                          context.workers, context.settings.stop),
                                     "voices"));
  for (const auto& speaker : cast.speakers) {
    const std::string who = "speaker " + speaker.speaker_id + ": ";
    if (!speaker.reason.empty()) context.warn(who + "generic voice: " + speaker.reason);
    if (!speaker.warning.empty()) context.warn(who + speaker.warning);
  }
  TROUPE_TRY(cast.choices, with_generics(context, cast.speakers));
  context.progress("voices", total, total);
  return cast;
}

Result<std::vector<Spoken>> speak_turns(const Context& context, std::span<const Turn> turns,
                                        const Cast& cast, const timing::Plan& plan,
                                        AudioSpool& spool) {
  PhaseScope scope(context.ports.clock, context.phases().synthesis);
  TROUPE_CHECK(context.go_on("synthesis"));
  const auto& info = context.backend->info();
  const speech::Scheduler scheduler({*context.backend, last_resort(context), context.ports.log},
                                    context.job.options, context.language, context.workers);
  TROUPE_TRY(const auto prepared,
             in_stage(scheduler.prepare(turns, cast.choices, context.settings.stop), "synthesis"));

  std::vector<std::optional<std::int64_t>> natural;
  std::vector<std::int64_t> pauses;
  for (std::size_t i = 0; i < turns.size(); ++i) {
    natural.push_back(prepared[i].natural_samples);
    pauses.push_back(turns[i].pauses());
  }
  const auto lengths = timing::choose_lengths(plan, natural, pauses, {info.pace_min, info.pace_max},
                                              context.job.options);

  std::vector<Spoken> spoken(turns.size());
  std::atomic<int> done{0};
  const int total = static_cast<int>(turns.size());
  context.progress("synthesis", 0, total);
  // Runs on the scheduler's threads: judging one turn overlaps with speaking the next.
  const auto keep = [&](speech::SpokenTurn&& turn) -> Result<void> {
    const auto index = static_cast<std::size_t>(turn.turn);
    Spoken& record = spoken[index];
    record.similarity = similarity(context, cast, turns[index], turn);
    TROUPE_TRY(record.audio, spool.append(turn.audio.samples));
    turn.audio = {};
    record.turn = std::move(turn);
    context.progress("synthesis", ++done, total);
    return {};
  };
  TROUPE_CHECK(in_stage(
      scheduler.speak(prepared, lengths, cast.choices, context.settings.stop, keep), "synthesis"));
  TROUPE_CHECK(context.go_on("synthesis"));
  for (const Spoken& record : spoken)
    if (!record.turn.ok)
      context.warn("turn " + std::to_string(record.turn.turn) +
                   ": silent, nothing could speak it: " + record.turn.error);
  return spoken;
}

Result<void> check_spoken(std::span<const Spoken> spoken) {
  std::string list;
  std::size_t failed = 0;
  for (const Spoken& record : spoken) {
    if (record.turn.ok) continue;
    if (++failed <= kListedFailures)
      list += (failed > 1 ? "; turn " : "turn ") + std::to_string(record.turn.turn) + ": " +
              record.turn.error;
  }
  if (failed > kListedFailures)
    list += "; and " + std::to_string(failed - kListedFailures) + " more";
  if (5 * failed <= spoken.size()) return {};
  return fail(Errc::too_few_spoken,
              std::to_string(failed) + " of " + std::to_string(spoken.size()) +
                  " turns could not be spoken (at most 20 % may fail): " + list,
              "synthesis");
}

}  // namespace troupe::pipeline
