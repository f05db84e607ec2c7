#include "voices/npy.hpp"

#include <charconv>
#include <cstring>
#include <string>

namespace troupe::voices {
namespace {

constexpr std::string_view kMagic{"\x93NUMPY\x01\x00", 8};
constexpr std::size_t kPrefix = 10;  // magic, version, u16 header length

bool parse_shape(std::string_view header, std::vector<std::int64_t>& shape) {
  constexpr std::string_view kKey = "'shape': (";
  const auto begin = header.find(kKey);
  if (begin == std::string_view::npos) return false;
  const auto end = header.find(')', begin);
  if (end == std::string_view::npos) return false;
  std::string_view rest = header.substr(begin + kKey.size(), end - begin - kKey.size());
  while (!rest.empty()) {
    std::int64_t size = 0;
    const auto [next, error] = std::from_chars(rest.data(), rest.data() + rest.size(), size);
    if (error != std::errc() || size < 0 || size > (1 << 24)) return false;
    shape.push_back(size);
    rest.remove_prefix(static_cast<std::size_t>(next - rest.data()));
    while (!rest.empty() && (rest.front() == ',' || rest.front() == ' ')) rest.remove_prefix(1);
  }
  return shape.size() <= 4;
}

}  // namespace

std::vector<std::uint8_t> write_npy(const Tensor& tensor) {
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (";
  for (std::int64_t size : tensor.shape) header += std::to_string(size) + ",";
  header += "), }";
  // numpy wants data at a multiple of 64 bytes and a newline at the header's end.
  header.resize((kPrefix + header.size() + 1 + 63) / 64 * 64 - kPrefix, ' ');
  header.back() = '\n';
  const std::vector<float>& values = *tensor.floats();
  std::vector<std::uint8_t> bytes(kPrefix + header.size() + values.size() * sizeof(float));
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  bytes[8] = static_cast<std::uint8_t>(header.size() & 0xFF);
  bytes[9] = static_cast<std::uint8_t>(header.size() >> 8);
  std::memcpy(bytes.data() + kPrefix, header.data(), header.size());
  if (!values.empty())
    std::memcpy(bytes.data() + kPrefix + header.size(), values.data(),
                values.size() * sizeof(float));
  return bytes;
}

Result<Tensor> parse_npy(std::span<const std::uint8_t> bytes, std::string_view origin) {
  const auto bad = [&](const char* what) {
    return fail(Errc::bad_input, std::string(origin) + ": " + what);
  };
  if (bytes.size() < kPrefix || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    return bad("not a numpy file of version 1.0");
  const std::size_t length = bytes[8] | static_cast<std::size_t>(bytes[9]) << 8;
  if (bytes.size() < kPrefix + length) return bad("truncated inside its header");
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kPrefix, length);
  if (header.find("'<f4'") == std::string_view::npos ||
      header.find("'fortran_order': False") == std::string_view::npos)
    return bad("not little-endian f32 in C order; save it with numpy as float32");
  Tensor tensor({}, std::vector<float>());
  if (!parse_shape(header, tensor.shape)) return bad("its shape cannot be read");
  const auto data = bytes.subspan(kPrefix + length);
  std::size_t wanted = sizeof(float);
  for (std::int64_t size : tensor.shape)
    if (__builtin_mul_overflow(wanted, static_cast<std::size_t>(size), &wanted))
      return bad("its shape is absurd");
  if (data.size() != wanted) return bad("its data does not match its shape; the file is damaged");
  std::vector<float> values(wanted / sizeof(float));
  if (!values.empty()) std::memcpy(values.data(), data.data(), wanted);
  tensor.data = std::move(values);
  return tensor;
}

}  // namespace troupe::voices
