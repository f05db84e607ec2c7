/// T3 with the whole loop (embeddings, sampling, rows that join and leave): one JSON line a batch.
///   bench_chatterbox_t3 EXPORT PRECISION MEASURE ARGUMENTS
///     speed CFG TOKENS BATCH...   TOKENS per row and 10 % more or less, so that rows end apart
///     parity EXPECTED             beside the reference's numbers (tools/chatterbox/t3.py)
///     alone                       whether rows are the same alone, together and joined later
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <iostream>
#include <iterator>

#include "core/counter_random.hpp"
#include "core/try.hpp"
#include "nn/safetensors.hpp"
#include "speech/chatterbox/t3.hpp"

namespace {

using namespace troupe;
using namespace troupe::speech::chatterbox;
using Codes = std::vector<std::vector<std::int32_t>>;

constexpr std::int32_t kCodes = 6561;
constexpr int kTextTokens = 64;  // 6 s of speech; with the conditioning 100 positions

std::vector<ChatterboxConditionals> people(std::size_t count) {
  std::vector<ChatterboxConditionals> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t k = 0; k < 256; ++k)
      made[i].speaker_embedding.push_back(static_cast<float>(uniform01(mix64(i), k)) / 9);
    for (std::uint64_t k = 0; k < 150; ++k)
      made[i].t3_prompt_tokens.push_back(
          static_cast<std::int32_t>(uniform01(mix64(i + 100), k) * kCodes));
  }
  return made;
}

std::vector<TokenRequest> turns(std::size_t count, float cfg, int tokens,
                                const std::vector<ChatterboxConditionals>& voices) {
  std::vector<TokenRequest> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    for (std::uint64_t k = 0; k < kTextTokens; ++k)
      made[i].text_ids.push_back(1 + static_cast<std::int32_t>(uniform01(mix64(i + 200), k) * 250));
    made[i].voice = &voices[i % voices.size()];
    made[i].cfg_weight = cfg;
    made[i].seed = i;
    made[i].fixed_tokens =
        tokens + static_cast<int>(tokens * (uniform01(mix64(i + 300), 0) - 0.5) / 5);
  }
  return made;
}

Result<Codes> decode(const T3& t3, std::span<const TokenRequest> requests) {
  Codes all(requests.size());
  std::optional<Error> error;
  t3.decode(requests, {}, [&](std::size_t i, Result<std::vector<std::int32_t>> codes) {
    if (codes)
      all[i] = std::move(*codes);
    else
      error = codes.error();
  });
  if (error) return Fail(*error);
  return all;
}

Result<void> speed(const T3& t3, float cfg, int tokens, std::span<const std::string> batches) {
  const auto voices = people(3);
  TROUPE_CHECK(decode(t3, turns(2, cfg, 3, voices)));  // kernels are compiled
  for (const std::string& batch : batches) {
    const auto requests = turns(std::stoul(batch), cfg, tokens, voices);
    int total = 0;
    for (const auto& r : requests) total += *r.fixed_tokens;
    const auto begin = std::chrono::steady_clock::now();
    TROUPE_CHECK(decode(t3, requests));
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    std::cout << "{\"batch\": " << batch << ", \"tokens\": " << total
              << ", \"seconds\": " << seconds << ", \"tokens_per_second\": " << total / seconds
              << ", \"peak_mib\": " << usage.ru_maxrss / 1024 << "}" << std::endl;
  }
  return {};
}

using Numbers = std::map<std::string, Tensor>;

std::vector<std::int32_t> ids(const Numbers& numbers, const std::string& name) {
  const auto& values = *numbers.at(name).ints();
  return {values.begin(), values.end()};
}

/// Feeds the reference's own tokens. @return the largest difference of a logit, over the largest
/// logit; the whole vocabulary at the first and the last step, 64 of it between.
Result<double> logit_error(const nn::PagedModel& model, const T3Tables& tables,
                           const Numbers& numbers) {
  TROUPE_TRY(const auto session, model.session(8));
  const std::vector<std::int32_t> blocks{0, 1, 2, 3, 4, 5, 6, 7};
  std::vector<float> embeddings = *numbers.at("plain.conditioning").floats();
  int position = 0;
  tables.append_text(embeddings, 255, position++, false);
  for (const auto id : ids(numbers, "text")) tables.append_text(embeddings, id, position++, false);
  tables.append_text(embeddings, 0, position, false);
  for (int twice = 0; twice < 2; ++twice) tables.append_speech(embeddings, kCodes, 0);
  const auto tokens = ids(numbers, "plain.tokens"), shown = ids(numbers, "shown");
  const auto& expected = *numbers.at("plain.logits").floats();
  double largest = 0, worst = 0;
  int past = 0;
  for (std::size_t step = 0; step < tokens.size(); ++step) {
    const int count = static_cast<int>(embeddings.size()) / tables.hidden;
    const nn::PagedSequence sequence{blocks, past, count};
    TROUPE_TRY(const auto logits, session->run(embeddings, std::span(&sequence, 1)));
    const auto compare = [&](float ours, float theirs) {
      worst = std::max(worst, std::abs(double{ours} - theirs));
      largest = std::max(largest, std::abs(double{theirs}));
    };
    for (std::size_t i = 0; i < shown.size(); ++i)
      compare(logits[static_cast<std::size_t>(shown[i])], expected[step * shown.size() + i]);
    if (step == 0 || step + 1 == tokens.size()) {
      const auto& whole = *numbers.at(step == 0 ? "plain.first" : "plain.last").floats();
      for (std::size_t i = 0; i < whole.size(); ++i) compare(logits[i], whole[i]);
    }
    past += count;
    embeddings.clear();
    tables.append_speech(embeddings, tokens[step], static_cast<int>(step) + 1);
  }
  return worst / largest;
}

/// Greedy tokens that equal the reference's before the first that does not.
Result<std::string> greedy(const T3& t3, const Numbers& numbers, const std::string& name) {
  ChatterboxConditionals voice;
  voice.speaker_embedding = *numbers.at("speaker").floats();
  voice.t3_prompt_tokens = ids(numbers, "prompt");
  auto expected = ids(numbers, name + ".tokens");
  std::vector<TokenRequest> request(1);
  request[0].text_ids = ids(numbers, "text");
  request[0].voice = &voice;
  request[0].temperature = 0;
  request[0].repetition_penalty = 1;
  request[0].cfg_weight = name == "guided" ? 0.5F : 0;
  request[0].exaggeration = name == "guided" ? 0.8F : 0.5F;
  request[0].fixed_tokens = static_cast<int>(expected.size());
  TROUPE_TRY(const auto made, decode(t3, request));
  std::erase_if(expected, [](std::int32_t id) { return id >= kCodes; });
  const auto [ours, theirs] =
      std::mismatch(made[0].begin(), made[0].end(), expected.begin(), expected.end());
  return std::to_string(ours - made[0].begin()) + " of " + std::to_string(expected.size());
}

Result<void> parity(const nn::Engine& engine, const Manifest& manifest, nn::Precision precision,
                    const T3& t3, const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  const std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  TROUPE_TRY(const auto content, nn::read_safetensors(bytes, file));
  TROUPE_TRY(const auto tables, read_t3_tables(manifest.graphs.at("t3.embeddings")));
  TROUPE_TRY(const auto model,
             engine.load_paged(manifest.graphs.at("t3.language_model"), precision));
  TROUPE_TRY(const double error, logit_error(*model, tables, content.tensors));
  TROUPE_TRY(const auto plain, greedy(t3, content.tensors, "plain"));
  TROUPE_TRY(const auto guided, greedy(t3, content.tensors, "guided"));
  std::cout << "{\"logit_error\": " << error << ", \"greedy\": \"" << plain
            << "\", \"greedy_guided\": \"" << guided << "\"}" << std::endl;
  return {};
}

Result<void> alone(const nn::Engine& engine, const Manifest& manifest, nn::Precision precision,
                   const T3& t3) {
  const auto voices = people(3);
  auto requests = turns(10, 0, 40, voices);
  for (std::size_t i = 0; i < requests.size(); i += 3) requests[i].cfg_weight = 0.5F;
  TROUPE_TRY(const Codes together, decode(t3, requests));
  TROUPE_TRY(const auto narrow, T3::load(engine, manifest, precision, {.sequences = 4}));
  TROUPE_TRY(const Codes joined, decode(*narrow, requests));
  int same_alone = 0, same_joined = 0;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    TROUPE_TRY(const Codes single, decode(t3, std::span(requests).subspan(i, 1)));
    same_alone += single[0] == together[i];
    same_joined += single[0] == joined[i];
  }
  std::cout << "{\"rows\": 10, \"same_alone\": " << same_alone
            << ", \"same_joined\": " << same_joined << "}" << std::endl;
  return {};
}

Result<void> measure(std::span<const std::string> arguments) {
  if (arguments.size() < 3) return fail(Errc::bad_input, "EXPORT f32|fastest MEASURE ...");
  TROUPE_TRY(const auto manifest, read_manifest(arguments[0]));
  const auto precision = arguments[1] == "f32" ? nn::Precision::f32 : nn::Precision::fastest;
  const auto engine = nn::make_openvino_engine({});
  TROUPE_TRY(const auto t3, T3::load(*engine, manifest, precision));
  const auto rest = arguments.subspan(3);
  if (arguments[2] == "speed" && rest.size() > 2)
    return speed(*t3, std::stof(rest[0]), std::stoi(rest[1]), rest.subspan(2));
  if (arguments[2] == "parity" && rest.size() == 1)
    return parity(*engine, manifest, precision, *t3, rest[0]);
  if (arguments[2] == "alone") return alone(*engine, manifest, precision, *t3);
  return fail(Errc::bad_input, "no such measure: " + arguments[2]);
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (const auto status = measure(arguments); !status) {
    std::cerr << status.error().message << std::endl;
    return 1;
  }
  return 0;
}
