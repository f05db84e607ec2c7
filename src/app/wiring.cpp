#include "app/wiring.hpp"

#include <chrono>
#include <future>
#include <system_error>

#include "core/try.hpp"
#include "media/libav_media.hpp"
#include "speech/chatterbox/chatterbox_backend.hpp"
#include "speech/espeak/espeak_backend.hpp"
#include "speech/kokoro/kokoro_backend.hpp"
#include "speech/kokoro/kokoro_phonemes.hpp"
#include "timing/rubberband_stretcher.hpp"
#include "voices/disk_store.hpp"
#include "voices/ge2e_encoder.hpp"

namespace troupe::app {
namespace {

class SystemClock : public Clock {
 public:
  double steady_ms() const override {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration<double, std::milli>(now).count();
  }
  std::int64_t unix_seconds() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
  }
};

Result<void> require(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error)) return {};
  return fail(Errc::missing_model, file.string() +
                                       ": model file is missing; run `troupe models fetch`, or set "
                                       "TROUPE_MODELS to where the models are");
}

/// Stands where nothing is to be listened to.
class NoEncoder : public SpeakerEncoder {
 public:
  Result<Embedding> embed(const AudioBuffer&) const override {
    return fail(Errc::internal, "the speaker encoder is not loaded");
  }
};

Result<std::unique_ptr<voices::SileroVad>> load_vad(const nn::Engine& engine,
                                                    const std::filesystem::path& models) {
  const auto file = models / "silero" / "silero_vad.onnx";
  TROUPE_CHECK(require(file));
  TROUPE_TRY(auto graph, engine.load(file, nn::Precision::f32));
  return std::make_unique<voices::SileroVad>(std::move(graph));
}

/// Kokoro is ten times as fast and speaks its own languages well; the others are Chatterbox's.
bool wants_chatterbox(const World::Needs& needs, const std::filesystem::path& folder) {
  if (needs.backend != "auto") return needs.backend == "chatterbox";
  std::error_code error;
  return speech::kokoro_espeak_voice(needs.language) == nullptr &&
         std::filesystem::exists(folder / "manifest.json", error);
}

}  // namespace

std::unique_ptr<Clock> make_system_clock() { return std::make_unique<SystemClock>(); }

std::unique_ptr<VoiceStore> open_store(const Paths& paths, const Clock& clock) {
  return voices::make_disk_store({paths.cache / "voices", paths.named_voices}, clock);
}

std::unique_ptr<Media> open_media() { return media::make_libav_media(); }

std::unique_ptr<nn::Engine> open_engine(const Paths& paths, int threads_per_request) {
  return nn::make_openvino_engine(paths.cache / "compiled", threads_per_request);
}

Result<std::unique_ptr<SpeakerEncoder>> load_encoder(const nn::Engine& engine,
                                                     const std::filesystem::path& models) {
  const auto graph_file = models / "ge2e" / "ge2e.onnx";
  const auto filters = models / "ge2e" / "mel_filters.npy";
  TROUPE_CHECK(require(graph_file));
  TROUPE_CHECK(require(filters));
  TROUPE_TRY(auto graph, engine.load(graph_file, nn::Precision::f32, nn::CompiledCache::never));
  return voices::make_ge2e_encoder(std::move(graph), filters);
}

Result<std::unique_ptr<World>> World::open(const Paths& paths, Log& log, Needs needs) {
  std::unique_ptr<World> world(new World);
  world->log_ = &log;
  world->clock_ = make_system_clock();
  world->engine_ = open_engine(paths, needs.lone ? 2 : 1);
  world->media_ = open_media();
  world->store_ = open_store(paths, *world->clock_);
  world->stretcher_ = timing::make_rubberband_stretcher();

  // Reading and compiling graphs is most of a short job's start: they load side by side.
  const nn::Engine& engine = *world->engine_;
  world->encoder_ = std::make_unique<NoEncoder>();
  if (needs.ears) {
    auto encoder = std::async(std::launch::async, load_encoder, std::cref(engine), paths.models);
    TROUPE_TRY(world->vad_, load_vad(engine, paths.models));
    TROUPE_TRY(world->encoder_, encoder.get());
  }
  const auto chatterbox = paths.models / "chatterbox";
  if (wants_chatterbox(needs, chatterbox)) {
    TROUPE_TRY(auto backend, speech::chatterbox::load_backend(engine, chatterbox, needs.ears));
    world->backends_.push_back(std::move(backend));
  } else if (needs.backend != "espeak") {
    const auto folder = paths.models / "kokoro";
    TROUPE_CHECK(require(folder / "prosody.onnx"));
    const SpeakerEncoder* ears = needs.ears ? world->encoder_.get() : nullptr;
    TROUPE_TRY(auto backend, speech::make_kokoro_backend(engine, folder, ears));
    world->backends_.push_back(std::move(backend));
  }
  TROUPE_TRY(auto espeak, speech::make_espeak_backend());
  world->backends_.push_back(std::move(espeak));
  return world;
}

pipeline::Ports World::ports() const {
  return {*media_, *encoder_, vad_.get(), *store_, *stretcher_, backends_, *clock_, *log_};
}

}  // namespace troupe::app
