/// Base64 as in RFC 4648 section 4.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"

namespace troupe {

/// With padding, without line breaks.
std::string base64_encode(std::span<const std::uint8_t> bytes);

/// Strict: the standard alphabet, padded, no white space, unused bits zero.
/// @return bad_input naming the offending character and its place.
Result<std::vector<std::uint8_t>> base64_decode(std::string_view text);

}  // namespace troupe
