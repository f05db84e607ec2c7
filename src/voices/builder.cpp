#include "voices/builder.hpp"

#include <algorithm>
#include <exception>

#include "core/parallel.hpp"
#include "core/try.hpp"
#include "voices/reference.hpp"
#include "voices/user_voice.hpp"

namespace troupe::voices {
namespace {

/// A speaker on the way to a voice.
struct Draft {
  SpeakerVoice result;
  bool is_users = false;  ///< the voice that the user brings
  std::string hash, key;  ///< of the reference and of the voice in the store
  PreparedReference prepared;
  std::optional<Error> error;
};

/// The preset that a voice stands on, which no other speaker should get.
std::optional<std::string> preset_of(const Voice& voice) {
  if (voice.kind == VoiceKind::cloned) return std::nullopt;
  const auto& text = voice.conditionals->text;
  const auto found = text.find("preset");
  return found == text.end() ? voice.name : found->second;
}

bool is_in(const std::vector<std::string>& taken, const std::optional<std::string>& preset) {
  return preset && std::find(taken.begin(), taken.end(), *preset) != taken.end();
}

class Builder {
 public:
  Builder(const Job& job, const std::string& language, const BuilderPorts& ports,
          std::stop_token stop)
      : job_(job), language_(language), ports_(ports), stop_(std::move(stop)) {}

  /// The voice that the user brings or an earlier job made.
  void look_up(const SpeakerAudio& speaker, Draft& draft) const {
    draft.result.speaker_id = speaker.speaker_id;
    if (stop_.stop_requested()) return;
    if (job_.user_voice && job_.user_speaker_id == speaker.speaker_id) {
      draft.is_users = true;
      auto voice = load_user_voice(*job_.user_voice, ports_.backend, ports_.store);
      if (voice)
        reuse(draft, std::move(*voice));
      else
        draft.error = std::move(voice).error();
      return;
    }
    draft.hash = reference_hash(speaker);
    draft.key = voice_key(draft.hash, ports_.backend.info(), job_.options.clone_effort, language_);
    auto stored = ports_.store.find(draft.key, job_.options.voice_max_age_days);
    if (stored && ports_.backend.check(*(*stored)->conditionals)) reuse(draft, std::move(*stored));
  }

  /// Two people whose voices come from different jobs may have the same preset: the second is made
  /// again as long as the backend has another one for this speaker.
  void drop_if_taken(Draft& draft, const std::vector<std::string>& taken) const {
    if (!draft.result.voice || draft.is_users || ports_.backend.info().clones) return;
    const Voice& voice = *draft.result.voice;
    if (!is_in(taken, preset_of(voice))) return;
    const auto other = ports_.backend.generic_voice(language_, taken, voice.f0_hz);
    if (!other || is_in(taken, preset_of(**other))) return;
    SpeakerVoice fresh;
    fresh.speaker_id = std::move(draft.result.speaker_id);
    draft.result = std::move(fresh);
  }

  /// The reference, for those who still need a voice.
  void prepare(const SpeakerAudio& speaker, Draft& draft) const {
    if (stop_.stop_requested() || draft.result.voice || draft.key.empty()) return;
    draft.prepared = prepare_reference(speaker, draft.hash, language_, ports_);
    draft.result.quality = draft.prepared.quality;
    draft.result.reason = draft.prepared.reason;
  }

  /// Lets the backend derive the voice; a failure becomes the reason.
  void clone(Draft& draft, const std::vector<std::string>& taken) const {
    if (stop_.stop_requested() || draft.result.voice || !draft.prepared.reference) return;
    VoiceReference& reference = *draft.prepared.reference;
    reference.taken = taken;
    const double start_ms = ports_.clock.steady_ms();
    const auto made = ports_.backend.make_voice(reference, job_.options.clone_effort);
    draft.result.made_in_ms = ports_.clock.steady_ms() - start_ms;
    if (!made) {
      draft.result.reason = "cloning failed: " + made.error().message;
      return;
    }
    draft.result.voice = finished(**made, draft);
    draft.result.reference_embedding = reference.embedding;
    draft.result.conditionals_computed = true;
    reference.audio = {};  // thousands of references need not wait for the last speaker
  }

  /// Keeps a new voice for next time; that it cannot is no reason not to speak.
  void store(Draft& draft) const {
    if (!draft.result.conditionals_computed || draft.result.voice->kind == VoiceKind::generic)
      return;
    const auto kept = ports_.store.put(draft.key, draft.result.voice, nullptr);
    if (!kept) draft.result.warning = "voice not kept for next time: " + kept.error().message;
  }

  Result<void> fall_back(Draft& draft, const std::vector<std::string>& taken) const {
    TROUPE_TRY(draft.result.voice,
               ports_.backend.generic_voice(language_, taken, draft.prepared.f0_hz));
    return {};
  }

 private:
  static void reuse(Draft& draft, VoicePtr voice) {
    draft.result.reference_embedding = voice->embedding;
    draft.result.quality = voice->quality;
    draft.result.voice = std::move(voice);
    draft.result.reused = true;
  }

  VoicePtr finished(const Voice& made, const Draft& draft) const {
    Voice voice = made;
    Conditionals conditionals = *made.conditionals;
    conditionals.created_unix_s = ports_.clock.unix_seconds();
    if (voice.kind == VoiceKind::cloned && conditionals.reference_hash.empty())
      conditionals.reference_hash = draft.prepared.reference->hash;
    voice.conditionals = std::make_shared<const Conditionals>(std::move(conditionals));
    if (voice.name.empty()) voice.name = draft.key;
    voice.quality = draft.prepared.quality;
    voice.f0_hz = draft.prepared.f0_hz;
    if (voice.kind != VoiceKind::generic) voice.embedding = draft.prepared.reference->embedding;
    return std::make_shared<const Voice>(std::move(voice));
  }

  const Job& job_;
  const std::string& language_;
  const BuilderPorts& ports_;
  std::stop_token stop_;
};

/// An exception of a third party ends at the worker and costs one speaker the cloned voice.
template <class Work>
void guarded(Draft& draft, const Work& work) {
  try {
    work();
  } catch (const std::exception& exception) {
    draft.prepared.reference.reset();
    draft.result.reason = std::string("voice failed: ") + exception.what();
  }
}

}  // namespace

Result<std::vector<SpeakerVoice>> build_voices(const Job& job, const std::string& language,
                                               std::span<const SpeakerAudio> speakers,
                                               const BuilderPorts& ports, int workers,
                                               std::stop_token stop) {
  const Builder builder(job, language, ports, stop);
  std::vector<Draft> drafts(speakers.size());
  const bool clones = ports.backend.info().clones;
  parallel_for(drafts.size(), workers, [&](std::size_t i) {
    guarded(drafts[i], [&] { builder.look_up(speakers[i], drafts[i]); });
  });

  std::vector<std::string> taken;
  const auto take = [&](const Draft& draft) {
    if (!draft.result.voice) return;
    if (auto preset = preset_of(*draft.result.voice)) taken.push_back(std::move(*preset));
  };
  const auto refused = [](const Draft& draft, Error error) {
    error.stage = "voices";
    error.message = "speaker '" + draft.result.speaker_id + "': " + error.message;
    return Fail(std::move(error));
  };
  for (const Draft& draft : drafts) {
    if (draft.error) return refused(draft, *draft.error);
    if (draft.is_users) take(draft);
  }
  for (Draft& draft : drafts) {
    guarded(draft, [&] { builder.drop_if_taken(draft, taken); });
    if (!draft.is_users) take(draft);
  }
  parallel_for(drafts.size(), workers, [&](std::size_t i) {
    guarded(drafts[i], [&] { builder.prepare(speakers[i], drafts[i]); });
  });
  // Clones do not compete for presets and run side by side; presets are handed out in order.
  const auto clone = [&](Draft& draft) { guarded(draft, [&] { builder.clone(draft, taken); }); };
  if (clones) parallel_for(drafts.size(), workers, [&](std::size_t i) { clone(drafts[i]); });
  for (Draft& draft : drafts) {
    if (!clones) clone(draft);
    if (!draft.result.reused) take(draft);
  }
  if (stop.stop_requested())
    return fail(Errc::cancelled, "cancelled while making voices", "voices");
  for (Draft& draft : drafts) {
    if (draft.result.voice) continue;
    if (auto done = builder.fall_back(draft, taken); !done) return refused(draft, done.error());
    take(draft);
  }
  for (Draft& draft : drafts) builder.store(draft);
  std::vector<SpeakerVoice> voices;
  for (Draft& draft : drafts) voices.push_back(std::move(draft.result));
  return voices;
}

}  // namespace troupe::voices
