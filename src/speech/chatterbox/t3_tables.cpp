#include "speech/chatterbox/t3_tables.hpp"

#include <fstream>
#include <iterator>

#include "core/try.hpp"
#include "nn/safetensors.hpp"

namespace troupe::speech::chatterbox {
namespace {

void append_sum(std::vector<float>& out, const float* a, const float* b, int count) {
  for (int i = 0; i < count; ++i) out.push_back(a[i] + b[i]);
}

}  // namespace

void T3Tables::append_text(std::vector<float>& out, std::int32_t id, int position,
                           bool blank) const {
  const float* place = text_positions.data() + std::int64_t{position} * hidden;
  if (blank)
    out.insert(out.end(), place, place + hidden);
  else
    append_sum(out, text.data() + std::int64_t{id} * hidden, place, hidden);
}

void T3Tables::append_speech(std::vector<float>& out, std::int32_t id, int position) const {
  append_sum(out, speech.data() + std::int64_t{id} * hidden,
             speech_positions.data() + std::int64_t{position} * hidden, hidden);
}

Result<T3Tables> read_t3_tables(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::missing_model, path.string() + ": no such file; export it again");
  std::vector<std::uint8_t> bytes{std::istreambuf_iterator<char>(in), {}};
  auto content = nn::read_safetensors(bytes, path.string());
  if (!content) return fail(Errc::missing_model, content.error().message + "; export it again");
  T3Tables tables;
  for (auto [name, into] : {std::pair{"text", &tables.text},
                            {"text_positions", &tables.text_positions},
                            {"speech", &tables.speech},
                            {"speech_positions", &tables.speech_positions}}) {
    const auto found = content->tensors.find(name);
    auto* values = found == content->tensors.end()
                       ? nullptr
                       : std::get_if<std::vector<float>>(&found->second.data);
    if (values == nullptr || found->second.shape.size() != 2 || values->empty() ||
        (tables.hidden != 0 && tables.hidden != found->second.shape[1]))
      return fail(Errc::missing_model, path.string() + ": table '" + name +
                                           "' is missing or of another width; export it again");
    tables.hidden = static_cast<int>(found->second.shape[1]);
    *into = std::move(*values);
  }
  return tables;
}

}  // namespace troupe::speech::chatterbox
