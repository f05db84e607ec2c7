/// One call of T3::decode: which rows are in the batch, and what each feeds to the next step.
#pragma once

#include <deque>
#include <list>
#include <map>
#include <utility>

#include "speech/chatterbox/t3.hpp"

namespace troupe::speech::chatterbox {

class T3Batch {
 public:
  /// @param requests already checked: ids, positions and max_tokens are within the tables.
  T3Batch(const T3Parts& parts, const T3Limits& limits, std::span<const TokenRequest> requests,
          const TokenSink& sink);

  void run(const std::stop_token& stop);

 private:
  /// Keys and values of one row of the model; begins with the voice's shared blocks.
  struct Lane {
    std::vector<std::int32_t> blocks;
    int past = 0;
    std::vector<float> pending;  ///< embeddings that the next step reads
  };
  struct Row {
    std::size_t index;
    Lane lane;
    std::optional<Lane> unguided;      ///< without the text; only when cfg_weight > 0
    std::vector<std::int32_t> chosen;  ///< the start token, then every token so far
  };
  /// The first positions of a voice do not depend on text or exaggeration: made once, shared by its
  /// rows for as long as some are waiting or running.
  struct Prefix {
    std::vector<std::int32_t> blocks;
    std::size_t users = 0;
  };

  int max_tokens(const TokenRequest& request) const;
  std::size_t text_positions(const TokenRequest& request) const {
    return request.text_ids.size() + 2;
  }
  /// Blocks of its own that a request may fill, all lanes together.
  std::size_t blocks_of(const TokenRequest& request) const;
  std::size_t prefix_blocks() const { return static_cast<std::size_t>(prefix_) / block_; }

  Result<void> begin();
  Result<void> admit();
  Result<void> make_prefixes(std::span<const std::size_t> indices);
  Result<const std::vector<float>*> conditioning(const TokenRequest& request);
  Lane lane_of(const TokenRequest& request, const std::vector<float>& conditioning, bool blank);
  Result<void> step();
  /// @return whether the row is done and reported.
  bool advance(Row& row, std::span<float> logits, std::span<const float> unguided);
  void leave(Row& row, Result<std::vector<std::int32_t>> tokens);
  void release(std::vector<std::int32_t>& blocks, std::size_t from);
  std::vector<std::int32_t> take(std::size_t count);
  void abandon(const Error& error);

  const T3Parts& parts_;
  const T3Limits& limits_;
  std::span<const TokenRequest> requests_;
  const TokenSink& sink_;
  std::size_t block_;  ///< positions of a block
  int conditioning_positions_ = 0;
  int prefix_ = 0;  ///< positions that a voice's rows share
  std::deque<std::size_t> waiting_;
  std::list<Row> rows_;
  std::map<const ChatterboxConditionals*, Prefix> prefixes_;
  std::map<std::pair<const ChatterboxConditionals*, float>, std::vector<float>> conditionings_;
  std::vector<std::int32_t> free_;
  std::unique_ptr<nn::PagedSession> session_;
};

}  // namespace troupe::speech::chatterbox
