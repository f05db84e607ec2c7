/// Port: a causal language model whose attention keeps its keys and values in blocks of positions
/// (PagedAttention, Kwon et al. 2023, arXiv:2309.06180). Sequences of any length advance together,
/// begin and end at any step, and may share the blocks of a common beginning.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "troupe/result.hpp"

namespace troupe::nn {

/// What one sequence adds in one step: `count` positions after the `past` ones that its blocks
/// hold.
struct PagedSequence {
  std::span<const std::int32_t> blocks;  ///< in order of position, room for past + count
  int past = 0;
  int count = 0;
};

/// One caller's keys and values; not for two threads at once.
class PagedSession {
 public:
  virtual ~PagedSession() = default;
  /// Advances every sequence; a position sees those before it in its own sequence and itself.
  /// @param embeddings [sum of counts, width], sequence by sequence.
  /// @return logits [sequences, vocabulary] of each sequence's last position. A sequence's numbers
  /// do not depend on the others of the step, to the last bit.
  virtual Result<std::vector<float>> run(std::span<const float> embeddings,
                                         std::span<const PagedSequence> sequences) = 0;
};

/// Immutable and safe to share; all state is in its sessions.
class PagedModel {
 public:
  virtual ~PagedModel() = default;
  virtual int width() const = 0;            ///< of an embedding
  virtual int vocabulary() const = 0;       ///< logits of a position
  virtual int block_positions() const = 0;  ///< positions that a block holds
  virtual std::int64_t block_bytes() const = 0;
  /// @param blocks 1 or more, numbered from 0; memory is taken as they are first written.
  virtual Result<std::unique_ptr<PagedSession>> session(int blocks) const = 0;
};

}  // namespace troupe::nn
