#include <algorithm>
#include <fstream>
#include <mutex>
#include <openvino/openvino.hpp>
#include <thread>

#include "core/try.hpp"
#include "nn/engine.hpp"
#include "nn/openvino_common.hpp"

namespace troupe::nn {
namespace {

bool cpu_has_any(std::initializer_list<const char*> flags) {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("flags"))
      return std::any_of(flags.begin(), flags.end(), [&](const char* flag) {
        return (line + ' ').find(' ' + std::string(flag) + ' ') != std::string::npos;
      });
  return false;
}

/// An ONNX file is a protobuf whose first field is ir_version; OpenVINO's own format is XML with
/// the weights beside it. Anything else is refused here, since the runtime would offer it to all
/// its front ends, some of which print.
bool looks_like_a_graph(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  const int first = in.get(), second = in.get();
  std::error_code ignored;
  return (first == 0x08 && second < 0x20) ||
         (first == '<' && second == '?' &&
          std::filesystem::is_regular_file(std::filesystem::path(path).replace_extension(".bin"),
                                           ignored));
}

ov::Tensor view(const Tensor& tensor) {
  const ov::Shape shape(tensor.shape.begin(), tensor.shape.end());
  // The runtime takes inputs as mutable pointers but does not write to them.
  if (const auto* floats = tensor.floats())
    return {ov::element::f32, shape, const_cast<float*>(floats->data())};
  return {ov::element::i64, shape, const_cast<std::int64_t*>(tensor.ints()->data())};
}

Tensor copy(const ov::Tensor& tensor) {
  const ov::Shape dimensions = tensor.get_shape();
  std::vector<std::int64_t> shape(dimensions.begin(), dimensions.end());
  const auto size = tensor.get_size();
  if (tensor.get_element_type() == ov::element::i64) {
    const auto* data = tensor.data<std::int64_t>();
    return {std::move(shape), std::vector<std::int64_t>(data, data + size)};
  }
  const auto* data = tensor.data<float>();
  return {std::move(shape), std::vector<float>(data, data + size)};
}

class OpenVinoGraph final : public Graph {
 public:
  OpenVinoGraph(ov::CompiledModel model, std::string name)
      : model_(std::move(model)), name_(std::move(name)) {}

  Result<Tensors> run(const Tensors& inputs) const override {
    for (const auto& [name, tensor] : inputs)
      if (tensor.size() != static_cast<std::int64_t>(tensor.floats() ? tensor.floats()->size()
                                                                     : tensor.ints()->size()))
        return fail(Errc::internal, name_ + ": input " + name + " has a size unlike its shape");
    try {
      auto request = acquire();
      for (const auto& [name, tensor] : inputs) request.set_tensor(name, view(tensor));
      request.infer();
      Tensors outputs;
      for (const auto& port : model_.outputs())
        outputs.emplace(port.get_any_name(), copy(request.get_tensor(port)));
      release(std::move(request));
      return outputs;
    } catch (const std::exception& error) {
      return fail(Errc::backend, name_ + ": " + brief(error));
    }
  }

 private:
  // Requests are dear to make and hold scratch memory: kept and handed out again.
  ov::InferRequest acquire() const {
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        auto request = std::move(idle_.back());
        idle_.pop_back();
        return request;
      }
    }
    return model_.create_infer_request();
  }
  void release(ov::InferRequest request) const {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(request));
  }

  mutable ov::CompiledModel model_;  // create_infer_request is thread-safe but not const
  std::string name_;
  mutable std::mutex mutex_;
  mutable std::vector<ov::InferRequest> idle_;
};

/// What another version of the runtime compiled (hundreds of megabytes) is of no use to this one.
void remove_others(const std::filesystem::path& folder, const std::string& kept) {
  std::error_code ignored;
  std::vector<std::filesystem::path> others;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ignored))
    if (entry.path().filename() != kept) others.push_back(entry.path());
  for (const auto& path : others) std::filesystem::remove_all(path, ignored);
}

constexpr const char* kRemedy = "; run `troupe models fetch`";

Result<void> check_file(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored))
    return fail(Errc::missing_model, path.string() + ": no such model file" + kRemedy);
  if (!looks_like_a_graph(path))
    return fail(
        Errc::missing_model,
        path.string() + ": neither an ONNX model nor an OpenVINO one with its .bin" + kRemedy);
  return {};
}

class OpenVinoEngine final : public Engine {
 public:
  OpenVinoEngine(const std::filesystem::path& cache_dir, int threads_per_request)
      : cores_(static_cast<int>(std::max(1u, std::thread::hardware_concurrency()))),
        threads_(std::min(cores_, threads_per_request)),
        bf16_(cpu_has_any({"avx512_bf16", "amx_bf16"})),
        int8_(cpu_has_any({"avx512_vnni", "avx_vnni", "amx_int8"})) {
    if (cache_dir.empty()) return;
    std::string version = ov::get_openvino_version().buildNumber;
    std::replace(version.begin(), version.end(), '/', '_');
    remove_others(cache_dir, version);
    cache_dir_ = (cache_dir / version).string();
  }

  Result<std::shared_ptr<const Graph>> load(const std::filesystem::path& path, Precision precision,
                                            CompiledCache cache) const override {
    TROUPE_CHECK(check_file(path));
    try {
      auto model = core_.compile_model(
          path.string(), "CPU",
          {ov::cache_dir(cache == CompiledCache::allowed ? cache_dir_ : std::string()),
           ov::num_streams(cores_ / threads_), ov::inference_num_threads(cores_),
           ov::hint::enable_cpu_pinning(false),
           ov::hint::inference_precision(
               precision == Precision::fastest && bf16_ ? ov::element::bf16 : ov::element::f32)});
      return std::make_shared<OpenVinoGraph>(std::move(model), path.filename().string());
    } catch (const std::exception& error) {
      return fail(Errc::missing_model,
                  path.string() + ": not a usable model (" + brief(error) + ")" + kRemedy);
    }
  }

  Result<std::shared_ptr<const PagedModel>> load_paged(const std::filesystem::path& path,
                                                       Precision precision) const override {
    TROUPE_CHECK(check_file(path));
    return load_openvino_paged(path, precision == Precision::fastest && bf16_, cores_);
  }

  std::string device() const override {
    try {
      return core_.get_property("CPU", ov::device::full_name);
    } catch (const std::exception&) {
      return "CPU";
    }
  }
  std::string precision_name(Precision precision) const override {
    return precision == Precision::fastest && bf16_ ? "bf16" : "f32";
  }
  bool int8_is_faster() const override { return int8_; }
  int threads_per_request() const override { return threads_; }

 private:
  mutable ov::Core core_;  // thread-safe by its own documentation
  std::string cache_dir_;
  int cores_, threads_;
  bool bf16_, int8_;
};

}  // namespace

std::string brief(const std::exception& error) {
  std::string text = error.what();
  for (char& c : text)
    if (c == '\n') c = ' ';
  return text.size() > 300 ? text.substr(0, 300) + "..." : text;
}

std::unique_ptr<Engine> make_openvino_engine(const std::filesystem::path& cache_dir,
                                             int threads_per_request) {
  return std::make_unique<OpenVinoEngine>(cache_dir, threads_per_request);
}

}  // namespace troupe::nn
