/// Text preparation: clean, and split at sentences, then clauses, then words (spec S3). ICU rules.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::speech {

/// NFC, styled letters and foreign digits as plain ones, whitespace and control characters folded,
/// typographic variants unified (quotes, dashes, ellipsis), common abbreviations of the language
/// written out where the phonemiser would stumble.
std::string clean_text(std::string_view utf8, std::string_view language);

/// @param units length of a text in the engine's unit; @param max_units limit of a piece.
/// @return pieces in order, none empty, each within the limit; a single word over the limit is cut
/// at grapheme boundaries. `unsupported` from `units` is passed on.
Result<std::vector<std::string>> split_text(
    std::string_view utf8, std::string_view language, int max_units,
    const std::function<Result<int>(std::string_view)>& units);

}  // namespace troupe::speech
