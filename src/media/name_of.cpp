#include "media/name_of.hpp"

namespace troupe::media {

std::string name_of(const std::filesystem::path& path) {
  std::string name = path.string();
  for (char& c : name)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return name;
}

}  // namespace troupe::media
