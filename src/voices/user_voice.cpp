#include "voices/user_voice.hpp"

#include "core/try.hpp"
#include "voices/conditionals_io.hpp"

namespace troupe::voices {

Result<VoicePtr> load_user_voice(const UserVoice& user, const SpeechBackend& backend,
                                 const VoiceStore& store) {
  if (!user.name.empty()) {
    TROUPE_TRY(VoicePtr voice, store.load_named(user.name));
    TROUPE_CHECK(backend.check(*voice->conditionals));
    return voice;
  }
  TROUPE_TRY(Conditionals conditionals,
             parse_conditionals(user.conditionals, "user_voice conditionals"));
  TROUPE_CHECK(backend.check(conditionals));
  Voice voice;
  voice.kind = conditionals.text.contains("preset") ? VoiceKind::preset : VoiceKind::cloned;
  voice.name = "user";
  voice.conditionals = std::make_shared<const Conditionals>(std::move(conditionals));
  return std::make_shared<const Voice>(std::move(voice));
}

}  // namespace troupe::voices
