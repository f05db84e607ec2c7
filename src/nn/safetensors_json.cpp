#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>

#include "nn/safetensors.hpp"

namespace troupe::nn {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "safetensors data is little-endian");

constexpr std::uint64_t kMaxHeaderBytes = 1 << 20;
constexpr std::size_t kMaxDimensions = 8;

template <class T>
std::vector<T> values(std::span<const std::uint8_t> bytes) {
  std::vector<T> out(bytes.size() / sizeof(T));
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

/// Elements of a shape, or -1 when it is not one or would overflow.
std::int64_t element_count(const json& shape, std::vector<std::int64_t>& out) {
  if (!shape.is_array() || shape.size() > kMaxDimensions) return -1;
  std::int64_t count = 1;
  for (const auto& dimension : shape) {
    if (!dimension.is_number_unsigned()) return -1;
    const auto value = dimension.get<std::uint64_t>();
    if (value > (1ULL << 40)) return -1;
    out.push_back(static_cast<std::int64_t>(value));
    if (__builtin_mul_overflow(count, out.back(), &count)) return -1;
  }
  return count;
}

}  // namespace

std::vector<std::uint8_t> write_safetensors(const SafeTensors& content) {
  json header = json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const bool floats = tensor.floats() != nullptr;
    const auto bytes = static_cast<std::uint64_t>(tensor.size()) * (floats ? 4 : 8);
    header[name] = {{"dtype", floats ? "F32" : "I64"},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the format aligns the data to 8 bytes

  std::vector<std::uint8_t> out(8 + text.size() + offset);
  const std::uint64_t length = text.size();
  std::memcpy(out.data(), &length, 8);
  std::memcpy(out.data() + 8, text.data(), text.size());
  std::uint8_t* at = out.data() + 8 + text.size();
  for (const auto& [name, tensor] : content.tensors) {
    const auto append = [&](const auto& data) {
      if (data.empty()) return;
      std::memcpy(at, data.data(), data.size() * sizeof(data[0]));
      at += data.size() * sizeof(data[0]);
    };
    std::visit(append, tensor.data);
  }
  return out;
}

Result<SafeTensors> read_safetensors(std::span<const std::uint8_t> bytes, std::string_view origin) {
  const auto refuse = [&](const std::string& why) {
    return fail(Errc::bad_input, std::string(origin) + ": " + why);
  };
  std::uint64_t length = 0;
  if (bytes.size() < 8) return refuse("truncated: not a safetensors file");
  std::memcpy(&length, bytes.data(), 8);
  if (length > kMaxHeaderBytes || length > bytes.size() - 8)
    return refuse("header length " + std::to_string(length) +
                  " is beyond the file or 1 MiB: not a safetensors file");
  const auto* text = reinterpret_cast<const char*>(bytes.data() + 8);
  const json header = json::parse(text, text + length, nullptr, false);
  if (!header.is_object()) return refuse("the header is not a JSON object");
  const auto data = bytes.subspan(8 + length);

  SafeTensors out;
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      if (!entry.is_object()) return refuse("__metadata__ is not an object");
      for (const auto& [key, value] : entry.items()) {
        if (!value.is_string()) return refuse("__metadata__ " + key + " is not a string");
        out.metadata[key] = value.get<std::string>();
      }
      continue;
    }
    const auto refuse_tensor = [&](const char* why) {
      return refuse("tensor " + name + ": " + why);
    };
    if (!entry.is_object() || !entry.contains("dtype") || !entry.contains("shape") ||
        !entry.contains("data_offsets"))
      return refuse_tensor("dtype, shape or data_offsets is missing");
    const json& offsets = entry["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned())
      return refuse_tensor("data_offsets are not two numbers");
    const auto begin = offsets[0].get<std::uint64_t>(), end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > data.size()) return refuse_tensor("data lies beyond the file");
    const bool floats = entry["dtype"] == "F32";
    if (!floats && entry["dtype"] != "I64") return refuse_tensor("dtype is not F32 or I64");
    std::vector<std::int64_t> shape;
    const auto count = element_count(entry["shape"], shape);
    std::int64_t wanted = 0;
    if (count < 0 || __builtin_mul_overflow(count, floats ? 4 : 8, &wanted) ||
        static_cast<std::uint64_t>(wanted) != end - begin)
      return refuse_tensor("size does not match its shape");
    const auto part = data.subspan(begin, end - begin);
    out.tensors[name] = floats ? Tensor(std::move(shape), values<float>(part))
                               : Tensor(std::move(shape), values<std::int64_t>(part));
    if (end > begin) ranges.emplace_back(begin, end);
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i)
    if (ranges[i].first < ranges[i - 1].second) return refuse("tensors overlap");
  return out;
}

}  // namespace troupe::nn
