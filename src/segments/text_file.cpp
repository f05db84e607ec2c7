#include "segments/text_file.hpp"

#include <fstream>
#include <system_error>

#include "segments/utf8.hpp"

namespace troupe::segments {

Result<std::string> read_text_file(const std::filesystem::path& path) {
  const std::string name = one_line(path.string());
  std::error_code error;
  if (!std::filesystem::exists(path, error))
    return fail(Errc::bad_input, name + ": no such file; check the path", "segments");
  if (std::filesystem::is_directory(path, error))
    return fail(Errc::bad_input, name + ": is a directory; give a file", "segments");

  // Read to the end instead of asking for the size first: a pipe has none.
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(Errc::io, name + ": cannot be opened; check its permissions", "segments");
  std::string content;
  for (std::string block(1u << 16, '\0'); file;) {
    file.read(block.data(), static_cast<std::streamsize>(block.size()));
    content.append(block, 0, static_cast<std::size_t>(file.gcount()));
    if (content.size() > kMaxTextFileBytes)
      return fail(Errc::bad_input, name + ": is larger than 64 MiB; split it into several jobs",
                  "segments");
  }
  if (file.bad()) return fail(Errc::io, name + ": reading failed", "segments");
  return content;
}

}  // namespace troupe::segments
