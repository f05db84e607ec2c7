#include <algorithm>
#include <openvino/openvino.hpp>
#include <openvino/pass/manager.hpp>
#include <openvino/pass/sdpa_to_paged_attention.hpp>

#include "nn/openvino_common.hpp"

namespace troupe::nn {
namespace {

bool is_cache(const std::string& name) {
  return name.starts_with("key_cache.") || name.starts_with("value_cache.");
}

ov::Shape cache_shape(const ov::Output<const ov::Node>& port, int blocks) {
  ov::Shape shape;  // [blocks, heads, positions of a block, head size]; only the first is free
  for (const auto& dimension : port.get_partial_shape())
    shape.push_back(dimension.is_dynamic() ? static_cast<std::size_t>(blocks)
                                           : static_cast<std::size_t>(dimension.get_length()));
  return shape;
}

class Session final : public PagedSession {
 public:
  Session(ov::CompiledModel& model, int width, int block_positions, int blocks)
      : width_(width), block_positions_(block_positions), request_(model.create_infer_request()) {
    for (const auto& port : std::as_const(model).inputs())
      if (is_cache(port.get_any_name()))
        request_.set_tensor(port, ov::Tensor(port.get_element_type(), cache_shape(port, blocks)));
  }

  Result<std::vector<float>> run(std::span<const float> embeddings,
                                 std::span<const PagedSequence> sequences) override {
    if (!gather(sequences) || embeddings.size() != positions_.size() * width_)
      return fail(Errc::internal, "paged model: sequences unlike their embeddings or blocks");
    embeddings_.assign(embeddings.begin(), embeddings.end());
    // A step of one position takes other kernels than any larger one, with other roundings: never
    // run one, so that a sequence alone gives what it gives in company.
    if (positions_.size() == 1) add_companion();
    try {
      set("inputs_embeds", embeddings_, {positions_.size(), static_cast<std::size_t>(width_)});
      set("position_ids", positions_, {positions_.size()});
      set("rows", last_rows_, {last_rows_.size()});
      set("past_lens", past_, {past_.size()});
      set("subsequence_begins", begins_, {begins_.size()});
      set("block_indices", blocks_, {blocks_.size()});
      set("block_indices_begins", block_begins_, {block_begins_.size()});
      set("max_context_len", longest_, {});
      request_.infer();
      const ov::Tensor logits = request_.get_tensor("logits");
      const auto* data = logits.data<const float>();
      return std::vector<float>(data, data + sequences.size() * logits.get_shape()[1]);
    } catch (const std::exception& error) {
      return fail(Errc::backend, "paged model: " + brief(error));
    }
  }

 private:
  bool gather(std::span<const PagedSequence> sequences) {
    positions_.clear(), last_rows_.clear(), past_.clear(), blocks_.clear();
    begins_.assign(1, 0), block_begins_.assign(1, 0), longest_.assign(1, 0);
    for (const PagedSequence& s : sequences) {
      const int total = s.past + s.count, used = (total + block_positions_ - 1) / block_positions_;
      if (s.count < 1 || static_cast<std::size_t>(used) > s.blocks.size()) return false;
      for (int p = s.past; p < total; ++p) positions_.push_back(p);
      last_rows_.push_back(static_cast<std::int64_t>(positions_.size()) - 1);
      past_.push_back(s.past);
      begins_.push_back(static_cast<std::int32_t>(positions_.size()));
      blocks_.insert(blocks_.end(), s.blocks.begin(), s.blocks.begin() + used);
      block_begins_.push_back(static_cast<std::int32_t>(blocks_.size()));
      longest_[0] = std::max(longest_[0], total);
    }
    return !sequences.empty();
  }

  // The same position once more, with the same keys into the same places.
  void add_companion() {
    embeddings_.insert(embeddings_.end(), embeddings_.begin(), embeddings_.begin() + width_);
    positions_.push_back(positions_.front());
    past_.push_back(past_.front());
    begins_.push_back(2);
    const std::vector<std::int32_t> blocks = blocks_;
    blocks_.insert(blocks_.end(), blocks.begin(), blocks.end());
    block_begins_.push_back(static_cast<std::int32_t>(blocks_.size()));
  }

  template <class T>
  void set(const char* name, std::vector<T>& values, const ov::Shape& shape) {
    request_.set_tensor(name, ov::Tensor(ov::element::from<T>(), shape, values.data()));
  }

  int width_, block_positions_;
  ov::InferRequest request_;
  std::vector<float> embeddings_;
  std::vector<std::int64_t> positions_, last_rows_;
  std::vector<std::int32_t> past_, begins_, blocks_, block_begins_, longest_;
};

class Model final : public PagedModel {
 public:
  Model(ov::CompiledModel model, int width) : model_(std::move(model)), width_(width) {
    for (const auto& port : std::as_const(model_).inputs()) {
      if (!is_cache(port.get_any_name())) continue;
      const ov::Shape shape = cache_shape(port, 1);
      block_positions_ = static_cast<int>(shape.at(2));
      block_bytes_ +=
          static_cast<std::int64_t>(ov::shape_size(shape) * port.get_element_type().size());
    }
    vocabulary_ = static_cast<int>(model_.output("logits").get_partial_shape()[1].get_length());
  }

  int width() const override { return width_; }
  int vocabulary() const override { return vocabulary_; }
  int block_positions() const override { return block_positions_; }
  std::int64_t block_bytes() const override { return block_bytes_; }
  Result<std::unique_ptr<PagedSession>> session(int blocks) const override {
    try {
      return std::make_unique<Session>(model_, width_, block_positions_, blocks);
    } catch (const std::exception& error) {
      return fail(Errc::backend, "paged model: " + std::to_string(blocks) +
                                     " blocks of keys and values: " + brief(error));
    }
  }

 private:
  mutable ov::CompiledModel model_;  // create_infer_request is thread-safe but not const
  int width_, vocabulary_ = 0, block_positions_ = 0;
  std::int64_t block_bytes_ = 0;
};

}  // namespace

Result<std::shared_ptr<const PagedModel>> load_openvino_paged(const std::filesystem::path& path,
                                                              bool bf16, int threads) {
  try {
    ov::Core core;
    const auto model = core.read_model(path.string());
    const auto width = model->input("inputs_embeds").get_partial_shape()[2].get_length();
    ov::pass::Manager passes;
    passes.register_pass<ov::pass::SDPAToPagedAttention>();
    passes.run_passes(model);
    const auto precision = bf16 ? ov::element::bf16 : ov::element::f32;
    // Keys and values default to 8 bits, which costs more exactness than all else. To weights of 8
    // bits activations of 8 bits are fitted in groups of 128 numbers (0: none): twice the speed at
    // ten rows for 0.7 % of the largest logit, and without it a row's last bits depend on the
    // number of rows (docs/adr/0003-paged-attention.md).
    const std::uint64_t group = bf16 ? 128 : 0;
    return std::make_shared<Model>(
        core.compile_model(
            model, "CPU",
            {ov::num_streams(1), ov::inference_num_threads(threads),
             ov::hint::enable_cpu_pinning(false), ov::hint::inference_precision(precision),
             ov::hint::kv_cache_precision(precision),
             ov::hint::dynamic_quantization_group_size(group)}),
        static_cast<int>(width));
  } catch (const std::exception& error) {
    return fail(Errc::missing_model, path.string() + ": not a language model with a KV state (" +
                                         brief(error) + "); export it again");
  }
}

}  // namespace troupe::nn
