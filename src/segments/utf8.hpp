/// UTF-8 as far as reading needs it, and values made fit for a one-line message.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::segments {

/// @return the byte offset of the first ill-formed sequence (RFC 3629: no surrogates, no overlong
/// forms, at most U+10FFFF), or nothing when all is well.
std::optional<std::size_t> invalid_utf8(std::string_view text);

/// @param text valid UTF-8. @return its code points.
std::size_t code_points(std::string_view text);

/// Without the white space (ASCII, U+00A0, U+3000, U+FEFF) at both ends.
std::string_view trimmed(std::string_view text);

/// For messages: control characters and bad bytes become `?`, at most `limit` bytes and then "...".
std::string one_line(std::string_view text, std::size_t limit = 200);

/// one_line() in double quotes, at most 40 bytes of it.
std::string in_quotes(std::string_view text);

/// @param text valid UTF-8. @return whether there is a letter or digit of any script.
bool has_words(std::string_view text);

}  // namespace troupe::segments
