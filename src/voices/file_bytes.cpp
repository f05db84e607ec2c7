#include "voices/file_bytes.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

namespace troupe::voices {
namespace {

constexpr std::uintmax_t kLargestFile = 64 << 20;  // Kokoro 0.5 MB, Chatterbox below 10 MB

}  // namespace

Result<std::vector<std::uint8_t>> read_file(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return fail(Errc::io, path.string() + ": " + error.message());
  if (size > kLargestFile)
    return fail(Errc::bad_input, path.string() + ": " + std::to_string(size) + " bytes, at most " +
                                     std::to_string(kLargestFile) + " are legal");
  std::vector<std::uint8_t> bytes(size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file) return fail(Errc::io, path.string() + ": cannot be read; check permissions");
  return bytes;
}

Result<void> write_file(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file)
    return fail(Errc::io, path.string() + ": cannot be written (" + std::strerror(errno) +
                              "); free space or check permissions");
  return {};
}

}  // namespace troupe::voices
