/// Byte-pair encoding from a Hugging Face tokenizer.json (Sennrich et al. 2016;
/// huggingface/tokenizers 0.22): added tokens first, longest at each place, then words of
/// \w+|[^\w\s]+, then merges by rank.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::speech::chatterbox {

struct Encoding {
  std::vector<std::int32_t> ids;
  std::string unread;  ///< the first letter or digit without a token; empty when all have one
};

class BpeTokenizer {
 public:
  /// @return missing_model when the file is absent, damaged, or uses what is not implemented here
  /// (named in the message), since another reading would garble speech.
  static Result<BpeTokenizer> load(const std::filesystem::path& tokenizer_json);

  /// Signs without a token become the unknown token, as there.
  Encoding encode(std::string_view utf8) const;
  std::optional<std::int32_t> id_of(std::string_view token) const;

 private:
  void encode_word(std::string_view word, Encoding& into) const;

  std::unordered_map<std::string, std::int32_t> vocabulary_;
  std::map<std::pair<std::int32_t, std::int32_t>, std::pair<int, std::int32_t>> merges_;
  std::vector<std::pair<std::string, std::int32_t>> added_;  ///< longest first
  std::int32_t unknown_ = -1;
};

}  // namespace troupe::speech::chatterbox
