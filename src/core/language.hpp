/// Language tags: what callers write -> the one spelling used inside.
#pragma once

#include <string>
#include <string_view>

#include "troupe/result.hpp"

namespace troupe {

/// BCP-47 or ISO 639-1/-2/-3, any case, `_` or `-`: "en" -> "en-us", "EN_gb" -> "en-gb",
/// "pt" -> "pt-br", "fra" -> "fr", "zh-Hans-CN" -> "zh".
/// @return bad_input naming the tag and a few known ones when no backend could know it.
Result<std::string> canonical_language(std::string_view tag);

/// Whether the tag has the shape of one, known or not ("tlh-Piqd" yes, "fr_FR.UTF-8" no).
bool is_language_tag(std::string_view tag);

}  // namespace troupe
