/// Text -> T3's token ids, per language as the reference does it (chatterbox mtl_tts.py punc_norm,
/// models/tokenizers/tokenizer.py).
///
/// Multilingual: lower case, NFKD (which takes Hangul apart into jamo), the language's own step, a
/// tag such as [fr]. English: as written, no tag. Languages whose own step is not here are refused
/// by name: Hebrew needs vowel points (Dicta), kanji need readings (pykakasi). Chinese words are
/// found by ICU's dictionary, not by pkuseg.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "speech/chatterbox/bpe_tokenizer.hpp"
#include "speech/chatterbox/manifest.hpp"
#include "troupe/result.hpp"

namespace troupe::speech::chatterbox {

/// The reference's clean-up of punctuation; empty text stays empty.
std::string punc_norm(std::string_view utf8, bool multilingual);

/// "你\tonf" lines of Cangjie5_TC.json -> sign to code; signs of one code are told apart by a
/// number.
/// @return missing_model when the file is absent or damaged.
Result<std::map<char32_t, std::string>> read_cangjie(const std::filesystem::path& path);

class TextFrontEnd {
 public:
  /// @param manifest its folder holds tokenizer.json, and Cangjie5_TC.json where Chinese is to be
  /// spoken. @param text_rows of T3's table: published tokenizers name tokens that it lacks.
  static Result<TextFrontEnd> load(const Manifest& manifest, int text_rows);

  /// @param language canonical tag, e.g. en-us, pt-br, zh.
  bool speaks(std::string_view language) const { return refusal(language).empty(); }

  /// Ids without start and stop. @return unsupported for a language that is not spoken, or text
  /// with letters or digits that have no token in the model's table; bad_input when nothing is left
  /// to say.
  Result<std::vector<std::int32_t>> ids(std::string_view utf8, std::string_view language) const;

 private:
  TextFrontEnd(BpeTokenizer tokenizer, std::map<char32_t, std::string> cangjie, bool multilingual,
               int text_rows)
      : tokenizer_(std::move(tokenizer)),
        cangjie_(std::move(cangjie)),
        multilingual_(multilingual),
        text_rows_(text_rows) {}
  std::string refusal(std::string_view language) const;  ///< empty when spoken
  Result<std::string> prepared(std::string_view utf8, std::string_view code) const;

  BpeTokenizer tokenizer_;
  std::map<char32_t, std::string> cangjie_;
  bool multilingual_;
  int text_rows_;
};

}  // namespace troupe::speech::chatterbox
