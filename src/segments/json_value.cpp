#include "segments/json_value.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "segments/utf8.hpp"

namespace troupe::segments {
namespace {

using Json = nlohmann::json;

/// Builds the values while the library scans: its own tree would throw, keep no bound on depth and
/// need everything twice.
class TreeBuilder : public nlohmann::json_sax<Json> {
 public:
  bool null() override { return add(JsonValue{nullptr}); }
  bool boolean(bool value) override { return add(JsonValue{value}); }
  bool number_integer(std::int64_t value) override {
    return add(JsonValue{static_cast<double>(value)});
  }
  bool number_unsigned(std::uint64_t value) override { return add(JsonValue{value}); }
  bool number_float(double value, const std::string&) override { return add(JsonValue{value}); }
  bool string(std::string& value) override { return add(JsonValue{std::move(value)}); }
  bool binary(Json::binary_t&) override { return refuse("binary values are not JSON"); }
  bool start_object(std::size_t) override { return open(JsonValue{JsonValue::Object{}}); }
  bool start_array(std::size_t) override { return open(JsonValue{JsonValue::Array{}}); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& name) override {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string&,
                   const Json::exception& error) override {
    position_ = position;
    std::string_view what = error.what();
    // "[json.exception.parse_error.101] parse error at line 1, column 2: " says what we say
    // ourselves in our own form.
    if (const auto end = what.find("] "); end != std::string_view::npos)
      what.remove_prefix(end + 2);
    if (what.starts_with("parse error"))
      if (const auto end = what.find(": "); end != std::string_view::npos)
        what.remove_prefix(end + 2);
    return refuse(one_line(what));
  }

  JsonValue root;
  std::string problem() const { return problem_; }
  std::size_t position() const { return position_; }

 private:
  bool refuse(std::string problem) {
    problem_ = std::move(problem);
    return false;
  }
  JsonValue* place(JsonValue&& value) {
    if (open_.empty()) return &(root = std::move(value));
    if (auto* array = std::get_if<JsonValue::Array>(&open_.back()->value))
      return &array->emplace_back(std::move(value));
    auto& object = std::get<JsonValue::Object>(open_.back()->value);
    return &(object[key_] = std::move(value));
  }
  bool add(JsonValue&& value) {
    if (++count_ > kMaxJsonValues)
      return refuse("has more than " + std::to_string(kMaxJsonValues) + " values");
    place(std::move(value));
    return true;
  }
  bool open(JsonValue&& value) {
    if (open_.size() >= kMaxJsonDepth)
      return refuse("is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    if (++count_ > kMaxJsonValues)
      return refuse("has more than " + std::to_string(kMaxJsonValues) + " values");
    open_.push_back(place(std::move(value)));
    return true;
  }
  bool close() {
    open_.pop_back();
    return true;
  }

  std::vector<JsonValue*> open_;  // stable: a container grows only while it is the last one
  std::string key_, problem_;
  std::size_t count_ = 0, position_ = 0;
};

}  // namespace

Result<JsonValue> parse_json(std::string_view text, const std::string& origin) {
  TreeBuilder builder;
  if (Json::sax_parse(text.begin(), text.end(), &builder)) return std::move(builder.root);
  std::string place = one_line(origin);
  if (builder.position() > 0) {
    const std::string_view before = text.substr(0, builder.position() - 1);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t column = before.size() - (before.rfind('\n') + 1) + 1;
    place.append(":").append(std::to_string(line)).append(":").append(std::to_string(column));
  }
  return fail(Errc::bad_input, place + ": not usable JSON: " + builder.problem(), "segments");
}

std::string describe(const JsonValue& value) {
  if (const auto* text = value.string()) return in_quotes(*text);
  if (const auto* flag = std::get_if<bool>(&value.value)) return *flag ? "true" : "false";
  if (const auto* whole = std::get_if<std::uint64_t>(&value.value)) return std::to_string(*whole);
  if (const auto* real = std::get_if<double>(&value.value)) {
    std::array<char, 32> shown{};
    std::snprintf(shown.data(), shown.size(), "%g", *real);
    return shown.data();
  }
  return value.array() ? "a list" : value.object() ? "an object" : "null";
}

}  // namespace troupe::segments
