/// Voices kept in memory; refuses to keep them where told.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/voice_store.hpp"

namespace troupe::test {

class MemoryStore : public VoiceStore {
 public:
  bool fail_put = false;
  std::map<std::string, VoicePtr> automatic, named_voices;
  int puts = 0;

  std::optional<VoicePtr> find(const std::string& key, double) const override {
    const std::lock_guard lock(mutex_);
    const auto found = automatic.find(key);
    if (found == automatic.end()) return std::nullopt;
    return found->second;
  }
  Result<void> put(const std::string& key, const VoicePtr& voice, const AudioBuffer*) override {
    const std::lock_guard lock(mutex_);
    if (fail_put) return fail(Errc::io, "voice cache: no space left");
    ++puts;
    automatic[key] = voice;
    return {};
  }
  Result<VoicePtr> load_named(const std::string& name) const override {
    const std::lock_guard lock(mutex_);
    const auto found = named_voices.find(name);
    if (found == named_voices.end()) return fail(Errc::bad_input, "no voice " + name);
    return found->second;
  }
  Result<void> save_named(const std::string& name, const VoicePtr& voice,
                          const AudioBuffer*) override {
    const std::lock_guard lock(mutex_);
    named_voices[name] = voice;
    return {};
  }
  Result<void> delete_named(const std::string& name) override {
    const std::lock_guard lock(mutex_);
    named_voices.erase(name);
    return {};
  }
  std::vector<std::string> named() const override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, voice] : named_voices) names.push_back(name);
    return names;
  }

 private:
  mutable std::mutex mutex_;
};

}  // namespace troupe::test
