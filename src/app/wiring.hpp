/// The one place that names concrete adapters.
#pragma once

#include <memory>
#include <string>

#include "app/paths.hpp"
#include "core/clock.hpp"
#include "core/voice_store.hpp"
#include "nn/engine.hpp"
#include "pipeline/dub.hpp"

namespace troupe::app {

/// Loaded models and everything else behind the ports. Immutable; shared by all jobs of a process.
class World {
 public:
  struct Needs {
    std::string backend = "auto";  // as the job names it; only what may be chosen is loaded
    std::string language;          // canonical
    bool ears = true;   // speaker encoder and voice activity; not for speaking in a preset's voice
    bool lone = false;  // one text, not a job of many: two threads work on it
  };
  /// Loads the graphs side by side. @return missing_model naming the file and the command that
  /// fetches it.
  static Result<std::unique_ptr<World>> open(const Paths& paths, Log& log, Needs needs);
  pipeline::Ports ports() const;

 private:
  World() = default;
  std::unique_ptr<Clock> clock_;
  std::unique_ptr<nn::Engine> engine_;
  std::unique_ptr<Media> media_;
  std::unique_ptr<SpeakerEncoder> encoder_;
  std::unique_ptr<voices::SileroVad> vad_;
  std::unique_ptr<VoiceStore> store_;
  std::unique_ptr<Stretcher> stretcher_;
  std::vector<std::shared_ptr<const SpeechBackend>> backends_;
  Log* log_ = nullptr;
};

std::unique_ptr<Clock> make_system_clock();
/// Without models: for commands that only look after voices, and for `doctor`.
std::unique_ptr<VoiceStore> open_store(const Paths& paths, const Clock& clock);
std::unique_ptr<Media> open_media();
std::unique_ptr<nn::Engine> open_engine(const Paths& paths, int threads_per_request = 1);
/// @return missing_model as World::open.
Result<std::unique_ptr<SpeakerEncoder>> load_encoder(const nn::Engine& engine,
                                                     const std::filesystem::path& models);

}  // namespace troupe::app
