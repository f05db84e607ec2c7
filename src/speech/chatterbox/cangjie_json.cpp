#include <fstream>
#include <nlohmann/json.hpp>

#include "core/utf8.hpp"
#include "speech/chatterbox/text_front_end.hpp"

namespace troupe::speech::chatterbox {

Result<std::map<char32_t, std::string>> read_cangjie(const std::filesystem::path& path) {
  std::ifstream in(path);
  const auto file = nlohmann::json::parse(in, nullptr, false);
  std::map<char32_t, std::string> codes;
  std::map<std::string, std::vector<char32_t>> signs;  // of a code, in the file's order
  for (const auto& entry : file) {
    const auto* line = entry.get_ptr<const std::string*>();
    const auto tab = line == nullptr ? std::string::npos : line->find('\t');
    const auto sign = decode_utf8(tab == std::string::npos ? "" : line->substr(0, tab));
    if (sign.empty())
      return fail(Errc::missing_model,
                  path.string() + ": not a list of \"sign<TAB>code\"; export the model again");
    if (sign.size() != 1) continue;  // words: only signs are looked up
    const std::string rest = line->substr(tab + 1), code = rest.substr(0, rest.find('\t'));
    codes[sign[0]] = code;
    signs[code].push_back(sign[0]);
  }
  if (codes.empty())
    return fail(Errc::missing_model, path.string() + ": no table of signs; export the model again");
  for (auto& [sign, code] : codes) {
    const auto& same = signs[code];
    const auto place = std::find(same.begin(), same.end(), sign) - same.begin();
    if (place > 0) code += std::to_string(place);
  }
  return codes;
}

}  // namespace troupe::speech::chatterbox
