#include "core/base64.hpp"

#include <algorithm>
#include <array>

namespace troupe {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 255;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kInvalid);
  for (std::size_t i = 0; i < kAlphabet.size(); ++i)
    values[static_cast<unsigned char>(kAlphabet[i])] = static_cast<std::uint8_t>(i);
  return values;
}
constexpr std::array<std::uint8_t, 256> kValues = make_values();

}  // namespace

std::string base64_encode(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t have = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) group = group << 8 | (k < have ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += k <= have ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

Result<std::vector<std::uint8_t>> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0)
    return fail(Errc::bad_input, "base64 text has " + std::to_string(text.size()) +
                                     " characters, which is not a multiple of 4; keep the padding");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::size_t symbols = text.size() - padding;

  std::vector<std::uint8_t> bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < symbols; ++i) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(text[i])];
    if (value == kInvalid)
      return fail(Errc::bad_input, "base64 text has a character outside its alphabet at position " +
                                       std::to_string(i) + "; give RFC 4648 base64, one line");
    group = group << 6 | value;
    switch (i % 4) {
      case 1:
        bytes.push_back(static_cast<std::uint8_t>(group >> 4));
        break;
      case 2:
        bytes.push_back(static_cast<std::uint8_t>(group >> 2));
        break;
      case 3:
        bytes.push_back(static_cast<std::uint8_t>(group));
        break;
      default:
        break;
    }
  }
  const std::uint32_t unused = padding == 2 ? group & 15u : padding == 1 ? group & 3u : 0u;
  if (unused != 0)
    return fail(Errc::bad_input, "base64 text ends with bits that are not zero; it is damaged");
  return bytes;
}

}  // namespace troupe
