#include "speech/chatterbox/conditionals.hpp"

#include <algorithm>

#include "core/try.hpp"

namespace troupe::speech::chatterbox {
namespace {

const std::string kMakeAgain = "; make the voice again with `troupe voice create`";

Tensor codes(const std::vector<std::int32_t>& tokens) {
  return {{std::ssize(tokens)}, std::vector<std::int64_t>(tokens.begin(), tokens.end())};
}

Result<const Tensor*> find(const Conditionals& conditionals, const std::string& name) {
  const auto found = conditionals.arrays.find(name);
  if (found == conditionals.arrays.end())
    return fail(Errc::bad_input, "chatterbox: the voice has no '" + name + "'" + kMakeAgain);
  return &found->second;
}

Result<std::vector<float>> floats(const Conditionals& conditionals, const std::string& name,
                                  const std::vector<std::int64_t>& shape) {
  TROUPE_TRY(const Tensor* tensor, find(conditionals, name));
  if (tensor->floats() == nullptr || tensor->shape != shape)
    return fail(Errc::bad_input,
                "chatterbox: the voice's '" + name + "' has another shape or type" + kMakeAgain);
  return *tensor->floats();
}

Result<std::vector<std::int32_t>> tokens(const Conditionals& conditionals, const std::string& name,
                                         std::size_t most) {
  TROUPE_TRY(const Tensor* tensor, find(conditionals, name));
  const auto* values = tensor->ints();
  if (values == nullptr || tensor->shape.size() != 1 || values->empty() || values->size() > most)
    return fail(Errc::bad_input, "chatterbox: the voice's '" + name + "' is not 1 to " +
                                     std::to_string(most) + " codes" + kMakeAgain);
  const auto known = [](std::int64_t code) { return code >= 0 && code < kSpeechCodes; };
  if (!std::all_of(values->begin(), values->end(), known))
    return fail(Errc::bad_input,
                "chatterbox: the voice's '" + name + "' holds an unknown code" + kMakeAgain);
  return std::vector<std::int32_t>(values->begin(), values->end());
}

}  // namespace

std::shared_ptr<Conditionals> to_conditionals(const ChatterboxConditionals& voice,
                                              const std::string& model_hash) {
  auto out = std::make_shared<Conditionals>();
  out->backend = "chatterbox";
  out->model_hash = model_hash;
  out->arrays = {
      {"speaker_embedding", Tensor({kSpeakerSize}, voice.speaker_embedding)},
      {"t3_prompt_tokens", codes(voice.t3_prompt_tokens)},
      {"prompt_tokens", codes(voice.prompt_tokens)},
      {"prompt_mel", Tensor({2 * std::ssize(voice.prompt_tokens), kPromptBins}, voice.prompt_mel)},
      {"x_vector", Tensor({kXVectorSize}, voice.x_vector)}};
  return out;
}

Result<ChatterboxConditionals> from_conditionals(const Conditionals& conditionals,
                                                 std::string_view model_hash) {
  if (conditionals.backend != "chatterbox")
    return fail(Errc::bad_input, "chatterbox: the voice was made for '" + conditionals.backend +
                                     "'" + kMakeAgain + " --backend chatterbox");
  if (conditionals.model_hash != model_hash)
    return fail(Errc::bad_input, "chatterbox: the voice was made with another model (" +
                                     conditionals.model_hash.substr(0, 12) + ", this one is " +
                                     std::string(model_hash.substr(0, 12)) + ")" + kMakeAgain);
  ChatterboxConditionals voice;
  TROUPE_TRY(voice.speaker_embedding, floats(conditionals, "speaker_embedding", {kSpeakerSize}));
  TROUPE_TRY(voice.t3_prompt_tokens, tokens(conditionals, "t3_prompt_tokens", kMaxT3Prompt));
  TROUPE_TRY(voice.prompt_tokens, tokens(conditionals, "prompt_tokens", kMaxPrompt));
  TROUPE_TRY(voice.prompt_mel, floats(conditionals, "prompt_mel",
                                      {2 * std::ssize(voice.prompt_tokens), kPromptBins}));
  TROUPE_TRY(voice.x_vector, floats(conditionals, "x_vector", {kXVectorSize}));
  return voice;
}

}  // namespace troupe::speech::chatterbox
