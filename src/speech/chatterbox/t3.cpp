#include "speech/chatterbox/t3.hpp"

#include <algorithm>

#include "core/try.hpp"
#include "speech/chatterbox/t3_batch.hpp"
#include "speech/chatterbox/t3_guards.hpp"

namespace troupe::speech::chatterbox {
namespace {

Result<void> check(const T3Parts& parts) {
  const auto& t = parts.tables;
  if (parts.language_model->width() != t.hidden ||
      parts.language_model->vocabulary() != t.speech_rows() ||
      std::max(parts.start_text, parts.stop_text) >= t.text_rows() ||
      std::max(parts.start_speech, parts.stop_speech) >= t.speech_rows())
    return fail(
        Errc::missing_model,
        "chatterbox: the language model, the tables and the manifest are not of one export; "
        "export the model again");
  return {};
}

bool outside(std::span<const std::int32_t> ids, int rows) {
  return std::any_of(ids.begin(), ids.end(), [&](auto id) { return id < 0 || id >= rows; });
}

Result<void> check(const TokenRequest& request, const T3Tables& tables) {
  const auto bad = [](const std::string& what) {
    return fail(Errc::bad_input, "chatterbox: " + what);
  };
  if (request.text_ids.empty()) return bad("no text tokens");
  if (outside(request.text_ids, tables.text_rows()))
    return bad("a text token outside the model's " + std::to_string(tables.text_rows()) +
               "; the tokenizer belongs to another model");
  if (request.text_ids.size() + 2 > static_cast<std::size_t>(tables.text_limit()))
    return bad(std::to_string(request.text_ids.size()) + " text tokens, more than " +
               std::to_string(tables.text_limit() - 2) + "; split the text");
  const int most = request.fixed_tokens.value_or(
      request.max_tokens > 0 ? request.max_tokens : token_cap(request.text_ids.size()));
  if (most < 1 || most >= tables.speech_limit())
    return bad("a limit of " + std::to_string(most) + " speech tokens; 1 to " +
               std::to_string(tables.speech_limit() - 1) + " are possible");
  if (request.voice == nullptr || request.voice->speaker_embedding.empty() ||
      request.voice->t3_prompt_tokens.empty() ||
      outside(request.voice->t3_prompt_tokens, tables.speech_rows()) ||
      request.voice->t3_prompt_tokens.size() > static_cast<std::size_t>(tables.speech_limit()))
    return bad("a voice without usable conditionals; create it again");
  return {};
}

}  // namespace

Result<std::unique_ptr<T3>> T3::load(const nn::Engine& engine, const Manifest& manifest,
                                     nn::Precision precision, T3Limits limits) {
  TROUPE_TRY(const auto language_model, manifest.graph("t3.language_model"));
  TROUPE_TRY(const auto conditioning, manifest.graph("t3.conditioning"));
  TROUPE_TRY(const auto embeddings, manifest.graph("t3.embeddings"));
  T3Parts parts;
  TROUPE_TRY(parts.tables, read_t3_tables(embeddings));
  TROUPE_TRY(parts.conditioning, engine.load(conditioning, nn::Precision::f32));
  TROUPE_TRY(parts.language_model, engine.load_paged(language_model, precision));
  for (auto [name, into] : {std::pair{"t3.start_text", &parts.start_text},
                            {"t3.stop_text", &parts.stop_text},
                            {"t3.start_speech", &parts.start_speech},
                            {"t3.stop_speech", &parts.stop_speech}}) {
    TROUPE_TRY(const double id, manifest.setting(name));
    *into = static_cast<std::int32_t>(id);
  }
  TROUPE_CHECK(check(parts));
  return std::make_unique<T3>(std::move(parts), limits);
}

void T3::decode(std::span<const TokenRequest> requests, std::stop_token stop,
                const TokenSink& sink) const {
  std::vector<TokenRequest> sound;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    if (auto status = check(requests[i], parts_.tables); !status) {
      sink(i, Fail(std::move(status).error()));
      continue;
    }
    sound.push_back(requests[i]);
    places.push_back(i);
  }
  const TokenSink placed = [&](std::size_t i, Result<std::vector<std::int32_t>> tokens) {
    sink(places[i], std::move(tokens));
  };
  T3Batch(parts_, limits_, sound, placed).run(stop);
}

}  // namespace troupe::speech::chatterbox
