/// Names from files and jobs as they appear in messages.
#pragma once

#include <string>
#include <string_view>

#include "core/file_kind.hpp"

namespace troupe::voices {

/// 'name' on one line, cut after 60 bytes (never within a character).
inline std::string shown_name(std::string_view name) {
  constexpr std::size_t kLongest = 60;
  if (name.size() <= kLongest) return "'" + printable(name) + "'";
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return "'" + printable(name.substr(0, end)) + "...'";
}

}  // namespace troupe::voices
