#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>

#include "core/try.hpp"
#include "voices/safetensors.hpp"

namespace troupe::voices {
namespace {

using nlohmann::json;
static_assert(std::endian::native == std::endian::little, "tensors are stored as they lie");

constexpr std::size_t kPrefix = sizeof(std::uint64_t);

struct Entry {
  std::string name;
  bool is_float = true;
  std::vector<std::int64_t> shape;
  std::uint64_t begin = 0, end = 0;
};

std::uint64_t bytes_of(const Tensor& tensor) {
  return tensor.floats() != nullptr ? tensor.floats()->size() * sizeof(float)
                                    : tensor.ints()->size() * sizeof(std::int64_t);
}

const void* bytes_at(const Tensor& tensor) {
  return tensor.floats() != nullptr ? static_cast<const void*>(tensor.floats()->data())
                                    : static_cast<const void*>(tensor.ints()->data());
}

bool is_offset_pair(const json& value) {
  return value.is_array() && value.size() == 2 && value[0].is_number_unsigned() &&
         value[1].is_number_unsigned();
}

Result<Entry> parse_entry(const std::string& name, const json& value, std::string_view origin) {
  const auto bad = [&](const std::string& what) {
    return fail(Errc::bad_input,
                std::string(origin) + ": tensor '" + name + "' " + what + "; the file is damaged");
  };
  if (!value.is_object()) return bad("is not an object");
  Entry entry;
  entry.name = name;
  const json dtype = value.value("dtype", json());
  if (dtype != "F32" && dtype != "I64")
    return bad("has dtype " + dtype.dump() + ", not F32 or I64");
  entry.is_float = dtype == "F32";
  const json shape = value.value("shape", json());
  if (!shape.is_array()) return bad("has no shape");
  std::uint64_t bytes = entry.is_float ? sizeof(float) : sizeof(std::int64_t);
  for (const json& dimension : shape) {
    if (!dimension.is_number_unsigned()) return bad("has the shape " + shape.dump());
    const auto size = dimension.get<std::uint64_t>();
    if (size > std::numeric_limits<std::int64_t>::max() ||
        __builtin_mul_overflow(bytes, size, &bytes))
      return bad("has the shape " + shape.dump());
    entry.shape.push_back(static_cast<std::int64_t>(size));
  }
  const json offsets = value.value("data_offsets", json());
  if (!is_offset_pair(offsets)) return bad("has no data_offsets");
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  if (entry.end < entry.begin || entry.end - entry.begin != bytes)
    return bad("has data_offsets " + offsets.dump() + " that do not match its shape " +
               shape.dump());
  return entry;
}

Tensor read_tensor(const Entry& entry, std::span<const std::uint8_t> data) {
  const auto copy = [&](auto values) {
    using T = typename decltype(values)::value_type;
    values.resize((entry.end - entry.begin) / sizeof(T));
    if (!values.empty())
      std::memcpy(values.data(), data.data() + entry.begin, entry.end - entry.begin);
    return Tensor(entry.shape, std::move(values));
  };
  return entry.is_float ? copy(std::vector<float>()) : copy(std::vector<std::int64_t>());
}

}  // namespace

std::vector<std::uint8_t> write_safetensors(const Safetensors& content) {
  json header = json::object();
  if (!content.metadata.empty()) header["__metadata__"] = content.metadata;
  std::uint64_t offset = 0;
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t end = offset + bytes_of(tensor);
    header[name] = {{"dtype", tensor.floats() != nullptr ? "F32" : "I64"},
                    {"shape", tensor.shape},
                    {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', false, json::error_handler_t::replace);
  text.resize((text.size() + kPrefix - 1) / kPrefix * kPrefix, ' ');  // data starts aligned

  std::vector<std::uint8_t> bytes(kPrefix + text.size() + offset);
  const std::uint64_t length = text.size();
  std::memcpy(bytes.data(), &length, kPrefix);
  std::memcpy(bytes.data() + kPrefix, text.data(), text.size());
  std::uint8_t* out = bytes.data() + kPrefix + text.size();
  for (const auto& [name, tensor] : content.tensors) {
    const std::uint64_t size = bytes_of(tensor);
    if (size > 0) std::memcpy(out, bytes_at(tensor), size);
    out += size;
  }
  return bytes;
}

Result<Safetensors> parse_safetensors(std::span<const std::uint8_t> bytes,
                                      std::string_view origin) {
  const auto bad = [&](const std::string& what) {
    return fail(Errc::bad_input, std::string(origin) + ": " + what);
  };
  std::uint64_t length = 0;
  if (bytes.size() < kPrefix) return bad("not safetensors: shorter than its 8-byte prefix");
  std::memcpy(&length, bytes.data(), kPrefix);
  if (length > kMaxSafetensorsHeader)
    return bad("not safetensors: header of " + std::to_string(length) +
               " bytes, at most 1048576 are legal");
  if (length > bytes.size() - kPrefix)
    return bad("truncated: the header needs " + std::to_string(length) + " bytes, " +
               std::to_string(bytes.size() - kPrefix) + " are there");
  const auto text = bytes.subspan(kPrefix, length);
  const auto data = bytes.subspan(kPrefix + length);
  const json header = json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
  if (!header.is_object()) return bad("not safetensors: the header is not a JSON object");

  Safetensors content;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      if (!value.is_object()) return bad("__metadata__ is not an object");
      for (const auto& [key, word] : value.items()) {
        if (!word.is_string()) return bad("__metadata__ '" + key + "' is not a string");
        content.metadata[key] = word.get<std::string>();
      }
      continue;
    }
    TROUPE_TRY(Entry entry, parse_entry(name, value, origin));
    entries.push_back(std::move(entry));
  }
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::uint64_t expected = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != expected)
      return bad("tensor '" + entry.name + "' begins at byte " + std::to_string(entry.begin) +
                 ", not at " + std::to_string(expected) + ": overlap or gap; the file is damaged");
    expected = entry.end;
  }
  if (expected != data.size())
    return bad("damaged: tensors need " + std::to_string(expected) + " bytes of data, " +
               std::to_string(data.size()) + " are there");
  for (const Entry& entry : entries) content.tensors[entry.name] = read_tensor(entry, data);
  return content;
}

}  // namespace troupe::voices
