#include "pipeline/speak_text.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "core/utf8.hpp"
#include "pipeline/phase_steps.hpp"
#include "pipeline/phases.hpp"
#include "segments/utf8.hpp"
#include "speech/text.hpp"

namespace troupe::pipeline {
namespace {

constexpr std::size_t kMostCharacters = 100'000;           // as a segment of a job
constexpr int kPartCharacters = 500;                       // as a turn of a conversation
constexpr std::int64_t kPartGap = ms_to_samples(200);      // between parts, which end at sentences
constexpr std::int64_t kUsedSamples = 60 * kSampleRateHz;  // five times what a clone needs

Result<std::vector<Turn>> parts_of(const SpeakRequest& request) {
  TROUPE_TRY(const auto parts,
             speech::split_text(request.text, request.language, kPartCharacters,
                                [](std::string_view text) -> Result<int> {
                                  return static_cast<int>(decode_utf8(text).size());
                                }));
  if (parts.empty()) return fail(Errc::bad_input, "the text is empty; give something to say");
  std::vector<Turn> turns;
  for (const std::string& part : parts) {
    Turn turn;
    turn.index = static_cast<int>(turns.size());
    turn.speaker_id = request.voice.speaker_id;
    turn.phrases = {{part, {}}};
    turns.push_back(std::move(turn));
  }
  return turns;
}

Result<void> run(const SpeakRequest& request, Context& context) {
  const double started_ms = context.ports.clock.steady_ms();
  TROUPE_CHECK(in_stage(check_speak(request.text, context.outputs), "segments"));
  TROUPE_TRY(const auto turns, in_stage(parts_of(request), "segments"));
  JobDirectory::sweep(context.settings.temp_root);
  TROUPE_TRY(auto directory, JobDirectory::create(context.settings.temp_root, false));
  TROUPE_TRY(auto spool, AudioSpool::create(directory->path()));
  TROUPE_TRY(auto files,
             in_stage(OutputSet::open({context.outputs, {}, {}, {}, request.language},
                                      context.ports.media, *directory, context.ports.clock),
                      "encode"));
  Cast cast;
  cast.speakers = {request.voice};
  cast.choices[request.voice.speaker_id] = {request.voice.voice, request.voice.voice};
  timing::Plan plan;
  plan.slots.resize(turns.size());
  TROUPE_TRY(auto spoken, speak_turns(context, turns, cast, plan, *spool));
  TROUPE_CHECK(check_spoken(spoken));

  // There is no original to keep time with: each part follows the one before.
  std::vector<timing::Placement> placements;
  std::int64_t end = 0;
  for (std::size_t i = 0; i < spoken.size(); ++i) {
    const std::int64_t length = spoken[i].audio.samples;
    placements.push_back({end, length, length, 0});
    plan.slots[i] = {end, length, kPartGap};
    plan.expected = end + length;
    end = plan.expected + kPartGap;
  }
  Source nothing;
  nothing.segments = {{0, request.voice.speaker_id, {}, {}, request.text}};
  TROUPE_TRY(const auto similarities, speaker_similarities(context, cast, turns, spoken, *spool));
  TROUPE_TRY(const auto mixed,
             mix_track(context, nothing, turns, spoken, placements, plan.expected, *spool, *files));
  TROUPE_CHECK(in_stage(files->finish_media(), "encode"));
  TROUPE_CHECK(in_stage(files->publish(), "encode"));
  fill_report(context, {nothing, cast, turns, spoken, plan, placements, similarities, mixed});
  context.phases().encode = files->encode_ms();
  context.phases().total = context.ports.clock.steady_ms() - started_ms;
  return {};
}

Result<AudioBuffer> first_minute(const std::filesystem::path& recording, const Media& media,
                                 std::stop_token stop) {
  AudioBuffer audio;
  const auto decoded = media.decode(
      recording, {kSampleRateHz, 1},
      [&](std::span<const float> block) -> Result<void> {
        const auto room = static_cast<std::size_t>(kUsedSamples - audio.size());
        const auto part = block.first(std::min(block.size(), room));
        audio.samples.insert(audio.samples.end(), part.begin(), part.end());
        if (audio.size() < kUsedSamples) return {};
        return fail(Errc::cancelled, "enough");  // ends the decoding
      },
      stop);
  if (decoded || audio.size() == kUsedSamples) return audio;
  return in_stage(Result<AudioBuffer>(tl::make_unexpected(decoded.error())), "decode");
}

}  // namespace

Result<void> check_speak(const std::string& text, const Outputs& outputs) {
  if (const auto bad = segments::invalid_utf8(text))
    return fail(Errc::bad_input, "the text is not valid UTF-8 at byte " + std::to_string(*bad) +
                                     "; write it as UTF-8");
  if (const std::size_t length = segments::code_points(text); length > kMostCharacters)
    return fail(Errc::bad_input, "the text has " + std::to_string(length) +
                                     " characters; at most 100000 are taken, split it");
  TROUPE_CHECK(check_outputs({}, outputs));
  return {};
}

Result<Report> speak_text(const SpeakRequest& request, const Ports& ports,
                          const DubSettings& settings) {
  Job job;
  job.target_language = request.language;
  job.options = request.options;
  job.options.fit = false;
  Report report;
  report.message_id = "speak";
  Context context = make_context(job, request.outputs, ports, settings, report);
  context.language = request.language;
  context.backend = request.backend;
  TROUPE_CHECK(guarded([&] { return run(request, context); }));
  return report;
}

Result<voices::SpeakerVoice> voice_from_recording(const std::filesystem::path& recording,
                                                  const std::string& language,
                                                  const speech::BackendPtr& backend,
                                                  const Options& options, const Ports& ports,
                                                  const DubSettings& settings) {
  TROUPE_TRY(const AudioBuffer audio, first_minute(recording, ports.media, settings.stop));
  Segment whole;
  whole.speaker_id = recording.filename().string();
  whole.span = {0, audio.size()};
  voices::ReferenceCollector collector(std::span(&whole, 1));
  collector.push(audio.samples);
  const auto references = std::move(collector).finish();
  Job job;
  job.target_language = language;
  job.options = options;
  TROUPE_TRY(
      auto built,
      in_stage(voices::build_voices(job, language, references,
                                    {*backend, ports.encoder, ports.vad, ports.store, ports.clock},
                                    1, settings.stop),
               "voices"));
  return std::move(built.front());
}

Result<Embedding> embed_recording(const std::filesystem::path& recording, const Media& media,
                                  const SpeakerEncoder& encoder, std::stop_token stop) {
  TROUPE_TRY(const AudioBuffer audio, first_minute(recording, media, stop));
  return in_stage(encoder.embed(audio), "voices");
}

}  // namespace troupe::pipeline
