/// Text tokens and a voice -> speech codes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "speech/chatterbox/conditionals.hpp"

namespace troupe::speech::chatterbox {

struct TokenRequest {
  std::vector<std::int32_t> text_ids;
  const ChatterboxConditionals* voice = nullptr;
  float exaggeration = 0.5F, cfg_weight = 0.5F, temperature = 0.8F;
  std::uint64_t seed = 0;
  int max_tokens = 1000;
  std::optional<int> fixed_tokens;  ///< random weights only: they know no end
};

using TokenSink = std::function<void(std::size_t index, Result<std::vector<std::int32_t>> codes)>;

}  // namespace troupe::speech::chatterbox
