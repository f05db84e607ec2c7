#include "speech/chatterbox/t3_batch.hpp"

#include <algorithm>

#include "core/counter_random.hpp"
#include "core/try.hpp"
#include "speech/chatterbox/t3_guards.hpp"
#include "speech/chatterbox/t3_sampler.hpp"

namespace troupe::speech::chatterbox {

T3Batch::T3Batch(const T3Parts& parts, const T3Limits& limits,
                 std::span<const TokenRequest> requests, const TokenSink& sink)
    : parts_(parts),
      limits_(limits),
      requests_(requests),
      sink_(sink),
      block_(static_cast<std::size_t>(parts.language_model->block_positions())) {}

int T3Batch::max_tokens(const TokenRequest& request) const {
  if (request.fixed_tokens) return *request.fixed_tokens;
  return request.max_tokens > 0 ? request.max_tokens : token_cap(request.text_ids.size());
}

std::size_t T3Batch::blocks_of(const TokenRequest& request) const {
  // The start token stands twice, as in the reference; the last token is never read.
  const std::size_t positions = static_cast<std::size_t>(conditioning_positions_ - prefix_) +
                                text_positions(request) + 1 +
                                static_cast<std::size_t>(max_tokens(request));
  return (positions + block_ - 1) / block_ * (request.cfg_weight > 0 ? 2 : 1);
}

void T3Batch::run(const std::stop_token& stop) {
  for (std::size_t i = 0; i < requests_.size(); ++i) waiting_.push_back(i);
  auto status = begin();
  while (status && !(waiting_.empty() && rows_.empty())) {
    if (stop.stop_requested())
      status = fail(Errc::cancelled, "cancelled");
    else if (status = admit(); status && !rows_.empty())
      status = step();
  }
  if (!status) abandon(status.error());
}

Result<void> T3Batch::begin() {
  if (waiting_.empty()) return {};
  TROUPE_TRY(const auto* first, conditioning(requests_[waiting_.front()]));
  conditioning_positions_ = static_cast<int>(first->size()) / parts_.tables.hidden;
  // The last position carries the exaggeration; of the others, what fills whole blocks is shared.
  prefix_ =
      static_cast<int>((static_cast<std::size_t>(conditioning_positions_) - 1) / block_ * block_);
  for (const std::size_t i : waiting_) ++prefixes_[requests_[i].voice].users;

  const auto budget =
      static_cast<std::size_t>(limits_.kv_bytes / parts_.language_model->block_bytes());
  std::size_t needed = prefixes_.size() * prefix_blocks();
  std::deque<std::size_t> possible;
  for (const std::size_t i : waiting_) {
    const std::size_t own = blocks_of(requests_[i]);
    needed += own;
    if (own + prefix_blocks() <= budget) {
      possible.push_back(i);
      continue;
    }
    --prefixes_[requests_[i].voice].users;
    sink_(i, fail(Errc::bad_input, "chatterbox: " + std::to_string(max_tokens(requests_[i])) +
                                       " speech tokens need more than the " +
                                       std::to_string(limits_.kv_bytes >> 20U) +
                                       " MiB set aside for keys and values; give shorter text"));
  }
  waiting_ = std::move(possible);
  const std::size_t blocks = std::min(needed, budget);
  if (waiting_.empty()) return {};
  TROUPE_TRY(session_, parts_.language_model->session(static_cast<int>(blocks)));
  for (std::size_t b = blocks; b-- > 0;) free_.push_back(static_cast<std::int32_t>(b));
  return {};
}

Result<const std::vector<float>*> T3Batch::conditioning(const TokenRequest& request) {
  const auto key = std::pair(request.voice, request.exaggeration);
  if (const auto found = conditionings_.find(key); found != conditionings_.end())
    return &found->second;
  const auto& voice = *request.voice;
  std::vector<float> prompt;
  for (std::size_t i = 0; i < voice.t3_prompt_tokens.size(); ++i)
    parts_.tables.append_speech(prompt, voice.t3_prompt_tokens[i], static_cast<int>(i));
  const auto count = static_cast<std::int64_t>(voice.t3_prompt_tokens.size());
  nn::Tensors inputs;
  inputs["speaker"] = {{1, static_cast<std::int64_t>(voice.speaker_embedding.size())},
                       voice.speaker_embedding};
  inputs["prompt"] = {{1, count, parts_.tables.hidden}, std::move(prompt)};
  inputs["exaggeration"] = {{1, 1}, std::vector<float>{request.exaggeration}};
  TROUPE_TRY(auto outputs, parts_.conditioning->run(inputs));
  auto* values = std::get_if<std::vector<float>>(&outputs["conditioning"].data);
  if (values == nullptr || values->empty())
    return fail(Errc::internal, "chatterbox: the conditioning graph has no output 'conditioning'");
  return &conditionings_.emplace(key, std::move(*values)).first->second;
}

Result<void> T3Batch::admit() {
  std::size_t lanes = 0;
  for (const Row& row : rows_) lanes += row.unguided ? 2 : 1;
  std::vector<std::size_t> joining;
  std::size_t left = free_.size();
  while (!waiting_.empty()) {
    const TokenRequest& request = requests_[waiting_.front()];
    std::size_t needed = blocks_of(request);
    const bool new_voice = prefixes_[request.voice].blocks.empty() &&
                           std::none_of(joining.begin(), joining.end(), [&](std::size_t i) {
                             return requests_[i].voice == request.voice;
                           });
    if (new_voice) needed += prefix_blocks();
    const std::size_t more = request.cfg_weight > 0 ? 2 : 1;
    const bool room = needed <= left && lanes + more <= static_cast<std::size_t>(limits_.sequences);
    if (!room && !(rows_.empty() && joining.empty())) break;
    if (needed > left) {
      // Nobody runs, so all that is taken are prefixes of voices that wait behind this one.
      for (auto& [voice, prefix] : prefixes_) release(prefix.blocks, 0);
      left = free_.size();
      continue;
    }
    left -= needed;
    lanes += more;
    joining.push_back(waiting_.front());
    waiting_.pop_front();
  }
  if (joining.empty()) return {};
  TROUPE_CHECK(make_prefixes(joining));
  for (const std::size_t index : joining) {
    const TokenRequest& request = requests_[index];
    TROUPE_TRY(const auto* condition, conditioning(request));
    Row& row = rows_.emplace_back(
        Row{index, lane_of(request, *condition, false), {}, {parts_.start_speech}});
    if (request.cfg_weight > 0) row.unguided = lane_of(request, *condition, true);
  }
  return {};
}

Result<void> T3Batch::make_prefixes(std::span<const std::size_t> indices) {
  if (prefix_ == 0) return {};
  std::vector<float> embeddings;
  std::vector<nn::PagedSequence> sequences;
  for (const std::size_t index : indices) {
    Prefix& prefix = prefixes_[requests_[index].voice];
    if (!prefix.blocks.empty()) continue;
    TROUPE_TRY(const auto* condition, conditioning(requests_[index]));
    prefix.blocks = take(prefix_blocks());
    embeddings.insert(embeddings.end(), condition->begin(),
                      condition->begin() + std::ptrdiff_t{prefix_} * parts_.tables.hidden);
    sequences.push_back({prefix.blocks, 0, prefix_});
  }
  if (sequences.empty()) return {};
  TROUPE_TRY(const auto unused, session_->run(embeddings, sequences));
  (void)unused;
  return {};
}

T3Batch::Lane T3Batch::lane_of(const TokenRequest& request, const std::vector<float>& condition,
                               bool blank) {
  Lane lane{prefixes_[request.voice].blocks, prefix_, {}};
  const auto own = take(blocks_of(request) / (request.cfg_weight > 0 ? 2 : 1));
  lane.blocks.insert(lane.blocks.end(), own.begin(), own.end());
  auto& out = lane.pending;
  out.assign(condition.begin() + std::ptrdiff_t{prefix_} * parts_.tables.hidden, condition.end());
  int position = 0;
  parts_.tables.append_text(out, parts_.start_text, position++, blank);
  for (const std::int32_t id : request.text_ids)
    parts_.tables.append_text(out, id, position++, blank);
  parts_.tables.append_text(out, parts_.stop_text, position, blank);
  for (int twice = 0; twice < 2; ++twice) parts_.tables.append_speech(out, parts_.start_speech, 0);
  return lane;
}

Result<void> T3Batch::step() {
  std::vector<float> embeddings;
  std::vector<nn::PagedSequence> sequences;
  const auto feed = [&](Lane& lane) {
    const int count = static_cast<int>(lane.pending.size()) / parts_.tables.hidden;
    embeddings.insert(embeddings.end(), lane.pending.begin(), lane.pending.end());
    sequences.push_back({lane.blocks, lane.past, count});
    lane.past += count;
  };
  for (Row& row : rows_) {
    feed(row.lane);
    if (row.unguided) feed(*row.unguided);
  }
  TROUPE_TRY(auto logits, session_->run(embeddings, sequences));
  const auto width = static_cast<std::size_t>(parts_.language_model->vocabulary());
  std::span<float> rest = logits;
  for (auto row = rows_.begin(); row != rows_.end();) {
    const auto guided = rest.first(width);
    rest = rest.subspan(width);
    std::span<const float> unguided;
    if (row->unguided) {
      unguided = rest.first(width);
      rest = rest.subspan(width);
    }
    row = advance(*row, guided, unguided) ? rows_.erase(row) : std::next(row);
  }
  return {};
}

bool T3Batch::advance(Row& row, std::span<float> logits, std::span<const float> unguided) {
  const TokenRequest& request = requests_[row.index];
  if (row.unguided) guide(logits, unguided, request.cfg_weight);
  if (request.fixed_tokens)  // random weights may stop anywhere
    logits[static_cast<std::size_t>(parts_.stop_speech)] = -1e9F;
  const std::size_t made = row.chosen.size() - 1;
  const Sampling sampling{.temperature = request.temperature,
                          .repetition_penalty = request.repetition_penalty};
  const std::int32_t token =
      sample(logits, row.chosen, sampling, uniform01(mix64(request.seed), made));
  const bool stopped = token == parts_.stop_speech;
  if (!stopped) row.chosen.push_back(token);
  const auto tokens = std::span<const std::int32_t>(row.chosen).subspan(1);
  const bool full = tokens.size() >= static_cast<std::size_t>(max_tokens(request));
  if (stopped || full || (!request.fixed_tokens && repeats(tokens))) {
    std::vector<std::int32_t> codes;  // the vocabulary holds signs beside the codes of sounds
    std::copy_if(tokens.begin(), tokens.end(), std::back_inserter(codes),
                 [&](std::int32_t id) { return id < parts_.start_speech; });
    const auto why = request.fixed_tokens ? std::optional<std::string>{}
                                          : fault(tokens, request.text_ids.size(), stopped);
    if (why)
      leave(row, fail(Errc::backend, "chatterbox: " + *why));
    else
      leave(row, std::move(codes));
    return true;
  }
  const auto feed = [&](Lane& lane) {
    lane.pending.clear();
    parts_.tables.append_speech(lane.pending, token, static_cast<int>(tokens.size()));
  };
  feed(row.lane);
  if (row.unguided) feed(*row.unguided);
  return false;
}

void T3Batch::leave(Row& row, Result<std::vector<std::int32_t>> tokens) {
  release(row.lane.blocks, prefix_blocks());
  if (row.unguided) release(row.unguided->blocks, prefix_blocks());
  Prefix& prefix = prefixes_[requests_[row.index].voice];
  if (--prefix.users == 0) release(prefix.blocks, 0);
  sink_(row.index, std::move(tokens));
}

void T3Batch::release(std::vector<std::int32_t>& blocks, std::size_t from) {
  free_.insert(free_.end(),
               blocks.begin() + static_cast<std::ptrdiff_t>(std::min(from, blocks.size())),
               blocks.end());
  blocks.clear();
}

std::vector<std::int32_t> T3Batch::take(std::size_t count) {
  const auto first = free_.end() - static_cast<std::ptrdiff_t>(count);
  std::vector<std::int32_t> taken(first, free_.end());
  free_.erase(first, free_.end());
  return taken;
}

void T3Batch::abandon(const Error& error) {
  for (const Row& row : rows_) sink_(row.index, Fail(error));
  for (const std::size_t index : waiting_) sink_(index, Fail(error));
}

}  // namespace troupe::speech::chatterbox
