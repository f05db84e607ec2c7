#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include "segments/utf8.hpp"

namespace troupe::segments {

bool has_words(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  const auto length = static_cast<std::int64_t>(text.size());
  for (std::int64_t i = 0; i < length;) {
    UChar32 point = 0;
    U8_NEXT(bytes, i, length, point);
    // Numbers of every kind (Nd, Nl, No) are read aloud; u_isalnum knows only decimal digits.
    if (point >= 0 && (U_GET_GC_MASK(point) & (U_GC_L_MASK | U_GC_N_MASK)) != 0) return true;
  }
  return false;
}

}  // namespace troupe::segments
