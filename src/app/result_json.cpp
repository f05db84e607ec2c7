#include "app/result_json.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "pipeline/report_text.hpp"

namespace troupe::app {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string error_json(const Error& error) {
  Json json = {{"code", name_of(error.code)}, {"message", error.message}, {"stage", error.stage}};
  if (error.turn) json["turn"] = *error.turn;
  return dump({{"error", json}});
}

std::string dub_json(const std::filesystem::path& output, const Report& report) {
  Json summary = Json::parse(to_json(report));
  summary.erase("turns");
  summary.erase("segments");
  return dump({{"output", output.string()}, {"report", summary}});
}

std::string object_json(const std::vector<Field>& fields) {
  Json json = Json::object();
  for (const Field& field : fields)
    json[field.name] = field.raw ? Json::parse(field.value) : Json(field.value);
  return dump(json);
}

std::string array_json(const std::vector<std::string>& raw_items) {
  Json json = Json::array();
  for (const std::string& item : raw_items) json.push_back(Json::parse(item));
  return dump(json);
}

std::string string_json(const std::string& text) { return dump(Json(text)); }

Result<std::vector<ModelEntry>> read_manifest(const std::filesystem::path& models) {
  const auto path = models / "manifest.json";
  const std::string remedy = "; run `troupe models fetch`, or set TROUPE_MODELS";
  std::ifstream file(path);
  if (!file) return fail(Errc::missing_model, path.string() + ": no models are installed" + remedy);
  const Json json = Json::parse(file, nullptr, false);
  std::vector<ModelEntry> entries;
  try {
    for (const Json& model : json.at("models")) {
      ModelEntry entry{
          model.at("name"), model.value("version", ""), model.value("licence", ""), {}};
      for (const Json& part : model.at("files"))
        entry.files.push_back({part.at("path"), part.at("sha256"), part.at("bytes")});
      entries.push_back(std::move(entry));
    }
  } catch (const Json::exception&) {
    return fail(Errc::missing_model, path.string() + ": is damaged" + remedy);
  }
  return entries;
}

}  // namespace troupe::app
