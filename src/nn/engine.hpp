/// The one neural runtime port: load a graph, run named tensors. Adapter: openvino_engine.cpp.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "nn/paged.hpp"
#include "troupe/result.hpp"
#include "troupe/tensor.hpp"

namespace troupe::nn {

using Tensors = std::map<std::string, Tensor>;

/// A compiled graph; immutable, safe to run from any number of threads at once.
class Graph {
 public:
  virtual ~Graph() = default;
  /// @param inputs every graph input by name, shapes as the graph declares.
  /// @return every graph output by name; backend error naming graph and tensor on a mismatch.
  virtual Result<Tensors> run(const Tensors& inputs) const = 0;
};

enum class Precision { f32, fastest };  ///< fastest: bf16 where the CPU has it, else f32

/// Whether a compiled form may be kept on disk. `never` is for recurrent graphs with a batch:
/// OpenVINO 2026.4 reloads an LSTM of batch above 1 wrongly (GE2E embeddings off by 0.09 in
/// tests/model).
enum class CompiledCache { allowed, never };

class Engine {
 public:
  virtual ~Engine() = default;
  /// @param model ONNX, or OpenVINO's own .xml with its .bin beside it.
  /// @return missing_model when the file is absent or cannot be read as a graph.
  virtual Result<std::shared_ptr<const Graph>> load(
      const std::filesystem::path& model, Precision precision,
      CompiledCache cache = CompiledCache::allowed) const = 0;
  /// @param model OpenVINO's .xml of a language model with a KV state (tools/chatterbox/t3.py).
  /// Runs on all cores, whatever threads_per_request: one step serves every sequence.
  virtual Result<std::shared_ptr<const PagedModel>> load_paged(const std::filesystem::path& model,
                                                               Precision precision) const {
    (void)precision;
    return fail(Errc::unsupported, model.string() + ": this runtime has no paged attention");
  }
  virtual std::string device() const = 0;                             ///< e.g. the CPU's name
  virtual std::string precision_name(Precision precision) const = 0;  ///< "bf16" or "f32"
  /// Whether graphs with int8 convolutions run faster than in any float here (VNNI, AMX). Without
  /// these instructions they are no faster, and less exact.
  virtual bool int8_is_faster() const = 0;
  virtual int threads_per_request() const = 0;
};

/// OpenVINO on the CPU: cores / threads_per_request streams. Samples depend on that number in the
/// last digits, not on how many requests run at once. One thread each is the fastest for many
/// requests, two have a lone one ready in half the time.
/// @param cache_dir compiled-model cache, empty for none. @param threads_per_request 1 .. cores.
std::unique_ptr<Engine> make_openvino_engine(const std::filesystem::path& cache_dir,
                                             int threads_per_request = 1);

}  // namespace troupe::nn
