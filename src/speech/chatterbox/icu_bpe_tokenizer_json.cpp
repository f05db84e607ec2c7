#include <unicode/uchar.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/utf8.hpp"
#include "speech/chatterbox/bpe_tokenizer.hpp"

namespace troupe::speech::chatterbox {
namespace {

using nlohmann::json;

// \w of UTS 18: what the tokenizer's regular expression means by it.
bool is_word(UChar32 c) {
  return u_hasBinaryProperty(c, UCHAR_ALPHABETIC) || u_hasBinaryProperty(c, UCHAR_JOIN_CONTROL) ||
         (U_GET_GC_MASK(c) & (U_GC_M_MASK | U_GC_ND_MASK | U_GC_PC_MASK)) != 0;
}

// The sign at a place of well-formed UTF-8.
std::string_view sign_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  return text.substr(at, lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4);
}

UChar32 code_point(std::string_view sign) {
  return static_cast<UChar32>(decode_utf8(sign).front());
}

// Steps that the text front end has taken already do no harm a second time; others would.
std::optional<std::string> unknown_part(const json& file) {
  const auto type = [](const json& part) {
    return part.is_object() ? part.value("type", std::string("?")) : std::string();
  };
  const json& pre = file.value("pre_tokenizer", json());
  if (!pre.is_null() && type(pre) != "Whitespace") return "pre-tokenizer " + type(pre);
  std::vector<json> steps;
  if (const json& normalizer = file.value("normalizer", json()); type(normalizer) == "Sequence")
    steps = normalizer.value("normalizers", std::vector<json>());
  else if (!normalizer.is_null())
    steps = {normalizer};
  for (const json& step : steps) {
    const bool spaces = type(step) == "Replace" && step.value("content", "") == "[SPACE]";
    if (!spaces && type(step) != "NFKD" && type(step) != "Lowercase")
      return "normalizer " + type(step);
  }
  const json& model = file.value("model", json::object());
  if (model.value("type", std::string("BPE")) != "BPE") return "model " + type(model);
  for (const char* name : {"continuing_subword_prefix", "end_of_word_suffix", "dropout"})
    if (model.contains(name) && !model[name].is_null() && model[name] != "")
      return std::string("BPE with ") + name;
  for (const char* name : {"byte_fallback", "fuse_unk", "ignore_merges"})
    if (model.value(name, json(false)) == true) return std::string("BPE with ") + name;
  return std::nullopt;
}

std::pair<std::string, std::string> halves(const json& merge) {
  if (merge.is_array()) return {merge.at(0).get<std::string>(), merge.at(1).get<std::string>()};
  const auto text = merge.get<std::string>();  // files before 2024: "a b"
  const auto space = text.find(' ');
  return {text.substr(0, space), space == text.npos ? "" : text.substr(space + 1)};
}

}  // namespace

Result<BpeTokenizer> BpeTokenizer::load(const std::filesystem::path& path) {
  const auto broken = [&](const std::string& why) {
    return fail(Errc::missing_model, path.string() + ": " + why + "; export the model again");
  };
  std::ifstream in(path);
  if (!in) return broken("no such file");
  try {
    const json file = json::parse(in);
    if (const auto part = unknown_part(file)) return broken(*part + " is not read here");
    BpeTokenizer made;
    const json& model = file.at("model");
    for (const auto& [token, id] : model.at("vocab").items())
      made.vocabulary_[token] = id.get<std::int32_t>();
    int rank = 0;
    for (const json& merge : model.at("merges")) {
      const auto [left, right] = halves(merge);
      made.merges_.emplace(std::pair(made.vocabulary_.at(left), made.vocabulary_.at(right)),
                           std::pair(rank++, made.vocabulary_.at(left + right)));
    }
    made.unknown_ = made.vocabulary_.at(model.at("unk_token").get<std::string>());
    for (const json& token : file.at("added_tokens")) {
      const auto content = token.at("content").get<std::string>();
      for (const char* flag : {"lstrip", "rstrip", "single_word"})
        if (token.value(flag, false))
          return broken("token " + content + " with " + flag + " is not read here");
      if (content.empty()) return broken("holds an empty token");
      made.added_.emplace_back(content, token.at("id").get<std::int32_t>());
    }
    std::stable_sort(made.added_.begin(), made.added_.end(),
                     [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    return made;
  } catch (const std::exception& error) {  // nlohmann-json and at() throw
    return broken(std::string("not a tokenizer of byte pairs (") + error.what() + ")");
  }
}

std::optional<std::int32_t> BpeTokenizer::id_of(std::string_view token) const {
  for (const auto& [content, id] : added_)
    if (content == token) return id;
  const auto found = vocabulary_.find(std::string(token));
  return found == vocabulary_.end() ? std::nullopt : std::optional(found->second);
}

Encoding BpeTokenizer::encode(std::string_view text) const {
  Encoding made;
  std::size_t word = 0;  // where the open word began
  bool open = false, open_kind = false;
  const auto close = [&](std::size_t end) {
    if (open) encode_word(text.substr(word, end - word), made);
    open = false;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto token = std::find_if(added_.begin(), added_.end(), [&](const auto& entry) {
      return text.substr(at).starts_with(entry.first);
    });
    if (token != added_.end()) {
      close(at);
      made.ids.push_back(token->second);
      at += token->first.size();
      continue;
    }
    const std::string_view sign = sign_at(text, at);
    const UChar32 c = code_point(sign);
    const bool space = u_isUWhiteSpace(c), kind = is_word(c);
    if (space || kind != open_kind) close(at);
    if (!space && !open) word = at;
    open = !space;
    open_kind = kind;
    at += sign.size();
  }
  close(text.size());
  return made;
}

void BpeTokenizer::encode_word(std::string_view word, Encoding& into) const {
  std::vector<std::int32_t> symbols;
  for (std::size_t at = 0; at < word.size();) {
    const std::string_view sign = sign_at(word, at);
    const auto found = vocabulary_.find(std::string(sign));
    symbols.push_back(found == vocabulary_.end() ? unknown_ : found->second);
    if (found == vocabulary_.end() && into.unread.empty() && u_isalnum(code_point(sign)))
      into.unread = sign;
    at += sign.size();
  }
  for (;;) {
    std::size_t best = symbols.size();
    std::pair<int, std::int32_t> merge{};
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      const auto found = merges_.find({symbols[i], symbols[i + 1]});
      if (found == merges_.end() || (best < symbols.size() && found->second.first >= merge.first))
        continue;
      best = i;
      merge = found->second;
    }
    if (best >= symbols.size()) break;
    symbols[best] = merge.second;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
  }
  into.ids.insert(into.ids.end(), symbols.begin(), symbols.end());
}

}  // namespace troupe::speech::chatterbox
