/// T3: text and a voice -> speech tokens (25 a second), any number of turns at once.
///
/// Rows of one batch differ in speaker, length, exaggeration, guidance, temperature and seed. A row
/// leaves when it ends and a waiting one takes its place (continuous batching, Yu et al. 2022,
/// "Orca"), as long as the keys and values fit the memory budget. A row's tokens depend on its own
/// request alone, to the last bit.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "nn/engine.hpp"
#include "speech/chatterbox/conditionals.hpp"
#include "speech/chatterbox/manifest.hpp"
#include "speech/chatterbox/t3_tables.hpp"
#include "troupe/result.hpp"

namespace troupe::speech::chatterbox {

struct TokenRequest {
  std::vector<std::int32_t> text_ids;             ///< language tag and text, without start and stop
  const ChatterboxConditionals* voice = nullptr;  ///< outlives the call; rows of one voice share it
  float exaggeration = 0.5F;                      ///< 0 .. 2, 0.5 is neutral
  float cfg_weight = 0.5F;                        ///< guidance; 0 costs no second row
  float temperature = 0.8F;
  float repetition_penalty = 1.2F;
  std::uint64_t seed = 0;
  int max_tokens = 0;  ///< 0: token_cap() of the text
  /// For benchmarks, whose weights are random: exactly so many tokens, no guards.
  std::optional<int> fixed_tokens = {};
};

/// Called once per request, in any order, from the calling thread. @param tokens codes below the
/// start token, without the stop; `backend` when a guard found them absurd.
using TokenSink = std::function<void(std::size_t index, Result<std::vector<std::int32_t>> tokens)>;

/// The model's parts and numbers; made by T3::load or by tests.
struct T3Parts {
  T3Tables tables;
  std::shared_ptr<const nn::Graph> conditioning;  ///< speaker, prompt, exaggeration -> conditioning
  std::shared_ptr<const nn::PagedModel> language_model;
  std::int32_t start_text = 0, stop_text = 0, start_speech = 0, stop_speech = 0;
};

struct T3Limits {
  std::int64_t kv_bytes = std::int64_t{2} << 30U;  ///< keys and values of all rows
  int sequences = 32;                              ///< in one step; a guided row counts twice
};

class T3 {
 public:
  T3(T3Parts parts, T3Limits limits) : parts_(std::move(parts)), limits_(limits) {}

  /// @return missing_model when a graph is absent or unlike the manifest's numbers.
  static Result<std::unique_ptr<T3>> load(const nn::Engine& engine, const Manifest& manifest,
                                          nn::Precision precision, T3Limits limits = {});

  /// Returns when every request has been reported: bad_input for ids outside the tables, a text
  /// longer than the position table or a request over the memory budget; cancelled for those not
  /// done when `stop` is requested.
  void decode(std::span<const TokenRequest> requests, std::stop_token stop,
              const TokenSink& sink) const;

  int text_rows() const { return parts_.tables.text_rows(); }  ///< ids below this can be read

 private:
  T3Parts parts_;
  T3Limits limits_;
};

}  // namespace troupe::speech::chatterbox
