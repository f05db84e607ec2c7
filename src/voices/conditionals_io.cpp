#include "voices/conditionals_io.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "core/try.hpp"
#include "nn/safetensors.hpp"
#include "voices/shown_name.hpp"

namespace troupe::voices {
namespace {

constexpr std::string_view kTextPrefix = "text.";

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::vector<std::uint8_t> serialise(const Conditionals& conditionals) {
  nn::SafeTensors content;
  content.metadata = {{"format_version", std::to_string(conditionals.format_version)},
                      {"backend", conditionals.backend},
                      {"model_hash", conditionals.model_hash},
                      {"reference_hash", conditionals.reference_hash},
                      {"created_unix_s", std::to_string(conditionals.created_unix_s)}};
  for (const auto& [key, value] : conditionals.text)
    content.metadata[std::string(kTextPrefix) + key] = value;
  content.tensors = conditionals.arrays;
  return nn::write_safetensors(content);
}

Result<Conditionals> parse_conditionals(std::span<const std::uint8_t> bytes,
                                        std::string_view origin) {
  TROUPE_TRY(nn::SafeTensors content, nn::read_safetensors(bytes, origin));
  const auto bad = [&](const std::string& what) {
    return fail(Errc::bad_input, std::string(origin) + ": " + what);
  };
  const auto word = [&](const char* key) -> const std::string* {
    const auto found = content.metadata.find(key);
    return found == content.metadata.end() ? nullptr : &found->second;
  };
  for (const char* key :
       {"format_version", "backend", "model_hash", "reference_hash", "created_unix_s"})
    if (word(key) == nullptr)
      return bad(std::string("no '") + key + "' in __metadata__: not a Troupe voice");

  const auto version = integer(*word("format_version"));
  if (version != Conditionals{}.format_version)
    return bad("format version " + shown_name(*word("format_version")) +
               ", this build reads version " + std::to_string(Conditionals{}.format_version) +
               "; make the voice again");
  const auto created = integer(*word("created_unix_s"));
  if (!created)
    return bad("created_unix_s " + shown_name(*word("created_unix_s")) +
               " is not a number; make the voice again");

  Conditionals conditionals;
  conditionals.format_version = static_cast<int>(*version);
  conditionals.backend = *word("backend");
  conditionals.model_hash = *word("model_hash");
  conditionals.reference_hash = *word("reference_hash");
  conditionals.created_unix_s = *created;
  for (const auto& [key, value] : content.metadata)
    if (key.starts_with(kTextPrefix)) conditionals.text[key.substr(kTextPrefix.size())] = value;
  for (const auto& [name, tensor] : content.tensors)
    if (const auto* values = tensor.floats())
      for (float value : *values)
        if (!std::isfinite(value))
          return bad("tensor " + shown_name(name) +
                     " holds a value that is not finite; make the voice again");
  conditionals.arrays = std::move(content.tensors);
  return conditionals;
}

}  // namespace troupe::voices
