/// BCP-47 tags -> the three-letter codes that media containers store.
#pragma once

#include <string>
#include <string_view>

namespace troupe::media {

/// "fr", "fr-ca" -> "fra" (ISO 639-2/T) or, bibliographic, "fre" (ISO 639-2/B); a three-letter
/// language is kept; unknown ones are "und".
std::string iso639_2(std::string_view bcp47, bool bibliographic);

}  // namespace troupe::media
