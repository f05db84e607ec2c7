#include "media/name_of.hpp"

#include "core/file_kind.hpp"

namespace troupe::media {

std::string name_of(const std::filesystem::path& path) { return printable(path.string()); }

}  // namespace troupe::media
