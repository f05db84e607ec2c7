/// UTF-8 <-> code points for text that was checked before; broken bytes become U+FFFD.
#pragma once

#include <string>
#include <string_view>

namespace troupe {

std::u32string decode_utf8(std::string_view text);
void append_utf8(std::string& out, char32_t code_point);

}  // namespace troupe
