#include <future>

#include "core/try.hpp"
#include "speech/chatterbox/chatterbox_backend.hpp"
#include "speech/chatterbox/text_front_end.hpp"
#include "speech/chatterbox/voice_encoder.hpp"

namespace troupe::speech::chatterbox {
namespace {

/// The runtime's remedy is that of the models which can be fetched.
template <class T>
Result<T> exported(Result<T> loaded) {
  const std::string fetched = "; run `troupe models fetch`";
  if (!loaded && loaded.error().message.ends_with(fetched)) {
    std::string& message = loaded.error().message;
    message.replace(message.size() - fetched.size(), fetched.size(), kExportAgain);
  }
  return loaded;
}

}  // namespace

Result<Parts> load_parts(const nn::Engine& engine, const Manifest& manifest, bool clones) {
  // Gigabytes of graphs: read side by side.
  auto loading_sound =
      std::async(std::launch::async, [&] { return S3Gen::load(engine, manifest); });
  auto loading_voices =
      std::async(std::launch::async, [&]() -> Result<std::shared_ptr<const VoiceEncoder>> {
        if (!clones) return std::shared_ptr<const VoiceEncoder>();
        TROUPE_TRY(VoiceEncoder encoder, VoiceEncoder::load(engine, manifest));
        return std::make_shared<const VoiceEncoder>(std::move(encoder));
      });
  auto loading_codes = T3::load(engine, manifest, nn::Precision::fastest);
  auto sound = loading_sound.get();
  auto voices = loading_voices.get();
  TROUPE_TRY(const std::shared_ptr<const T3> t3, exported(std::move(loading_codes)));
  TROUPE_TRY(const std::shared_ptr<const S3Gen> s3gen, exported(std::move(sound)));
  TROUPE_TRY(const auto encoder, exported(std::move(voices)));
  TROUPE_TRY(TextFrontEnd loaded_text, TextFrontEnd::load(manifest, t3->text_rows()));
  const auto text = std::make_shared<const TextFrontEnd>(std::move(loaded_text));

  Parts parts;
  parts.speaks = [text](std::string_view language) { return text->speaks(language); };
  parts.text_ids = [text](std::string_view words, std::string_view language) {
    return text->ids(words, language);
  };
  parts.derive = [encoder](const AudioBuffer& audio) -> Result<ChatterboxConditionals> {
    if (!encoder) return fail(Errc::internal, "chatterbox: loaded without what cloning needs");
    return encoder->derive(audio);
  };
  parts.decode = [t3](std::span<const TokenRequest> requests, std::stop_token stop,
                      const TokenSink& sink) { t3->decode(requests, std::move(stop), sink); };
  parts.speak = [s3gen](std::span<const std::int32_t> codes, const ChatterboxConditionals& voice,
                        std::uint64_t seed, const S3GenSettings& settings) {
    return s3gen->speak(codes, voice, seed, settings);
  };
  return parts;
}

Result<std::shared_ptr<const SpeechBackend>> load_backend(const nn::Engine& engine,
                                                          const std::filesystem::path& dir,
                                                          bool clones) {
  TROUPE_TRY(const Manifest manifest, read_manifest(dir));
  TROUPE_TRY(Parts parts, load_parts(engine, manifest, clones));
  BackendInfo info;
  info.device = engine.device();
  info.precision =
      manifest.precision + " weights, " + engine.precision_name(nn::Precision::fastest);
  info.threads = engine.threads_per_request();
  info.clones = clones;
  return make_backend(std::move(parts), manifest, std::move(info));
}

}  // namespace troupe::speech::chatterbox
