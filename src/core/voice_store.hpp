/// Port: voices kept between runs. Implementations: on disk (voices/), in memory (tests).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/audio.hpp"
#include "troupe/result.hpp"
#include "troupe/voice.hpp"

namespace troupe {

class VoiceStore {
 public:
  virtual ~VoiceStore() = default;

  /// An automatic voice by key, younger than `max_age_days`. Missing, expired, corrupt or
  /// old-format ones are all "not there" (corrupt ones are removed), never an error.
  virtual std::optional<VoicePtr> find(const std::string& key, double max_age_days) const = 0;

  /// Keeps an automatic voice; bounded in bytes, the least recently used go first. Atomic.
  virtual Result<void> put(const std::string& key, const VoicePtr& voice,
                           const AudioBuffer* reference) = 0;

  /// A named voice. @return bad_input naming the known voices when there is none of that name.
  virtual Result<VoicePtr> load_named(const std::string& name) const = 0;
  virtual Result<void> save_named(const std::string& name, const VoicePtr& voice,
                                  const AudioBuffer* reference) = 0;
  virtual Result<void> delete_named(const std::string& name) = 0;
  virtual std::vector<std::string> named() const = 0;
};

}  // namespace troupe
