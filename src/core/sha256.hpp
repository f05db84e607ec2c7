/// SHA-256 (FIPS 180-4), for cache keys and for proving that files are what they should be.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace troupe {

/// Incremental form for data that does not fit in memory. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;

  void update(std::span<const std::uint8_t> bytes);
  void update(std::string_view text);
  /// The samples' bytes in memory (little-endian f32 on every supported machine).
  void update(std::span<const float> samples);
  /// @return 64 lower-case hex digits; the object is spent afterwards.
  std::string hex() &&;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// @return 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::uint8_t> bytes);
std::string sha256_hex(std::string_view text);

}  // namespace troupe
