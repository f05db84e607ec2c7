#include "speech/kokoro/kokoro_conditionals.hpp"

#include "core/try.hpp"

namespace troupe::speech {
namespace {

constexpr std::size_t kMostTaps = 4096;

/// The numbers of an array; none when it is absent.
Result<std::span<const float>> numbers(const Conditionals& conditionals, const char* name) {
  const auto found = conditionals.arrays.find(name);
  if (found == conditionals.arrays.end()) return std::span<const float>();
  if (!found->second.floats())
    return fail(Errc::bad_input,
                std::string("conditionals: ") + name + " is not f32: make the voice again");
  return std::span<const float>(*found->second.floats());
}

Result<float> factor(const Conditionals& conditionals, const char* name, float least, float most) {
  TROUPE_TRY(const auto values, numbers(conditionals, name));
  if (values.empty() && !conditionals.arrays.contains(name)) return 1.0f;
  if (values.size() != 1 || !(values[0] >= least && values[0] <= most))
    return fail(Errc::bad_input, std::string("conditionals: ") + name + " is not one number in " +
                                     std::to_string(least).substr(0, 4) + " .. " +
                                     std::to_string(most).substr(0, 4) + ": make the voice again");
  return values[0];
}

}  // namespace

Result<KokoroVoice> view_kokoro_voice(const Conditionals& conditionals,
                                      const std::string& model_hash) {
  if (conditionals.backend != "kokoro")
    return fail(Errc::bad_input, "conditionals belong to backend '" + conditionals.backend +
                                     "', not to kokoro: make the voice again");
  if (conditionals.model_hash != model_hash)
    return fail(Errc::bad_input,
                "conditionals were made for another kokoro model: make the voice again");
  KokoroVoice voice;
  TROUPE_TRY(voice.style, numbers(conditionals, "style"));
  if (voice.style.empty() || voice.style.size() % kStyleSize != 0 ||
      conditionals.arrays.at("style").shape.back() != kStyleSize)
    return fail(Errc::bad_input, "conditionals lack style f32 [rows, 256]: make the voice again");
  TROUPE_TRY(voice.pitch.ratio,
             factor(conditionals, "f0_ratio", kLeastPitchRatio, kMostPitchRatio));
  TROUPE_TRY(voice.pitch.range, factor(conditionals, "f0_range", 0.25f, 4));
  TROUPE_TRY(voice.pace, factor(conditionals, "pace", 0.5f, 2));
  TROUPE_TRY(voice.eq, numbers(conditionals, "eq"));
  if (voice.eq.size() > kMostTaps || (!voice.eq.empty() && voice.eq.size() % 2 == 0))
    return fail(Errc::bad_input, "conditionals: eq has " + std::to_string(voice.eq.size()) +
                                     " taps, not an odd number below 4096: make the voice again");
  return voice;
}

std::shared_ptr<Conditionals> clone_conditionals(const std::string& model_hash,
                                                 std::vector<float> style, PitchShape pitch,
                                                 float pace) {
  auto conditionals = std::make_shared<Conditionals>();
  conditionals->backend = "kokoro";
  conditionals->model_hash = model_hash;
  conditionals->arrays["style"] = Tensor({1, kStyleSize}, std::move(style));
  conditionals->arrays["f0_ratio"] = Tensor({1}, std::vector<float>{pitch.ratio});
  conditionals->arrays["f0_range"] = Tensor({1}, std::vector<float>{pitch.range});
  conditionals->arrays["pace"] = Tensor({1}, std::vector<float>{pace});
  return conditionals;
}

}  // namespace troupe::speech
