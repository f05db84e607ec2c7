/// A parsed JSON text as plain values, so that only json_value.cpp knows the JSON library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::segments {

struct JsonValue {
  using Array = std::vector<JsonValue>;
  using Object = std::map<std::string, JsonValue, std::less<>>;
  /// Whole numbers from 0 to 2^64-1 are uint64, all others double.
  std::variant<std::nullptr_t, bool, std::uint64_t, double, std::string, Array, Object> value;

  bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  const std::string* string() const { return std::get_if<std::string>(&value); }
  const Array* array() const { return std::get_if<Array>(&value); }
  const Object* object() const { return std::get_if<Object>(&value); }
};

/// Against bombs: a job needs 6 levels, WhisperX with characters of 20,000 segments 3 million.
inline constexpr std::size_t kMaxJsonDepth = 64;
inline constexpr std::size_t kMaxJsonValues = 4'000'000;

/// RFC 8259, a BOM allowed; of equal keys the last wins. @param origin shown in messages.
/// @return bad_input naming origin:line:column for bad syntax, invalid UTF-8, lone surrogates,
/// numbers beyond double, too deep or too many values.
Result<JsonValue> parse_json(std::string_view text, const std::string& origin);

/// For messages: `"abc"`, 12, true, null, a list, an object.
std::string describe(const JsonValue& value);

}  // namespace troupe::segments
